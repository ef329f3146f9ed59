"""The screen: where answers, remarks and progress go.

Answers go to standard output, everything else to standard error. A terminal gets colour and wrapped lines, a pipe
plain lines of which nothing is cut; progress is shown on a terminal only.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import attrs

from artifact_plane.adapters.cli.page.blocks import Block, json_escaped
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.json import Json

_VALUE: Final = r'(?:"(?:[^"\\\n]|\\.)*+"|[\w.+-]++)'
_PLAIN_LIST: Final = re.compile(rf"\[\n *({_VALUE}(?:,\n *{_VALUE})*+)\n *\]")
_BREAK: Final = re.compile(r",\n *")
_ONE_LINE: Final = 100


@attrs.define
class Screen:
    """Two text streams; either may be a terminal."""

    out: TextIO
    err: TextIO

    @classmethod
    def of_process(cls) -> Screen:
        """The streams of this process; one that was closed before the start swallows what it gets."""
        out, err = (_encodable(stream or _nothing()) for stream in (sys.stdout, sys.stderr))
        return cls(out, err)

    @property
    def interactive(self) -> bool:
        """Whether answers are read by eyes."""
        return self.out.isatty()

    def show(self, *blocks: Block) -> None:
        """Write blocks as an answer.

        Raises:
            BrokenPipeError: nobody reads any more.
            Unavailable: standard output cannot take it.
        """
        with _written("standard output"):
            _paint(self.out, blocks)

    def tell(self, *blocks: Block) -> None:
        """Write blocks as a remark beside the answer."""
        with _written("standard error"):
            self.out.flush()
            _paint(self.err, blocks)

    def document(self, value: Json, *, remark: bool = False) -> None:
        """Write one JSON document as the answer, or as a remark; raises as ``show``."""
        stream = self.err if remark else self.out
        with _written("standard error" if remark else "standard output"):
            stream.write(json_text(value) + "\n")
            stream.flush()

    def write(self, data: bytes) -> None:
        """Write bytes as they are; raises as ``show``."""
        with _written("standard output"):
            self.out.flush()
            self.out.buffer.write(data)

    def flush(self) -> None:
        """Hand over everything that was written; raises as ``show``."""
        with _written("standard output"):
            self.out.flush()
            self.err.flush()

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show that work is going on, on a terminal only; the callable says what it is now."""
        if not self.err.isatty() or not self.out.isatty():
            yield _silent
            return
        from artifact_plane.adapters.cli.page.terminal import console

        with console(self.err).status(what, spinner="dots") as status:
            yield status.update


def json_text(value: Json) -> str:
    """A JSON document for reading: indented, in the order given, inert on a terminal."""
    import orjson

    return json_escaped(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def json_page(value: Json) -> str:
    """As ``json_text``, with lists of a few plain values on one line."""
    return _PLAIN_LIST.sub(_on_one_line, json_text(value))


def _on_one_line(match: re.Match[str]) -> str:
    joined = f"[{_BREAK.sub(', ', match[1])}]"
    return joined if len(joined) <= _ONE_LINE else match[0]


@contextmanager
def _written(where: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unavailable(
            f"cannot be written: {error.strerror}", where=where, remedy="send the output somewhere else"
        ) from error


def _paint(stream: TextIO, blocks: tuple[Block, ...]) -> None:
    if stream.isatty():
        from artifact_plane.adapters.cli.page.terminal import paint

        paint(stream, blocks)
    else:
        from artifact_plane.adapters.cli.page.plain import lines

        unicode = (stream.encoding or "utf-8").lower().startswith("utf")
        stream.writelines(row + "\n" for row in lines(blocks, ascii_only=not unicode))


def _encodable(stream: TextIO) -> TextIO:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return stream


def _nothing() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _silent(_: str) -> None:
    """Progress for nobody."""
