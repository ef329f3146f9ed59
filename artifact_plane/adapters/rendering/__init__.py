"""Renderers: any meaning as a document, charts, a process as a diagram.

::

    name       format           drawn by                     version of the format
    document   markdown, html   the base install             1
    document   pdf              the extra ``rendering``      1+reportlab….pymupdf-fonts…
    chart      svg              the base install             1
    chart      png              the extra ``rendering``      1+resvg-py….pymupdf-fonts…
    process    svg              the base install             1
    process    png              the extra ``rendering``      1+resvg-py….pymupdf-fonts…

What draws PDF and PNG are libraries with versions of their own, so each renderer tells the version of one format
(``version_of``): it is that which says whether the same meaning must give the same bytes. ``version`` is the
part that is ours, the same with and without the extra.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifact_plane.adapters.rendering.chart.renderer import ChartRenderer
    from artifact_plane.adapters.rendering.document.renderer import DocumentRenderer
    from artifact_plane.adapters.rendering.process.renderer import ProcessRenderer


def builtin_renderers() -> tuple[DocumentRenderer, ChartRenderer, ProcessRenderer]:
    """Every renderer that comes with the plane; the libraries of the extra are imported when they draw."""
    from artifact_plane.adapters.rendering.chart.renderer import ChartRenderer
    from artifact_plane.adapters.rendering.document.renderer import DocumentRenderer
    from artifact_plane.adapters.rendering.process.renderer import ProcessRenderer

    return DocumentRenderer(), ChartRenderer(), ProcessRenderer()
