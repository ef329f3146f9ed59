"""What may be asked of a renderer, and how a wrong request is answered."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.rendering import builtin_renderers
from artifact_plane.domain.model.errors import UnsupportedRendering

from .drawing import draw
from .samples import CHARTS, PROCESS, REPORT

_SAMPLES = {"document": REPORT, "chart": CHARTS, "process": PROCESS}


def test_the_renderers_and_their_formats() -> None:
    """Three renderers, each under its own name; media types as registered."""
    assert {one.name: dict(one.formats) for one in builtin_renderers()} == {
        "document": {
            "markdown": "text/markdown; charset=utf-8",
            "html": "text/html; charset=utf-8",
            "pdf": "application/pdf",
        },
        "chart": {"svg": "image/svg+xml", "png": "image/png"},
        "process": {"svg": "image/svg+xml", "png": "image/png"},
    }


@pytest.mark.parametrize("renderer", sorted(_SAMPLES))
def test_an_unknown_format_names_the_nearest_and_the_legal_ones(renderer: str) -> None:
    """As does every misspelt word in the plane."""
    formats = next(dict(one.formats) for one in builtin_renderers() if one.name == renderer)
    for legal in formats:
        with pytest.raises(UnsupportedRendering) as refusal:
            draw(renderer, f"{legal}x", _SAMPLES[renderer])
        assert refusal.value.remedy == f"did you mean {legal!r}? known are: {', '.join(sorted(formats))}"


@pytest.mark.parametrize(
    ("renderer", "format", "option", "remedy"),
    [
        ("document", "html", "dept", "did you mean 'depth'? known are: depth"),
        ("document", "html", "page", "known are: depth"),
        ("document", "pdf", "pages", "did you mean 'page'? known are: depth, page"),
        ("chart", "svg", "scale", "known are: width"),
        ("chart", "png", "Scale", "did you mean 'scale'? known are: scale, width"),
        ("process", "svg", "scale", "leave it out: this format has no options"),
    ],
)
def test_an_unknown_option_names_the_nearest_and_the_legal_ones(
    renderer: str, format: str, option: str, remedy: str
) -> None:
    """Each format has its own options."""
    with pytest.raises(UnsupportedRendering) as refusal:
        draw(renderer, format, _SAMPLES[renderer], **{option: 1})
    assert refusal.value.remedy == remedy


@pytest.mark.parametrize(
    ("renderer", "format", "option", "value", "remedy"),
    [
        ("document", "html", "depth", 0, "give a whole number from 1 to 20"),
        ("document", "html", "depth", True, "give a whole number from 1 to 20"),
        ("document", "pdf", "page", "a5", "give one of a4, letter"),
        ("chart", "svg", "width", 10_000, "give a whole number from 480 to 1600"),
        ("process", "png", "scale", "2", "give a whole number from 1 to 4"),
    ],
)
def test_an_option_out_of_range_says_what_is_legal(
    renderer: str, format: str, option: str, value: int | str, remedy: str
) -> None:
    """The value itself is not repeated."""
    with pytest.raises(UnsupportedRendering) as refusal:
        draw(renderer, format, _SAMPLES[renderer], **{option: value})
    assert (refusal.value.where, refusal.value.remedy) == (f"options.{option}", remedy)


def test_a_width_is_kept() -> None:
    """The option `width` is the drawing's width."""
    assert b' width="1000" ' in draw("chart", "svg", CHARTS, width=1000)
