"""``connect``: the application of a running service, for a program elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_plane.composition.opening import need

if TYPE_CHECKING:
    import ssl

    from artifact_plane.adapters.client.connection import Connection


def connect(
    url: str,
    *,
    token: str | None = None,
    timeout: float = 30.0,
    tries: int = 5,
    deadline: float = 60.0,
    insecure: bool = False,
    tls: ssl.SSLContext | None = None,
) -> Connection:
    """The service at ``url``, to be opened with ``async with`` (an ``Application``) or ``with`` (its blocking twin).

    ``token`` is what ``ap token create`` showed; its tenant is whose artifacts these are, and a method that names
    another tenant raises InvalidInput. ``timeout`` is how many seconds a connection may be silent. A request that
    fails on the way is sent again, ``tries`` times at most and no later than ``deadline`` seconds after it was sent
    first: none can have a second effect. ``tls`` says whom to trust, where that is not the system's choice; a
    certificate is always checked. ``insecure`` allows to send the token in the clear, over a network that is trusted.

    Raises:
        InvalidInput: the address, the token or a number is not legal, the token would cross a network in the clear,
            or the extra ``client`` is not installed.
    """
    return _connection(url, token, timeout, tries, deadline, insecure=insecure, tls=tls, strict=True)


def connect_as_anybody(url: str, *, token: str | None = None) -> Connection:
    """As ``connect``; whichever tenant a method names, the token's is meant. For those who need not know its name."""
    return _connection(url, token, 30.0, 5, 60.0, insecure=False, tls=None, strict=False)


def _connection(
    url: str,
    token: str | None,
    timeout: float,
    tries: int,
    deadline: float,
    *,
    insecure: bool,
    tls: ssl.SSLContext | None,
    strict: bool,
) -> Connection:
    need("httpx", "client")
    from secrets import SystemRandom

    from artifact_plane.adapters.client.address import base_url, check_token
    from artifact_plane.adapters.client.application import Service
    from artifact_plane.adapters.client.connection import Connection
    from artifact_plane.adapters.client.conversation import Means
    from artifact_plane.adapters.client.patience import Patience
    from artifact_plane.adapters.system.clock import SystemClock
    from artifact_plane.adapters.system.ids import UuidIds

    place = base_url(url)
    check_token(place, token, insecure=insecure)
    patience = Patience(tries=tries, deadline=deadline)
    means = Means(clock=SystemClock(), ids=UuidIds(), chance=SystemRandom().random, patience=patience)
    return Connection(Service(url=place, token=token, timeout=timeout, strict=strict, tls=tls), means)
