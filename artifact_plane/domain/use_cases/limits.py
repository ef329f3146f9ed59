"""The bounds that the use cases keep; settings give them."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Limits:
    """Sizes are bytes, times are seconds.

    ``inline_bytes``: a meaning up to this size is kept in its record, a larger one as a payload.
    ``cached_part_bytes``: a larger part is not cached. ``metadata_bytes``: the most metadata of an artifact, in its
    canonical form, for it is part of every record and list. ``session_ttl``: the longest that ``ttl: session`` lasts.
    ``realm_seconds``: the time limit of a realm; ``sink_seconds``: that of a sink, for one event.
    ``puts_at_once``: payloads put in parallel for one result.
    ``writes_at_once``: explicit creates and updates that are worked on; more of them wait, and hold nothing yet.
    ``loop_budget``: values (roughly) of a document that are walked on the event loop; a larger one goes to a thread.
    """

    inline_bytes: int = 64 * 1024
    cached_part_bytes: int = 8 * 1024 * 1024
    metadata_bytes: int = 64 * 1024
    session_ttl: int = 86_400
    realm_seconds: float = 600.0
    sink_seconds: float = 10.0
    puts_at_once: int = 8
    writes_at_once: int = 128
    loop_budget: int = 4_000
