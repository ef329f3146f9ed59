"""``ap put``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.samples import a_digest
from tests.unit.cli.stage import Stage


class TestPut:
    """``ap put``."""

    def test_the_meaning_is_name_type_size_and_digest_and_the_file_the_original(
        self, stage: Stage, tmp_path: Path
    ) -> None:
        file = tmp_path / "claims.csv"
        file.write_bytes(b"a,b\n1,2\n")
        assert stage.ap("put", str(file), "--type", "report", "--label", "b", "--label", "a", "--id", "r-1").code == 0
        artifact_type, artifact_id, payload, _ = stage.script.asked[-1]
        assert (artifact_type, artifact_id, payload.labels) == ("report", "r-1", ("a", "b"))
        assert payload.semantic_payload == {
            "name": "claims.csv",
            "type": "text/csv",
            "size": 8,
            "digest": a_digest(b"a,b\n1,2\n"),
        }
        assert [(one.name, one.media_type) for one in payload.renderings] == [("original", "text/csv")]

    @pytest.mark.parametrize(
        ("name", "media_type"),
        [("a.pdf", "application/pdf"), ("a.csv.gz", "application/gzip"), ("a", "application/octet-stream")],
    )
    def test_the_media_type_is_guessed_from_the_name(
        self, stage: Stage, tmp_path: Path, name: str, media_type: str
    ) -> None:
        (tmp_path / name).write_bytes(b"x")
        stage.ap("put", str(tmp_path / name), "--type", "t")
        assert stage.script.asked[-1][2].semantic_payload["type"] == media_type

    @pytest.mark.parametrize(
        "words",
        [
            ("/no/such", "--type", "t"),
            ("FILE", "--type", "t", "--id", "a/b"),
            ("FILE", "--type", "t", "--label", "a b"),
        ],
    )
    def test_what_is_not_legal_is_refused_before_anything_is_opened(
        self, stage: Stage, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        (tmp_path / "f").write_bytes(b"x")
        given = [str(tmp_path / "f") if word == "FILE" else word for word in words]
        assert stage.ap("put", *given).code == 2
        assert stage.script.opened == []
