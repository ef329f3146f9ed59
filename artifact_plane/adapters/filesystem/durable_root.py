"""The payload store's root folder, opened when it is there and made when something is put.

::

    <root>/<tenant>/<algorithm>/<first two digits>/<all digits>    a payload; the folder it lies in is its *shard*
    <root>/.scratch/<process>/<number>                             a payload in the making
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from artifact_plane.adapters.filesystem.durable import FileEffects
from artifact_plane.adapters.filesystem.durable_folder import Folder, ensure_path, open_path
from artifact_plane.adapters.filesystem.durable_names import Address
from artifact_plane.adapters.filesystem.durable_scratch import Scratch, sweep

_REMEMBERED: Final = 100_000


class Root:
    """Any thread may call any method. Raises ``OSError``, and ``Damaged`` where a link lies in the way."""

    def __init__(self, path: Path, effects: FileEffects) -> None:
        self.path: Final = path.absolute()
        self.effects: Final = effects
        self._lock: Final = threading.RLock()
        self._durable: Final[set[Path]] = set()
        self._folder: Folder | None = None
        self._scratch: Scratch | None = None

    def open(self) -> None:
        """Remove what dead processes left in scratch."""
        folder = self._find()
        if folder is not None:
            sweep(folder, self.effects)

    def close(self) -> None:
        """Remove this store's scratch and let go of the folder."""
        with self._lock:
            if self._scratch is not None:
                self._scratch.close()
            if self._folder is not None:
                self._folder.close()

    def _find(self) -> Folder | None:
        with self._lock:
            if self._folder is None:
                self._folder = open_path(self.path)
            return self._folder

    def _made(self) -> Folder:
        with self._lock:
            if self._folder is None:
                self._folder = ensure_path(self.path, self.effects)
            return self._folder

    def scratch(self) -> Scratch:
        """This store's scratch, made by the first call."""
        with self._lock:
            if self._scratch is None:
                self._scratch = Scratch(self._made(), self.effects)
            return self._scratch

    def place(self, address: Address) -> str:
        """The path of a payload's file, for messages."""
        return str(self.path / address.location)

    def folder(self, names: Sequence[str]) -> Folder:
        """Open a folder below the root; ``FileNotFoundError`` where there is none."""
        root = self._find()
        if root is None:
            raise FileNotFoundError(str(self.path))
        return root.descend(names)

    def ensured_folder(self, names: Sequence[str]) -> Folder:
        """Open a folder below the root, made where it is missing, with all folders on the way durable.

        A folder that is there already may have been made by a process that has not made it durable yet; so each
        store does it once for each folder that it meets.
        """
        folder = self._ensured_child(self._made(), names[0])
        for name in names[1:]:
            with folder:
                folder = self._ensured_child(folder, name)
        return folder

    def _ensured_child(self, parent: Folder, name: str) -> Folder:
        place = parent.place / name
        if place in self._durable:
            return parent.ensured(name, self.effects)
        child = parent.durable_child(name, self.effects)
        with self._lock:
            if len(self._durable) >= _REMEMBERED:
                self._durable.clear()
            self._durable.add(place)
        return child
