"""The same meaning gives the same bytes: in any process, place, time and order of keys."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.adapters.rendering import builtin_renderers
from artifact_plane.domain.model.json import JsonObject

from .drawing import draw
from .samples import CHARTS, PROCESS, REPORT, reordered

_SAMPLES: Final = {"document": REPORT, "chart": CHARTS, "process": PROCESS}
_ALL: Final = [(one.name, format) for one in builtin_renderers() for format in one.formats]

_QUICK: Final = {"png": {"scale": 1}}

_DRAW_ALL: Final = """
import hashlib, json, sys
from artifact_plane.adapters.rendering import builtin_renderers
samples = json.load(sys.stdin)
digests = {}
for renderer in builtin_renderers():
    for format in renderer.formats:
        with renderer.render(samples[renderer.name], format, {}).open() as stream:
            digests[f"{renderer.name} {format}"] = hashlib.sha256(stream.read()).hexdigest()
json.dump(digests, sys.stdout)
"""


def _digests_elsewhere(folder: Path, **environment: str) -> dict[str, str]:
    found = subprocess.run(
        [sys.executable, "-c", _DRAW_ALL],
        input=json.dumps(_SAMPLES),
        capture_output=True,
        check=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        text=True,
    )
    digests: dict[str, str] = json.loads(found.stdout)
    return digests


@pytest.mark.parametrize(("renderer", "format"), _ALL)
def test_the_order_of_keys_makes_no_difference(renderer: str, format: str) -> None:
    """A meaning is the same in any order of its keys, and so is its view."""
    payload = reordered(_SAMPLES[renderer])
    assert isinstance(payload, dict)
    options = _QUICK.get(format, {})
    assert draw(renderer, format, payload, **options) == draw(renderer, format, _SAMPLES[renderer], **options)


@pytest.mark.parametrize(("renderer", "format"), _ALL)
def test_drawing_at_the_same_time_makes_no_difference(renderer: str, format: str) -> None:
    """Renderers are called from many threads at once."""
    payload: JsonObject = _SAMPLES[renderer]
    with ThreadPoolExecutor(4) as threads:
        drawn = set(threads.map(lambda _: draw(renderer, format, payload, **_QUICK.get(format, {})), range(4)))
    assert len(drawn) == 1


def test_hash_seed_time_zone_locale_and_folder_make_no_difference(tmp_path: Path) -> None:
    """Another process in another world draws every view byte for byte as this one does."""
    here = {
        f"{renderer} {format}": hashlib.sha256(draw(renderer, format, _SAMPLES[renderer])).hexdigest()
        for renderer, format in _ALL
    }
    world = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "HOME": str(tmp_path)}
    assert _digests_elsewhere(tmp_path, PYTHONHASHSEED="1", **world) == here
    assert _digests_elsewhere(Path.cwd(), PYTHONHASHSEED="4242", SOURCE_DATE_EPOCH="1700000000") == here


def test_versions_name_the_libraries_that_draw() -> None:
    """What the base install draws has our version alone; PDF and PNG also those of their libraries."""
    for renderer in builtin_renderers():
        for format in renderer.formats:
            version = renderer.version_of(format)
            assert version.startswith(f"{renderer.version}+") == (format in ("pdf", "png"))
            assert ("reportlab" in version, "resvg-py" in version) == (format == "pdf", format == "png")
