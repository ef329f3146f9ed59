"""The import contracts hold, and each of them can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

BREACHES: Final = {
    "composition, then adapters, then use cases, then ports, then the model": (
        "ports/clock.py",
        "from artifact_plane.domain.use_cases import limits",
    ),
    "there are no other folders": ("helpers/__init__.py", ""),
    "the domain is the model and the use cases": ("domain/services/__init__.py", ""),
    "every adapter folder is known here; none knows another but codec and flow, and pages http": (
        "adapters/filesystem/event_sink.py",
        "from artifact_plane.adapters.memory import records",
    ),
    "the pages build on http, and on no other adapter": (
        "adapters/web/__init__.py",
        "from artifact_plane.adapters.memory import records",
    ),
    "the model and the ports do no I/O and know no vendor": ("domain/model/plan.py", "import time"),
    "use cases may wait (asyncio), and nothing else of the outside": ("domain/use_cases/run.py", "import uuid"),
    "adapters speak ports: driven ones implement them, driving ones call the application's": (
        "adapters/cli/main.py",
        "from artifact_plane.domain.use_cases import limits",
    ),
    "a realm has no way to reach a store (law 11)": (
        "adapters/realms/content/realm.py",
        "from artifact_plane.ports.payload_store import PayloadStore",
    ),
    "nothing executes data (law 25)": ("adapters/codec/canonical.py", "import pickle"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter over the package in ``folder``."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(folder), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )


def test_every_contract_is_kept() -> None:
    """The tree as it is."""
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_breach_below() -> None:
    """A contract that nobody has seen fail proves nothing."""
    text = (ROOT / ".importlinter").read_text()
    names = {line.removeprefix("name = ") for line in text.splitlines() if line.startswith("name = ")}
    assert names == set(BREACHES)


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_breaks_its_contract(contract: str, tmp_path: Path) -> None:
    """Break the tree, and the build fails, for that reason."""
    shutil.copytree(ROOT / "artifact_plane", tmp_path / "artifact_plane", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    name, line = BREACHES[contract]
    path = tmp_path / "artifact_plane" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode != 0
    assert f"{contract} BROKEN" in " ".join(result.stdout.split()), result.stdout
