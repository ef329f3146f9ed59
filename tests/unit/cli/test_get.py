"""``ap get``."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.ports.answers import Content
from tests.doubles.samples import a_digest
from tests.unit.cli.script import ID
from tests.unit.cli.stage import Stage


class TestGet:
    """``ap get``."""

    @pytest.fixture
    def content(self, stage: Stage) -> Content:
        artifact = stage.script.artifacts[ID]
        data = bytes(range(256)) * 9_000
        content = Content(
            artifact=artifact,
            part=artifact.parts[1],
            source=BytesSource(data),
            size=len(data),
            digest=a_digest(data),
            drawn=True,
            notice="another version drew it before",
        )
        stage.script.contents["png"] = content
        return content

    def test_a_file_gets_the_bytes_and_the_remarks_go_to_standard_error(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        target = tmp_path / "chart.png"
        answer = stage.ap("get", ID, "--rendering", "png", "-o", str(target))
        assert (answer.code, answer.out) == (0, "")
        assert target.read_bytes() == content.source.open().read()
        assert "drawn on demand" in answer.err and "another version" in answer.err
        assert [one.name for one in tmp_path.iterdir()] == ["chart.png"]

    def test_a_file_that_is_there_is_replaced_as_a_whole_and_a_link_is_kept(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        (tmp_path / "real").write_text("before")
        (tmp_path / "link").symlink_to("real")
        assert stage.ap("get", ID, "--rendering", "png", "-o", str(tmp_path / "link")).code == 0
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").stat().st_size == content.size

    def test_where_the_bytes_are_damaged_the_file_stays_as_it_was(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        stage.script.contents["png"] = attrs.evolve(content, source=DamagedSource(b"x" * 10))
        target = tmp_path / "chart.png"
        target.write_text("before")
        assert stage.ap("get", ID, "--rendering", "png", "-o", str(target)).code == 6
        assert target.read_text() == "before"
        assert len(list(tmp_path.iterdir())) == 1

    def test_a_folder_that_is_not_there_is_the_callers_error(self, stage: Stage, content: Content) -> None:
        answer = stage.ap("get", ID, "--rendering", "png", "-o", "/nowhere/at/all", "--json")
        assert answer.code == 2
        assert answer.error["where"] == "/nowhere/at/all"

    def test_a_device_is_written_and_not_replaced(self, stage: Stage, content: Content) -> None:
        assert stage.ap("get", ID, "--rendering", "png", "-o", "/dev/null").code == 0
        assert Path("/dev/null").is_char_device()

    def test_a_full_disk_is_a_store_that_is_unavailable(self, stage: Stage, content: Content) -> None:
        assert stage.ap("get", ID, "--rendering", "png", "-o", "/dev/full").code == 7

    def test_with_json_a_file_is_described_and_a_rendering_needs_one(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        assert stage.ap("get", ID, "--rendering", "png", "--json").code == 2
        target = tmp_path / "p"
        answer = stage.ap("get", ID, "--rendering", "png", "-o", str(target), "--json")
        assert answer.document["size"] == content.size
        assert answer.document["drawn"] is True


class DamagedSource(BytesSource):
    """A source that turns out damaged at its end."""

    def open(self, start: int = 0, stop: int | None = None) -> DamagedReader:  # type: ignore[override]
        return DamagedReader()


class DamagedReader:
    """Some bytes, then the truth."""

    def __init__(self) -> None:
        self._read = False

    def read(self, size: int) -> bytes:
        if self._read:
            raise Damaged("bytes do not match")
        self._read = True
        return b"x"

    def close(self) -> None:
        """Nothing is held."""
