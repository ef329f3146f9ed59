"""The extra `rendering`: nothing of it is needed, or imported, before a PDF or PNG is drawn."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest

from .samples import CHARTS, PROCESS, REPORT

_WITHOUT: Final = """
import json, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
from artifact_plane.adapters.rendering import builtin_renderers
from artifact_plane.domain.model.errors import UnsupportedRendering
samples = json.load(sys.stdin)
answers = {}
for renderer in builtin_renderers():
    for format in renderer.formats:
        try:
            renderer.render(samples[renderer.name], format, {})
            answers[f"{renderer.name} {format}"] = "drawn"
        except UnsupportedRendering as refusal:
            answers[f"{renderer.name} {format}"] = f"{refusal.message} -> {refusal.remedy}"
json.dump(answers, sys.stdout)
"""


def _answers(*blocked: str) -> dict[str, str]:
    found = subprocess.run(
        [sys.executable, "-c", _WITHOUT, ",".join(blocked)],
        input=json.dumps({"document": REPORT, "chart": CHARTS, "process": PROCESS}),
        capture_output=True,
        check=True,
        text=True,
    )
    answers: dict[str, str] = json.loads(found.stdout)
    return answers


@pytest.mark.parametrize(
    "blocked", [("reportlab", "resvg_py", "pymupdf_fonts", "PIL"), ("reportlab", "resvg_py"), ("pymupdf_fonts",)]
)
def test_without_the_extra_the_rest_is_drawn_and_pdf_and_png_say_what_to_install(blocked: tuple[str, ...]) -> None:
    """Whichever of its libraries is missing."""
    answers = _answers(*blocked)
    needing = {name for name in answers if name.endswith(("pdf", "png"))}
    assert {answers[name] for name in answers.keys() - needing} == {"drawn"}
    for name in needing:
        assert "needs the extra 'rendering' -> pip install 'artifact-plane[rendering]'" in answers[name]


def test_loading_the_renderers_imports_no_library_of_the_extra() -> None:
    """The command line lists renderers at every start."""
    code = "import sys; from artifact_plane.adapters.rendering import builtin_renderers as b; b(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert {"reportlab", "resvg_py", "pymupdf_fonts", "PIL", "importlib.metadata"}.isdisjoint(found.stdout.split())
