"""What the journeys share: a plane on which the demonstration has run, in another process, twice."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tests.doubles.documents import Document
from tests.journeys.driving import Answer, Room, Shell
from tests.journeys.napping import Bed, install


@attrs.frozen(kw_only=True)
class Toured:
    """A folder in which ``ap demo`` has run, and what it said."""

    shell: Shell
    room: Room
    document: Document
    page: Answer

    def act(self, number: int) -> dict[str, str]:
        """The artifact ids of an act of the JSON run, by output key."""
        return {
            reference["key"]: reference["artifact_id"]
            for result in self.document["acts"][number]["results"]
            for reference in result["execution"]["references"]
        }


@pytest.fixture(scope="session")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Toured:
    """The demonstration, run twice on one home: once for a script, once for a reader."""
    shell = Shell(tmp_path_factory.mktemp("tour"))
    document = shell.json("demo")
    return Toured(shell=shell, room=Room(shell.folder), document=document, page=shell.ap("demo"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder in which nothing has happened yet."""
    return Shell(tmp_path)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """The same, in this process."""
    return Room(tmp_path)


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    """Where the third party's realm naps."""
    folder = tmp_path / "bed"
    folder.mkdir()
    return Bed(folder)


@pytest.fixture
def napping(tmp_path: Path, bed: Bed) -> dict[str, str]:
    """The environment of a process in which that realm is installed."""
    packages = tmp_path / "packages"
    packages.mkdir()
    return {"PYTHONPATH": str(install(packages)), "NAP_BED": str(bed.folder)}


@pytest.fixture
def sleepy(tmp_path: Path, napping: dict[str, str]) -> Shell:
    """A folder in which nothing has happened yet, and that realm."""
    work = tmp_path / "work"
    work.mkdir()
    return Shell(work, napping)
