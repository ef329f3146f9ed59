"""The document as one standalone HTML page: everything escaped, no script, nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from html import escape
from typing import Final

from artifact_plane.adapters.rendering.document.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Heading,
    Prose,
    Table,
    Title,
    Value,
    ValueKind,
)

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #dde2e9; --band: #f5f7fa; --page: #ffffff;
  --accent: #1f5fae; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #a3adba; --line: #343c48; --band: #1d232c; --page: #14181e; --accent: #8ab8f2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
header { border-bottom: 3px solid var(--accent); margin-bottom: 1.75rem; padding-bottom: 1rem; }
.kicker { margin: 0 0 .25rem; color: var(--accent); font-size: .85rem; font-weight: 600; letter-spacing: .06em;
  text-transform: uppercase; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.35rem; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1.1rem; }
h4, h5, h6 { margin: 1.25rem 0 .5rem; font-size: 1rem; color: var(--soft); }
p { margin: 0 0 .9rem; max-width: 44rem; }
h1, h2, h3, h4, h5, h6, p, li, dt, dd, th, td { unicode-bidi: plaintext; text-align: left; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; margin: 0 0 1rem; }
dt, dd { margin: 0; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); }
ul { margin: 0 0 1rem; padding-left: 1.25rem; }
li { margin: .2rem 0; }
.scroll { overflow-x: auto; margin: 0 0 1.25rem; }
table { border-collapse: collapse; font-size: .925rem; min-width: 50%; }
th, td { padding: .45rem .75rem; vertical-align: top; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; }
td { overflow-wrap: break-word; max-width: 26rem; }
th { background: var(--band); color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); }
th.number, td.number { text-align: right; }
td.number { white-space: nowrap; }
td, dd { font-variant-numeric: tabular-nums; }
.none { color: var(--soft); font-style: italic; }
code { font: .9em/1.45 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: 0 0 1.25rem; padding: .75rem 1rem; background: var(--band); border-radius: 6px; white-space: pre-wrap; }
@media (max-width: 36rem) { main { padding-top: 1.5rem; } dl { grid-template-columns: 1fr; }
  dt { border: 0; padding-bottom: 0; } }
@media print { main { max-width: none; padding: 0; } tr, li { break-inside: avoid; } }
"""
# The page asks for nothing; should a viewer differ, this forbids it.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(blocks: Iterable[Block]) -> str:
    """The whole page; the first block is its title."""
    parts = iter(blocks)
    first = next(parts)
    title = first.text if isinstance(first, Title) else "Untitled"
    return "\n".join((*_head(title), _written(first), *map(_written, parts), "</main>", "</body>", "</html>", ""))


def _head(title: str) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escape(title)}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"


@singledispatch
def _written(block: object) -> str:
    raise TypeError(f"{type(block).__name__} is no block of a document")


@_written.register
def _(block: Title) -> str:
    kicker = f'<p class="kicker">{escape(block.kicker)}</p>' if block.kicker else ""
    return f"<header>{kicker}<h1>{escape(block.text)}</h1></header>"


@_written.register
def _(block: Heading) -> str:
    return f"<h{block.level}>{escape(block.text)}</h{block.level}>"


@_written.register
def _(block: Facts) -> str:
    pairs = (f"<dt>{escape(name)}</dt><dd>{_value(value)}</dd>" for name, value in block.pairs)
    return _wrapped("dl", pairs)


@_written.register
def _(block: Bullets) -> str:
    return _wrapped("ul", (f"<li>{_value(item)}</li>" for item in block.items))


@_written.register
def _(block: Table) -> str:
    classes = tuple(' class="number"' if numeric else "" for numeric in block.numeric)
    heads = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(block.columns, classes, strict=True)
    )
    rows = (
        "<tr>" + "".join(f"<td{kind}>{_value(cell)}</td>" for cell, kind in zip(row, classes, strict=True)) + "</tr>"
        for row in block.rows
    )
    return f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n{_wrapped("tbody", rows)}\n</table></div>'


@_written.register
def _(block: Prose) -> str:
    return "\n".join(f"<p>{'<br>'.join(map(escape, lines))}</p>" for lines in block.paragraphs)


@_written.register
def _(block: Code) -> str:
    return f"<pre><code>{escape(block.text)}</code></pre>"


def _wrapped(tag: str, lines: Iterable[str]) -> str:
    return "\n".join((f"<{tag}>", *lines, f"</{tag}>"))


def _value(value: Value) -> str:
    if value.kind is ValueKind.CODE:
        return f"<code>{escape(value.text)}</code>"
    if value.kind is ValueKind.NONE:
        return f'<span class="none">{escape(value.text)}</span>'
    return escape(value.text)
