"""Drives the real command line: as processes in a folder, with pipes or a terminal, or in this process.

A process costs half a second; what does not depend on being one is asked in this process, of the same ``run``.
"""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import IO, Final

import attrs
import pytest

from artifact_plane.adapters.cli import run
from artifact_plane.composition.entry_points import toolbox
from tests.doubles.documents import Document, document_in, error_in
from tests.journeys import shapes

AP: Final = (sys.executable, "-m", "artifact_plane")
REPOSITORY: Final = Path(__file__).parents[2]
SHARED_DATA: Final = REPOSITORY.parent / "shared" / "data"
PATIENCE: Final = 180.0
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
    def document(self) -> Document:
        """Standard output as the one JSON document that it must be."""
        return document_in(self.out)

    @property
    def error(self) -> Document:
        """The error on standard error, given as JSON."""
        return error_in(self.err)

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

    def start(
        self,
        *words: str | Path,
        env: Mapping[str, str] | None = None,
        stdout: IO[bytes] | int = subprocess.PIPE,
        stderr: IO[bytes] | int = subprocess.PIPE,
        preexec_fn: Callable[[], object] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start ``ap`` with these words."""
        return subprocess.Popen(
            [*AP, *map(str, words)],
            cwd=self.folder,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=preexec_fn,
        )

    def ap(self, *words: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        """Run ``ap`` with these words to its end."""
        with self.start(*words, env=env or {}) as process:
            return finished(process)

    def json(self, *words: str | Path) -> Document:
        """The document that ``ap`` answers with, which must go well."""
        return self.ap(*words, "--json").ok().document

    def refused(self, *words: str | Path, code: int = 2) -> str:
        """What an error, which must have this exit code and the right shape, says."""
        answer = self.ap(*words, "--json")
        assert answer.code == code, (answer.code, answer.remark)
        shapes.check(json.loads(answer.err), shapes.ERROR)
        assert answer.error["message"]
        return " ".join(str(answer.error[field]) for field in ("message", "where", "remedy"))

    def file(self, name: str, content: bytes | str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

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


@attrs.frozen
class Room(Shell):
    """A folder to work in, in this process."""

    def ap(self, *words: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        """Run ``ap`` with these words to its end."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith("ARTIFACT_PLANE_")]:
                patch.delenv(name)
            for name, value in {**self.more, **(env or {})}.items():
                patch.setenv(name, value)
            for folder in filter(None, self.more.get("PYTHONPATH", "").split(os.pathsep)):
                patch.syspath_prepend(folder)
            patch.chdir(self.folder)
            code = run([*map(str, words)], toolbox())
        return Answer(code, *(stream.buffer.getvalue() for stream in (out, err)))


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


def finished(process: subprocess.Popen[bytes]) -> Answer:
    """What a started process left."""
    out, err = process.communicate(timeout=PATIENCE)
    return Answer(process.returncode, out, err)


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
