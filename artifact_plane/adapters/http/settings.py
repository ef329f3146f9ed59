"""What can be set of the service. Sizes are bytes, times seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import attrs


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(words)


@attrs.frozen(kw_only=True)
class OidcSettings:
    """Whose bearer tokens are accepted beside the plane's own: an OpenID Connect issuer's.

    ``keys`` is a file, or an https address, of the issuer's public keys (a JWK set). ``tenant_claim`` names the claim
    that holds the tenant; ``scope_claim`` the one that holds the scopes, as a list or separated by spaces, each
    perhaps under ``scope_prefix``. ``keys_seconds`` is how long keys from an address are used before they are
    fetched anew; ``leeway`` how far clocks may differ.
    """

    issuer: str = attrs.field(metadata={"example": "https://id.example"})
    audience: str = attrs.field(metadata={"example": "artifact-plane"})
    keys: Path | str = attrs.field(metadata={"example": "https://id.example/jwks.json"})
    tenant_claim: str = "tenant"
    scope_claim: str = "scope"
    scope_prefix: str = ""
    keys_seconds: int = 3_600
    leeway: int = 60


@attrs.frozen(kw_only=True)
class HttpSettings:
    """The service's address, its limits and its habits.

    * ``host``, ``port``: where it listens; port 0 takes a free one. ``hosts``: further names it may be called by.
    * ``scheme``: what browsers reach it by, ``https`` where something in front of it ends TLS.
    * ``documents_bytes``: JSON in work at once, beyond 64 KiB a document, half of it of one credential; more waits,
      and then is 503. As much again is held for readers of large meanings. ``room_seconds``: how long it waits.
    * ``body_bytes``: the largest JSON body; ``upload_bytes``: the largest multipart body; ``parts``: its parts at
      most; ``depth``: how deep JSON may nest; ``ranges``: how many ranges one request may ask for.
    * ``outputs``, ``events``: those of one result; ``renderings``, ``derived_from``, ``labels``: those of one output.
    * ``page_bytes``: a page of a list ends before it is larger; ``compared_bytes``: a content up to that size is
      compared as a whole before a range of it is given.
    * ``header_bytes``, ``header_seconds``: how much a request's head may hold, and how long it may take.
    * ``body_seconds`` and ``body_rate``: a body may keep us waiting that long, and longer by its size at that many
      bytes a second; then 408. ``send_seconds``: a reader of an answer may keep us waiting that long, and longer by
      what it takes at ``body_rate``; then it is cut off.
    * ``keep_alive_seconds``: how long an idle connection stays; ``wait_seconds``: the longest ``Prefer: wait``.
    * ``connections``: open at once; ``requests``: of known callers in work at once, ``strangers``: of the others;
      beyond any, 503. ``strangers_seconds``: how long a stranger's body may keep us waiting.
      ``credential_requests``: of one credential, and of the sessions that it opened, in work at once; beyond, 429.
    * ``rate``, ``burst``: requests a second of one credential, and how many at once; beyond, 429.
    * ``failures``, ``failures_seconds``: so many failed authentications of one address in that time; beyond, 429.
    * ``session_seconds``: how long a browser's session lasts; ``invitation_seconds``: how long the first link does.
    * ``stop_seconds``: how long requests in work have at the end; ``recover_seconds``: how often executions whose
      process has died are looked for.
    * ``idempotency_seconds``: how long an ``Idempotency-Key`` is remembered.
    * ``log_format``: ``console``, ``json`` or ``none``; ``traces``: whether OpenTelemetry spans are made.
    """

    host: str = "127.0.0.1"
    port: int = 8470
    hosts: tuple[str, ...] = attrs.field(default=(), converter=_words)
    scheme: Literal["http", "https"] = "http"
    body_bytes: int = 32 * 1024 * 1024
    documents_bytes: int = 64 * 1024 * 1024
    room_seconds: int = 10
    upload_bytes: int = 4 * 1024 * 1024 * 1024
    parts: int = 100
    depth: int = 64
    ranges: int = 5
    outputs: int = 1_000
    events: int = 1_000
    renderings: int = 1_000
    derived_from: int = 1_000
    labels: int = 100
    page_bytes: int = 4 * 1024 * 1024
    compared_bytes: int = 64 * 1024 * 1024
    header_bytes: int = 32 * 1024
    header_seconds: int = 10
    body_seconds: int = 20
    body_rate: int = 4 * 1024
    send_seconds: int = 60
    keep_alive_seconds: int = 30
    wait_seconds: int = 60
    connections: int = 1_000
    requests: int = 256
    strangers: int = 32
    strangers_seconds: int = 2
    credential_requests: int = 64
    rate: int = 500
    burst: int = 1_000
    failures: int = 20
    failures_seconds: int = 60
    session_seconds: int = 12 * 3_600
    invitation_seconds: int = 3_600
    stop_seconds: int = 10
    recover_seconds: int = 30
    idempotency_seconds: int = 24 * 3_600
    log_format: Literal["console", "json", "none"] = "console"
    traces: bool = False
    oidc: OidcSettings | None = None

    @property
    def of_output(self) -> Mapping[str, int]:
        """How many of each field one output may have."""
        return {"renderings": self.renderings, "derived_from": self.derived_from, "labels": self.labels}
