"""Every effect that the file adapters have on a file system, one method each; and the errors of the file system.

All of it goes through one ``FileEffects`` value, so that a test can put in a class of its own that fails, or ends
the process, at the n-th effect. Reading is no effect and is done where it is needed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeAlias

from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, Unavailable

Descriptor: TypeAlias = int

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
APPEND: Final = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_SYNC_OF_THE_DRIVE: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)
"""On macOS, fsync leaves content in the drive's own cache; this does not."""


class FileEffects:
    """The real effects. Names are relative to an open folder; links are followed nowhere; raises ``OSError``."""

    def make_folder(self, parent: Descriptor, name: str) -> None:
        """Make a folder, 0700 whatever the umask."""
        os.mkdir(name, PRIVATE_FOLDER, dir_fd=parent)
        made = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISDIR(made.st_mode) and stat.S_IMODE(made.st_mode) != PRIVATE_FOLDER:
            os.chmod(name, PRIVATE_FOLDER, dir_fd=parent)

    def remove_folder(self, parent: Descriptor, name: str) -> None:
        """Remove an empty folder."""
        os.rmdir(name, dir_fd=parent)

    def create(self, folder: Descriptor, name: str, flags: int = CREATE) -> Descriptor:
        """Create a file that is not there yet, 0600 whatever the umask, and leave it open; the caller closes it."""
        descriptor = os.open(name, flags | os.O_CREAT | os.O_EXCL, PRIVATE_FILE, dir_fd=folder)
        try:
            os.fchmod(descriptor, PRIVATE_FILE)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def write(self, file: Descriptor, data: memoryview) -> None:
        """Write all of ``data``: in one call, unless the file system takes less at a time."""
        while data:
            data = data[os.write(file, data) :]

    def stamp(self, file: Descriptor, nanoseconds: int) -> None:
        """Set the time of the last change."""
        os.utime(file, ns=(nanoseconds, nanoseconds))

    def sync(self, descriptor: Descriptor) -> None:
        """Wait until a file's content, or a folder's entries, would survive a loss of power."""
        if _SYNC_OF_THE_DRIVE is not None:
            with suppress(OSError):  # a file system that does not know it knows fsync
                fcntl.fcntl(descriptor, _SYNC_OF_THE_DRIVE)
                return
        os.fsync(descriptor)

    def rename(self, folder: Descriptor, name: str, new_folder: Descriptor, new_name: str) -> None:
        """Move a file, in one step."""
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)

    def unlink(self, folder: Descriptor, name: str) -> None:
        """Remove a file."""
        os.unlink(name, dir_fd=folder)

    def truncate(self, file: Descriptor, size: int) -> None:
        """Cut a file back to ``size`` bytes."""
        os.ftruncate(file, size)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what the file system raises into the plane's own errors, once; the cause is kept.

    Raises:
        Damaged: a link lies where the store keeps a file or folder of its own.
        Unavailable: anything else that the file system refuses.
    """
    try:
        yield
    except OSError as error:
        raise explained(error, where) from error


def explained(error: OSError, where: str) -> ArtifactPlaneError:
    """What the plane says about a refusal by the file system."""
    if error.errno == errno.ELOOP:
        return planted(where)
    message, remedy, retryable = _REFUSALS.get(error.errno or 0, _UNKNOWN)
    reason = os.strerror(error.errno) if error.errno else "no reason was given"
    return Unavailable(f"{message} ({reason})", where=where, remedy=remedy, retryable=retryable)


def planted(where: str) -> Damaged:
    """Something lies there that the store did not put there; it is not followed, opened or removed."""
    return Damaged(
        "a link, or something else that this store did not put there, lies in its place; it was not followed",
        where=where,
        remedy="find out who put it there and remove it",
    )


_ROOM: Final = "free some space there, then try again"
_RIGHTS: Final = "give this user the right to read and write there, or use another home"
_DISK: Final = "look at the disk and its log, then try again"
_HANDLES: Final = "raise the limit of open files (ulimit -n), or do less at once"
_LOCAL: Final = "keep the store on a local file system"
_UNKNOWN: Final = ("the file system refused", "look at the place named, then try again", False)
_REFUSALS: Final = {
    errno.ENOSPC: ("the file system is full", _ROOM, False),
    errno.EDQUOT: ("the quota is used up", _ROOM, False),
    errno.EFBIG: ("the file is larger than allowed here", "raise the limit on file sizes (ulimit -f)", False),
    errno.EROFS: ("the file system is read-only", "make it writable, or use another home", False),
    errno.EACCES: ("access is denied", _RIGHTS, False),
    errno.EPERM: ("the operation is not permitted", _RIGHTS, False),
    errno.ENOTDIR: ("a part of the path is not a folder", "correct the path", False),
    errno.EISDIR: ("a folder lies in the place of the file", "move it away, or name another file", False),
    errno.ENOENT: ("the folder is not there any more", "restore it, or use another home", False),
    errno.EXDEV: ("the store spans two file systems", "keep all of the store on one file system", False),
    errno.ENOLCK: ("the file system cannot lock files", _LOCAL, False),
    errno.EOPNOTSUPP: ("the file system cannot do what the store needs", _LOCAL, False),
    errno.EIO: ("the disk reports an error", _DISK, True),
    errno.ESTALE: ("the file system lost track of the file", _DISK, True),
    errno.EMFILE: ("this process has too many files open", _HANDLES, True),
    errno.ENFILE: ("the machine has too many files open", _HANDLES, True),
    errno.ENOMEM: ("there is no memory left", "do less at once", True),
    errno.ETIMEDOUT: ("the file system did not answer in time", _DISK, True),
}
