"""Where files lie while they are being written: a folder for each process, locked while the process lives."""

from __future__ import annotations

import errno
import itertools
import os
from contextlib import suppress
from typing import Final

from artifact_plane.adapters.filesystem.durable import Descriptor, FileEffects
from artifact_plane.adapters.filesystem.durable_folder import Folder, exclusive, locked

SCRATCH: Final = ".scratch"  # no tenant's folder: those begin with a letter or a digit
_MAY_NOT_WRITE: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class Scratch:
    """This store's own scratch folder. Raises ``OSError``."""

    def __init__(self, root: Folder, effects: FileEffects) -> None:
        self._root: Final = root
        self._effects: Final = effects
        self._numbers: Final = itertools.count(1)
        with root.ensured(SCRATCH, effects) as parent:
            self.folder: Final = _make(parent, effects)

    @property
    def descriptor(self) -> Descriptor:
        return self.folder.descriptor

    def new_name(self) -> str:
        """A name that no file in the folder has had."""
        return str(next(self._numbers))

    def close(self) -> None:
        """Remove the folder and whatever is left in it; what cannot be removed is swept by who opens next."""
        with self.folder, suppress(OSError), self._root.child(SCRATCH) as parent:
            _remove(parent, self.folder, self._effects)


def _make(parent: Folder, effects: FileEffects) -> Folder:
    """Make and lock a folder, while nobody sweeps: a new folder that is not locked yet would look abandoned."""
    with exclusive(parent.descriptor, parent.place):
        taken = set(parent.names())
        name = next(name for number in itertools.count() if (name := f"{os.getpid()}-{number}") not in taken)
        effects.make_folder(parent.descriptor, name)
        folder = parent.child(name)
        locked(folder.descriptor)
        return folder


def sweep(root: Folder, effects: FileEffects) -> None:
    """Remove the scratch folders of the dead; the living keep theirs locked. Nothing is done where nobody may write.

    Raises:
        OSError: a folder could not be removed.
        Damaged: something lies there that no store has put there.
    """
    try:
        with root.child(SCRATCH) as scratch:
            if scratch.names():
                with exclusive(scratch.descriptor, scratch.place):
                    _sweep(scratch, effects)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in _MAY_NOT_WRITE:  # what may be read only can still be read
            raise


def _sweep(scratch: Folder, effects: FileEffects) -> None:
    for name in scratch.names():
        with suppress(FileNotFoundError), scratch.child(name) as folder:  # its owner may be closing just now
            if locked(folder.descriptor):
                _remove(scratch, folder, effects)


def _remove(parent: Folder, folder: Folder, effects: FileEffects) -> None:
    for name in folder.names():
        effects.unlink(folder.descriptor, name)
    effects.remove_folder(parent.descriptor, folder.place.name)
