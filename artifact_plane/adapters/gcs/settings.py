"""What can be set about the bucket. Nothing here costs the import of the client library."""

from __future__ import annotations

import re
from typing import Final

import attrs

from artifact_plane.domain.model.errors import InvalidInput

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_PREFIX: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_ENDPOINT: Final = re.compile(r"https?://[^\s/@]+")


@attrs.frozen(kw_only=True)
class GcsSettings:
    """Which bucket, and how hard to try. Times are seconds.

    * ``bucket``: its name; it must be there. ``prefix``: what the names of all objects begin with, ``a/b`` or nothing,
      so that several homes can share a bucket. Neither is ever shown to a client.
    * ``project``: who is billed where the credentials do not say it; most need none.
    * ``endpoint``: another address than Google's, such as ``http://127.0.0.1:4443`` of an emulator. None: the
      library's own rules, ``STORAGE_EMULATOR_HOST`` included. No credentials are sent over plain HTTP.
    * ``threads``: how many calls are made at once; more wait for their turn.
    * ``deadline_s``: how long one call tries, in all, beside a second for each 256 KiB of its payload.
    * ``unsafe_bucket``: use the bucket although it does not enforce what the store relies on: an emulator.

    Raises:
        InvalidInput: a value is not legal; the message names the setting.
    """

    bucket: str = attrs.field(metadata={"example": "my-artifacts"})
    prefix: str = attrs.field(default="", metadata={"example": "plane/live"})
    project: str | None = attrs.field(default=None, metadata={"example": "my-project"})
    endpoint: str | None = attrs.field(default=None, metadata={"example": "http://127.0.0.1:4443"})
    threads: int = 8
    deadline_s: float = 60.0
    unsafe_bucket: bool = False

    def __attrs_post_init__(self) -> None:
        _check(_BUCKET.fullmatch(self.bucket), "bucket", "the name of a bucket, as in my-artifacts")
        _check(not self.prefix or _PREFIX.fullmatch(self.prefix), "prefix", "names joined by slashes, as in plane/live")
        _check(not self.endpoint or _ENDPOINT.fullmatch(self.endpoint), "endpoint", "as in http://127.0.0.1:4443")
        _check(1 <= self.threads <= 256, "threads", "1 to 256")
        _check(self.deadline_s > 0, "deadline_s", "a number of seconds above 0")


def _check(legal: object, setting: str, remedy: str) -> None:
    if not legal:
        raise InvalidInput(
            f"the setting {setting!r} of the section [gcs] has no legal value",
            where="settings",
            remedy=f"give {remedy}",
        )
