"""Drives the real command line as a user does: as processes in a folder, with pipes or a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs

AP: Final = (sys.executable, "-m", "artifact_plane")
REPOSITORY: Final = Path(__file__).parents[2]
SHARED_DATA: Final = REPOSITORY.parent / "shared" / "data"
PATIENCE: Final = 60.0
"""Seconds after which a process that should have said something counts as hanging."""


@attrs.frozen
class Answer:
    """What a process left: exit code and output."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode()

    @property
    def remark(self) -> str:
        """Standard error as text."""
        return self.err.decode()

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document that it must be."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> dict[str, Any]:
        """The error on standard error, given as JSON."""
        value = json.loads(self.err)["error"]
        assert isinstance(value, dict)
        return value

    def ok(self) -> Answer:
        """This answer, which must be of exit code 0."""
        assert self.code == 0, f"exit code {self.code}\n{self.out.decode(errors='replace')}\n{self.remark}"
        return self


@attrs.frozen
class Shell:
    """A folder to work in, with the plane's home in it, and an environment without settings of the outside."""

    folder: Path
    more: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def home(self) -> Path:
        """Where the plane keeps everything."""
        return self.folder / ".artifact-plane"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ARTIFACT_PLANE_", "AP_", "COLUMNS", "NO_COLOR", "FORCE_COLOR"))
        }
        path = os.pathsep.join(filter(None, (str(REPOSITORY), self.more.get("PYTHONPATH"))))
        return {**clean, **self.more} | {"PYTHONPATH": path, "TERM": "xterm-256color"}

    def start(self, *words: str | Path, **more: Any) -> subprocess.Popen[bytes]:
        """Start ``ap`` with these words."""
        return subprocess.Popen(
            [*AP, *map(str, words)],
            cwd=self.folder,
            env=self.environment | more.pop("env", {}),
            stdin=subprocess.DEVNULL,
            stdout=more.pop("stdout", subprocess.PIPE),
            stderr=more.pop("stderr", subprocess.PIPE),
            **more,
        )

    def ap(self, *words: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        """Run ``ap`` with these words to its end."""
        with self.start(*words, env=env or {}) as process:
            out, err = process.communicate(timeout=PATIENCE)
        return Answer(process.returncode, out, err)

    def json(self, *words: str | Path) -> dict[str, Any]:
        """The document that ``ap`` answers with, which must go well."""
        return self.ap(*words, "--json").ok().document

    def on_terminal(self, *words: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run ``ap`` on a terminal of its own; its exit code and everything that the terminal got."""
        leader, follower = pty.openpty()
        try:
            with self.start(*words, stdout=follower, stderr=follower, env=env or {}) as process:
                os.close(follower)
                shown = b"".join(_until_closed(leader))
        finally:
            os.close(leader)
        return process.returncode, shown.decode()


def _until_closed(leader: int) -> Iterator[bytes]:
    while True:
        ready, _, _ = select.select([leader], [], [], PATIENCE)
        if not ready:
            raise TimeoutError("nothing was shown on the terminal")
        try:
            data = os.read(leader, 65_536)
        except OSError:  # Linux says so when the last process has let go of the terminal
            return
        if not data:
            return
        yield data


@contextmanager
def running(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is gone afterwards, whatever happens."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def flat(words: Sequence[Sequence[str]]) -> list[str]:
    """One list of all words."""
    return [word for some in words for word in some]
