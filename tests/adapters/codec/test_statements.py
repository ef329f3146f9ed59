"""SQL in files: statements under their names, and pieces that they have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact_plane.adapters.codec.statements import statements_in

LISTS = """-- What comes before the first heading is about the file.

-- piece: things
SELECT name FROM thing

-- piece: listed
{things}
WHERE kind = ?1

-- ?1 is the kind.
-- name: all
{listed}

-- name: some
{listed} AND size > ?2 ORDER BY name -- in their order
"""


def test_a_statement_is_what_stands_under_its_name(tmp_path: Path) -> None:
    """Comments on lines of their own are about the next heading, and no part of the statement before it."""
    (tmp_path / "lists.sql").write_text(LISTS)
    (tmp_path / "counts.sql").write_text("-- name: count\nSELECT count(*)\nFROM thing\n\n-- Nothing follows.\n")
    assert statements_in(tmp_path) == {
        "count": "SELECT count(*)\nFROM thing",
        "all": "SELECT name FROM thing\nWHERE kind = ?1",
        "some": "SELECT name FROM thing\nWHERE kind = ?1 AND size > ?2 ORDER BY name -- in their order",
    }


def test_a_piece_belongs_to_its_file(tmp_path: Path) -> None:
    """A statement cannot be made of what another file holds: what it says can be read in one place."""
    (tmp_path / "lists.sql").write_text(LISTS)
    (tmp_path / "others.sql").write_text("-- name: others\n{listed} AND size < ?2\n")
    with pytest.raises(KeyError, match="listed"):
        statements_in(tmp_path)


@pytest.mark.parametrize("second", ["lists.sql", "others.sql"])
def test_no_statement_hides_another_one(tmp_path: Path, second: str) -> None:
    """Two statements with the same name, in one file or in two, are refused."""
    (tmp_path / "lists.sql").write_text(LISTS)
    with (tmp_path / second).open("a") as file:
        file.write("-- name: all\nSELECT 1\n")
    with pytest.raises(ValueError, match="same name: all"):
        statements_in(tmp_path)
