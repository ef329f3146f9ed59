"""A stage for the command line: words in; answers and exit codes out, from a scripted application."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import attrs
import pytest

from artifact_plane.adapters.cli import OpenOptions, Toolbox, run
from artifact_plane.adapters.cli.toolbox import CopyOptions, PolicyPut, ServeOptions, Started
from artifact_plane.domain.model.errors import InvalidInput, InvalidJson, PolicyProblem
from artifact_plane.domain.model.json import Json, admit
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from artifact_plane.ports.application import Application
from artifact_plane.ports.copying import CopyProgress, CopyReport, CopyStage, CopyWatcher
from artifact_plane.ports.health import Finding
from tests.doubles.documents import Document, document_in, error_in
from tests.doubles.samples import NOW, a_digest
from tests.unit.cli.script import Script, ScriptedApplication


@attrs.frozen
class Answer:
    """What came of a command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Document:
        """Standard output as the one JSON document that it must be."""
        return document_in(self.out)

    @property
    def error(self) -> Document:
        """The error on standard error, given as JSON."""
        return error_in(self.err)


class Stage:
    """Runs command lines against a script, in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str], script: Script | None = None) -> None:
        self.script = script or Script()
        self._capture = capture

    def toolbox(self) -> Toolbox:
        return Toolbox(
            open=self._open,
            attachment=_attachment,
            digest_of=_digest_of,
            parse_json=strict_json,
            check_policy=_check_policy,
            mvp_policy=lambda: Path("mvp.yaml"),
            migrate=self._migrate,
            put_policy=self._put_policy,
            copy=self._copy,
            serve=self._serve,
            examine=self._examine,
            new_id=lambda: "id-1",
            now=_now,
        )

    def ap(self, *words: str) -> Answer:
        """Run ``ap`` with these words."""
        code = run(words, self.toolbox())
        out, err = self._capture.readouterr()
        return Answer(code, out, err)

    async def _serve(self, options: ServeOptions, announce: Callable[[Started], None]) -> None:
        self.script.asked.append(options)
        announce(
            Started(url="http://127.0.0.1:8470", link="http://127.0.0.1:8470/login?token=x", tenant=options.tenant)
        )

    async def _put_policy(self, options: OpenOptions, wanted: PolicyPut) -> None:
        self.script.asked.append(wanted)

    async def _migrate(self, options: OpenOptions, dry_run: bool) -> Sequence[str]:
        self.script.asked.append(dry_run)
        return self.script.steps

    async def _copy(self, options: CopyOptions, watcher: CopyWatcher) -> CopyReport:
        self.script.asked.append(options)
        watcher(CopyProgress(stage=CopyStage.COPYING, done=1, total=3, payloads=2, payload_bytes=2048))
        counts = {"commits": 3, "versions": 2}
        return CopyReport(position=3, resumed_from=1, payloads=2, payload_bytes=2048, counts=counts)

    async def _examine(self, options: OpenOptions) -> Sequence[Finding]:
        self.script.opened.append(options)
        return self.script.findings

    @asynccontextmanager
    async def _open(self, options: OpenOptions) -> AsyncIterator[Application]:
        self.script.opened.append(options)
        yield ScriptedApplication(self.script)


def _now() -> datetime:
    return NOW


def _attachment(path: Path) -> ByteSource:
    if not path.is_file():
        raise InvalidInput("there is no such file", where=str(path))
    return BytesSource(path.read_bytes())


def _digest_of(source: ByteSource) -> tuple[Digest, int]:
    data = source.open().read()
    return a_digest(data), len(data)


def strict_json(data: bytes, what: str) -> Json:
    """JSON as strict as the plane's gate is about what these tests try."""
    try:
        return admit(json.loads(data.decode(), object_pairs_hook=_once))
    except InvalidJson as error:
        raise InvalidJson(error.message, where=f"{what}, {error.where}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidJson("not JSON", where=what) from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _check_policy(text: bytes, name: str, governance: bool) -> Sequence[PolicyProblem]:
    rows = text.decode().splitlines()
    return [
        PolicyProblem(file=name, line=number, column=1, message="'presist' is not a decision")
        for number, row in enumerate(rows, start=1)
        if "presist" in row
    ]
