"""Retries are not told on standard output."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_RETRY: Final = """
import asyncio, logging
from artifact_plane.adapters.resilience.payload_store import RetryingPayloadStore
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.resilience.test_untold import Failing

async def main():
    store = RetryingPayloadStore(Failing(), attempts=2, wait_initial_s=0.001, wait_jitter_s=0)
    try:
        await store.find("t", "blake3:0")
    except Unavailable:
        pass

{before}
logging.getLogger("stamina").addHandler(logging.NullHandler())
asyncio.run(main())
"""


class Failing:
    """A payload store that is away."""

    async def find(self, tenant_id: str, digest: str) -> None:
        from artifact_plane.domain.model.errors import Unavailable

        raise Unavailable("away")


def _said(before: str = "") -> str:
    answer = subprocess.run(
        [sys.executable, "-c", _RETRY.format(before=before)], capture_output=True, text=True, check=True
    )
    return answer.stdout + answer.stderr


def test_a_retry_writes_nothing_where_nobody_has_configured_structlog() -> None:
    """Standard output is what a command answers."""
    assert _said() == ""


def test_whoever_has_configured_structlog_is_told() -> None:
    """Only the default is silenced."""
    assert "retry" in _said("import structlog; structlog.configure(logger_factory=structlog.PrintLoggerFactory())")
