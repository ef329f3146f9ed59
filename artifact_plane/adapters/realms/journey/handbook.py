"""Two things that many handbooks write beyond CommonMark: front matter, and admonitions (``!!! note``).

Everything is done line by line, and no line is added or taken away, so that places stay true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from artifact_plane.adapters.realms.prose import one_line

_FRONT_MATTER_LINES: Final = 200

_LINE_END: Final = re.compile(r"\r\n?|\n")
_ADMONITION: Final = re.compile(r"( *)(?:!!!|\?\?\?\+?)[ \t]+\S")
_FENCE: Final = re.compile(r" *(`{3,}|~{3,})")
_YAML_LINE: Final = re.compile(r"[A-Za-z_][\w.-]*:|[ \t#-]|$")
_FIELD: Final = re.compile(r"([A-Za-z_]+):[ \t]+(\S.*)")


def plain_markdown(text: str) -> tuple[str, dict[str, str]]:
    """``text`` with its front matter blanked out and its admonitions as quotations; and the front matter's fields."""
    lines = _LINE_END.split(text)
    fields = _take_front_matter(lines)
    return "\n".join(_admonitions_as_quotations(lines)), fields


def _take_front_matter(lines: list[str]) -> dict[str, str]:
    """Blank the front matter out of ``lines`` and return its one-line fields."""
    if not lines or lines[0].rstrip() != "---":
        return {}
    head = lines[1:_FRONT_MATTER_LINES]
    end = next((index for index, line in enumerate(head, 1) if line.rstrip() in ("---", "...")), None)
    if end is None or not all(_YAML_LINE.match(line) for line in lines[1:end]):
        return {}
    found = [_FIELD.match(line) for line in lines[1:end]]
    lines[: end + 1] = [""] * (end + 1)
    return {match[1].lower(): one_line(match[2].strip("'\" ")) for match in found if match}


def _admonitions_as_quotations(lines: Sequence[str]) -> Iterator[str]:
    fence: str | None = None
    body: str | None = None
    for line in lines:
        if body is not None:
            if not line.strip() or line.startswith((body + "    ", body + "\t")):
                yield _quoted(line, body)
                continue
            body = None
        fence = _fence_after(line, fence)
        opening = None if fence else _ADMONITION.match(line)
        if opening:
            body = opening[1]
        yield f"{body}>" if body is not None else line


def _quoted(line: str, indent: str) -> str:
    inner = line[len(indent) :]
    return f"{indent}> {inner.removeprefix(chr(9)) if inner.startswith(chr(9)) else inner[4:]}"


def _fence_after(line: str, fence: str | None) -> str | None:
    """The fence that is open after ``line``."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    if fence is None:
        return match[1]
    return None if match[1].startswith(fence) else fence
