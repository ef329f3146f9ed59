"""Retries that nobody is told of: a try that fails may yet succeed, and what becomes of it is told by its caller."""

from __future__ import annotations

from typing import Final

_BY_STRUCTLOG: Final = "stamina.instrumentation._structlog"


def keep_retries_untold() -> None:
    """Let a structlog that nobody has configured not tell of retries.

    stamina tells structlog of each retry where that is installed, and an unconfigured structlog writes to standard
    output, among what a command answers. Hooks of the caller's own, and a configured structlog, are left alone.
    """
    from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

    hooks = get_on_retry_hooks()
    told = [hook for hook in hooks if getattr(hook, "__module__", "") != _BY_STRUCTLOG]
    if len(told) < len(hooks):
        import structlog

        if not structlog.is_configured():
            set_on_retry_hooks(told)
