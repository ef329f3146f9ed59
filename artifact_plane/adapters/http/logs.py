"""The service's log: one line for each request, with its id and its caller's tenant; no query, no body, no secret."""

from __future__ import annotations

import logging
import sys
from typing import Final, cast

import orjson
import structlog
from litestar.types import HTTPScope
from structlog.typing import FilteringBoundLogger, Processor, WrappedLogger

from artifact_plane.adapters.http.callers import Facts
from artifact_plane.adapters.http.streams import Answer
from artifact_plane.domain.model.identity import printable

FORMATS: Final = ("console", "json", "none")
_LONGEST: Final = 200


def logger_of(log_format: str) -> FilteringBoundLogger:
    """A logger to standard error: lines for eyes, or JSON documents for programs; nothing at all for ``none``."""
    level = logging.CRITICAL if log_format == "none" else logging.INFO
    return cast(
        FilteringBoundLogger,
        structlog.wrap_logger(
            structlog.BytesLogger(sys.stderr.buffer),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                *_rendered(log_format),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
        ),
    )


def _rendered(log_format: str) -> tuple[Processor, ...]:
    if log_format == "json":
        return structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(serializer=_json)
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    return console, _encoded


def _json(event: object, **_: object) -> bytes:
    return orjson.dumps(event, default=str)


def _encoded(_: WrappedLogger, __: str, line: object) -> bytes:
    return str(line).encode("utf-8", "backslashreplace")


_NO_REQUEST: Final = "Invalid HTTP request received."


def forward_server_log(log_format: str) -> None:
    """Have what the server has to say (a connection that breaks) told in this log.

    Of a request that is none it has no id to tell: that is told where it is answered (``server``).
    """
    server = logging.getLogger("uvicorn.error")
    server.handlers = [_Forward(logger_of(log_format))]
    server.filters = [lambda record: record.msg != _NO_REQUEST]
    server.setLevel(logging.WARNING)
    server.propagate = False


class _Forward(logging.Handler):
    """Hands records of the standard library's logging on."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__()
        self._logger: Final = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Tell a record; where it came from and what was raised, too."""
        self._logger.log(record.levelno, "server", message=record.getMessage(), exc_info=record.exc_info or None)


class RequestLog:
    """Writes the lines of requests."""

    def __init__(self, log_format: str) -> None:
        self._logger: Final = logger_of(log_format)
        self._silent: Final = log_format == "none"

    def note(self, scope: HTTPScope, facts: Facts, answer: Answer, seconds: float) -> None:
        """Note one answer; the path is shown so that it cannot break the line (case X06)."""
        if self._silent:
            return
        self._logger.info(
            "request",
            method=printable(scope["method"], 20).strip("'"),
            path=printable(scope["path"], _LONGEST)[1:-1],
            status=answer.status,
            ms=round(seconds * 1000, 2),
            bytes=answer.sent,
            request_id=facts.request_id,
            tenant=facts.caller.tenant_id if facts.caller else None,
        )
