"""``ap serve`` as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import attrs

from tests.journeys import driving
from tests.journeys.driving import Shell

QUIET: Final = {"ARTIFACT_PLANE_HTTP_LOG_FORMAT": "none"}


@attrs.frozen(kw_only=True)
class Served:
    """A service that runs, and what it said when it began."""

    process: subprocess.Popen[bytes]
    started: Mapping[str, Any]

    @property
    def url(self) -> str:
        """Where it answers."""
        return str(self.started["url"])

    @property
    def host(self) -> str:
        """The value of the Host header."""
        return self.url.removeprefix("http://")

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit code, and what it said on standard error."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=driving.PATIENCE)
        return self.process.returncode, err.decode()


@contextmanager
def served(shell: Shell, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """``ap serve`` on a free port over the shell's home."""
    started = shell.start("serve", "--port", "0", "--json", *words, env={**QUIET, **(env or {})})
    with driving.running(started) as process:
        assert process.stdout is not None
        yield Served(process=process, started=_document(process))


def _document(process: subprocess.Popen[bytes]) -> Mapping[str, Any]:
    """The document that it begins with, which ends with a brace on a line of its own."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == b"}\n":
            return dict(json.loads(b"".join(lines)))
    assert process.stderr is not None
    raise AssertionError(process.stderr.read().decode())
