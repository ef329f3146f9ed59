"""``Prefer: wait=N`` (RFC 7240): how long a client would wait for an answer."""

from __future__ import annotations

import re
from typing import Final

_WAIT: Final = re.compile(r"""(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=[,;]|$)""", re.IGNORECASE | re.ASCII)


def wait_of(header: str | None, most: int) -> int | None:
    """The seconds to wait, ``most`` at most; None where the client does not ask to wait.

    A preference that is not understood is passed over, as the RFC says.
    """
    found = None if header is None else _WAIT.search(header)
    return None if found is None else min(int(found[1]), most)
