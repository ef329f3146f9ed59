"""The files that policies are read from, and how to tell cheaply that they have not changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, TypeAlias

import attrs

from artifact_plane.adapters.filesystem.durable import explained
from artifact_plane.adapters.filesystem.durable_folder import Folder
from artifact_plane.domain.model.errors import Damaged, InvalidPolicy, PolicyProblem, Unavailable

PACKAGED: Final = Path(__file__).with_name("policies")
PLATFORM_POLICY: Final = PACKAGED / "platform.yaml"
"""The platform default of 001, and attachments cached (law 7)."""

MVP_POLICY: Final = PACKAGED / "mvp.yaml"
"""001's MVP override."""

Stamp: TypeAlias = tuple[int, ...]
"""Changes whenever a file does: device, inode, size, and the times of its last two kinds of change, in ns."""


@attrs.frozen(kw_only=True)
class PolicyFile:
    """Where one text stands. ``name`` is what rulings call it, ``path`` what messages do.

    ``folder`` and ``below`` are given for a file of the policy folder: no link is followed on the way down from it.
    """

    name: str
    path: Path
    folder: Path | None = None
    below: tuple[str, ...] = ()

    @staticmethod
    def inside(folder: Path, *below: str) -> PolicyFile:
        """A file of the policy folder; the names below it hold no separator."""
        return PolicyFile(name="/".join(below), path=folder.joinpath(*below), folder=folder, below=below)

    def stamp(self) -> Stamp | None:
        """A few microseconds; None where there is no file. Raises Unavailable."""
        try:
            state = self.path.stat(follow_symlinks=self.folder is None)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise explained(error, str(self.path)) from error
        return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns

    def read(self) -> bytes | None:
        """What it holds, a byte more than a policy may have at most; None where there is no file.

        Raises:
            Unavailable: it cannot be read, is not a plain file, or a link lies on the way.
        """
        try:
            return self._read_own() if self.folder is None else self._read_inside(self.folder)
        except FileNotFoundError:
            return None
        except Damaged as error:
            raise Unavailable(
                "a link, or something else that is not a file or folder, lies in a policy's place; it was not followed",
                where=error.where,
                remedy="put the policy itself there",
                retryable=False,
            ) from error
        except OSError as error:
            raise explained(error, str(self.path)) from error

    def _read_inside(self, root: Path) -> bytes:
        folder = Folder(os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), root)
        for name in self.below[:-1]:
            with folder:
                folder = folder.child(name)
        with folder, folder.opened(self.below[-1]) as descriptor:
            return _content(descriptor)

    def _read_own(self) -> bytes:
        """The user's own choice: links are followed, but nothing that would wait or never end is read."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                problem = PolicyProblem(file=str(self.path), line=0, column=0, message="this is not a file")
                raise InvalidPolicy([problem])
            return _content(descriptor)
        finally:
            os.close(descriptor)


def _content(descriptor: int) -> bytes:
    from artifact_plane.adapters.filesystem.yaml_text import MAX_BYTES  # many commands never read a policy

    with os.fdopen(descriptor, "rb", closefd=False) as stream:
        return stream.read(MAX_BYTES + 1)
