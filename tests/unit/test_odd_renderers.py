"""A renderer is other people's code: whatever it raises is told in words that can be kept (law 23)."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.errors import ArtifactPlaneError, ExecutionFailed, InvalidInput
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource, Renderable
from artifact_plane.domain.use_cases.renderers import Renderers
from artifact_plane.domain.use_cases.wording import MOST_WORDS
from artifact_plane.ports.renderer import Renderer


class Odd(Renderer):
    """Raises what it is told to."""

    name = "odd"
    version = "1"

    def __init__(self, error: Exception) -> None:
        self._error = error

    @property
    def formats(self) -> dict[str, str]:
        return {"txt": "text/plain"}

    def render(self, semantic_payload: JsonObject, format: str, options: JsonObject) -> ByteSource:
        raise self._error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("half a character: \udce9, and NUL: \0"), ExecutionFailed),
        (RuntimeError("x" * 1_000_000), ExecutionFailed),
        (InvalidInput("the meaning has no \udce9"), InvalidInput),
    ],
    ids=["unfit", "endless", "ours"],
)
async def test_what_a_renderer_raises_can_be_kept(error: Exception, kind: type[ArtifactPlaneError]) -> None:
    renderers = Renderers(lambda: [Odd(error)])
    with pytest.raises(kind) as caught:
        await renderers.draw({}, Renderable(name="view", renderer="odd", format="txt"))
    caught.value.message.encode()
    assert "\0" not in caught.value.message and len(caught.value.message) < MOST_WORDS + 100
