"""The event sink in a file: one event, one line of JSON."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Final

from artifact_plane.adapters.filesystem.durable import APPEND, Descriptor, FileEffects, planted, translated
from artifact_plane.adapters.filesystem.durable_folder import Folder, exclusive, open_above
from artifact_plane.domain.model.change import Event
from artifact_plane.ports.event_sink import EventSink


class JsonLinesEventSink(EventSink):
    """Appends each event to ``path`` as one line of ASCII JSON: nothing in an event can break or fake a line.

    The line is durable when ``publish`` returns, and the file has lines of whole events only, whatever happens: a
    line that cannot be written wholly is taken back, and one that a crash has cut is closed, so that it stays the
    only one that does not parse (its event comes again). The file is 0600, is made by the first event, is opened
    for each event (so it may be renamed away at any time), and may be shared by processes; its folder must exist.

    ``publish`` raises ``Unavailable`` where the file cannot be written, ``Damaged`` where it is a link or no file.
    """

    def __init__(self, path: Path, *, effects: FileEffects | None = None) -> None:
        self._path: Final = path.absolute()
        self._effects: Final = FileEffects() if effects is None else effects

    async def publish(self, event: Event) -> None:
        await asyncio.to_thread(self._append, _line(event))

    def _append(self, line: bytes) -> None:
        with translated(str(self._path)), open_above(self._path) as folder:
            descriptor = self._open(folder)
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise planted(str(self._path))
                with exclusive(descriptor, self._path):
                    self._write(descriptor, line)
            finally:
                os.close(descriptor)

    def _open(self, folder: Folder) -> Descriptor:
        try:
            return os.open(self._path.name, APPEND, dir_fd=folder.descriptor)
        except FileNotFoundError:
            return self._create(folder)

    def _create(self, folder: Folder) -> Descriptor:
        try:
            descriptor = self._effects.create(folder.descriptor, self._path.name, APPEND)
        except FileExistsError:  # another process was faster, which is as good
            return os.open(self._path.name, APPEND, dir_fd=folder.descriptor)
        try:
            self._effects.sync(folder.descriptor)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _write(self, descriptor: Descriptor, line: bytes) -> None:
        size = os.fstat(descriptor).st_size
        cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        try:
            self._effects.write(descriptor, memoryview(b"\n" + line if cut else line))
            self._effects.sync(descriptor)
        except OSError:
            self._effects.truncate(descriptor, size)
            raise


def _line(event: Event) -> bytes:
    fields = {
        "event_id": event.event_id,
        "tenant_id": event.tenant_id,
        "event_type": event.event_type,
        "subject": event.subject,
        "at": event.at.isoformat(),
        "body": event.body,
    }
    return json.dumps(fields, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
