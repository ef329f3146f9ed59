"""Bytes as they arrive: in memory while they are few, then in scratch, for whoever sends may take his time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from artifact_plane.adapters.http.scratch import ScratchFile
from artifact_plane.domain.model.rendering import ByteSource, BytesSource

IN_MEMORY: Final = 64 * 1024
"""Bytes up to which a content that is kept needs no scratch file."""

_BATCH: Final = 1 << 20
"""Bytes that are gathered before they are written: a hop to a thread for each."""


class Spool:
    """Bytes in the order in which they were added."""

    def __init__(self, watch: Callable[[bytes], object] | None = None) -> None:
        """``watch`` is told all of the bytes by the time ``source`` answers, perhaps on another thread."""
        self._watch: Final = watch
        self._gathered = bytearray()
        self._file: ScratchFile | None = None
        self.size = 0

    async def add(self, data: bytes) -> None:
        """Keep more. Raises Unavailable where there is no room for it."""
        self.size += len(data)
        self._gathered += data
        if len(self._gathered) >= _BATCH:
            await asyncio.to_thread(self._write)

    async def whole(self) -> bytes:
        """All of them at once. Raises Unavailable."""
        if self._file is None:
            return bytes(self._gathered)
        return await asyncio.to_thread(self._read, self._file)

    async def source(self) -> ByteSource:
        """All of them, to be read as often as anybody wants. Raises Unavailable."""
        if self._file is not None or self.size > IN_MEMORY:
            await asyncio.to_thread(self._write)
        elif self._watch is not None:
            self._watch(bytes(self._gathered))
        return self._file or BytesSource(bytes(self._gathered))

    def _write(self) -> None:
        self._file = self._file or ScratchFile()
        self._file.write(self._gathered)
        if self._watch is not None:
            self._watch(bytes(self._gathered))
        self._gathered.clear()

    def _read(self, file: ScratchFile) -> bytes:
        with file.open() as reader:
            return reader.read() + self._gathered
