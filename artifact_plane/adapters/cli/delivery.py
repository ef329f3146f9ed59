"""Where the bytes of a part go: to a file that is whole or not there, to a pipe as they are, to eyes as text."""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from artifact_plane.adapters.cli.page.blocks import inert_lines
from artifact_plane.adapters.cli.screen import Screen
from artifact_plane.domain.model.errors import InvalidInput, Unavailable
from artifact_plane.domain.model.rendering import ByteSource

Write: TypeAlias = Callable[[bytes], None]

_CHUNK: Final = 1 << 20
_TEXTUAL: Final = ("text/", "application/json", "application/xml", "application/yaml")
_THE_CALLERS: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)


def is_text(media_type: str) -> bool:
    """Whether a terminal can show such bytes."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain.startswith(_TEXTUAL) or plain.endswith(("+xml", "+json"))


async def copy(source: ByteSource, write: Write) -> None:
    """Stream ``source`` into ``write``, off the event loop, a bounded piece at a time."""
    reader = await asyncio.to_thread(source.open)
    try:
        while data := await asyncio.to_thread(reader.read, _CHUNK):
            await asyncio.to_thread(write, data)
    finally:
        await asyncio.to_thread(reader.close)


@contextmanager
def to_stream(screen: Screen) -> Iterator[Write]:
    """Standard output, byte for byte."""
    yield screen.write


@contextmanager
def to_eyes(screen: Screen) -> Iterator[Write]:
    """A terminal: text with what the terminal would act on escaped, and a line end at the end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(data: bytes) -> None:
        screen.write(inert_lines(decoder.decode(data)).encode())

    yield write
    screen.write((inert_lines(decoder.decode(b"", final=True)) + "\n").encode())


@contextmanager
def to_file(path: Path, unique: str) -> Iterator[Write]:
    """A file that appears, or is replaced, when everything was written; what is there stays until then.

    ``unique`` makes the temporary name beside it one that nobody else uses. A device or pipe is written directly.

    Raises:
        InvalidInput: there is no such folder, or it may not be written.
        Unavailable: writing failed, for instance on a full disk.
    """
    target = Path(os.path.realpath(path))
    special = target.exists() and not target.is_file()
    draft = target if special else target.with_name(f".ap-{unique}.part")
    try:
        with _opened(draft, special=special) as write:
            yield write
        if not special:
            draft.replace(target)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        if not special:
            draft.unlink(missing_ok=True)


@contextmanager
def _opened(draft: Path, *, special: bool) -> Iterator[Write]:
    flags = os.O_WRONLY if special else os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(draft, flags, 0o666), "wb") as file:  # noqa: PTH123 - a descriptor, not a path

        def write(data: bytes) -> None:
            file.write(data)

        yield write
        file.flush()
        if not special:
            os.fsync(file.fileno())


def _refused(path: Path, error: OSError) -> InvalidInput | Unavailable:
    kind = InvalidInput if isinstance(error, _THE_CALLERS) else Unavailable
    return kind(f"cannot be written: {error.strerror}", where=str(path), remedy="write to another place")
