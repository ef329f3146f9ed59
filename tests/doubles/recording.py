"""Adapters that write down which port was asked what, in the order of the calls; the answers are their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast

import attrs

from artifact_plane.composition.adapters import Adapters

Port = TypeVar("Port")


@attrs.define
class Calls:
    """What was asked since the last look, each call with its values."""

    seen: list[str] = attrs.field(factory=list)

    def taken(self) -> Sequence[str]:
        """All of it, once."""
        seen, self.seen[:] = list(self.seen), []
        return seen


class _Recorded:
    """Stands in front of an adapter, passes for one of its kind, and forwards everything."""

    def __init__(self, inner: object, name: str, calls: Calls) -> None:
        self._inner: Final = inner
        self._name: Final = name
        self._calls: Final = calls

    @property  # type: ignore[misc]  # whoever asks what it is, is told what stands behind it
    def __class__(self) -> type:
        return type(self._inner)

    def __getattr__(self, method: str) -> object:
        found = getattr(self._inner, method)
        if not callable(found):
            return found
        call = cast(Callable[..., object], found)

        def noted(*values: object, **named: object) -> object:
            self._calls.seen.append(f"{self._name}.{method}{values}{named}")
            return call(*values, **named)

        return noted


def recorded(adapters: Adapters, calls: Calls) -> Adapters:
    """The same adapters, whose every call is noted."""

    def noted(port: Port, name: str) -> Port:
        return cast(Port, _Recorded(port, name, calls))

    store = adapters.records
    records = attrs.evolve(
        store,
        ledger=noted(store.ledger, "ledger"),
        registry=noted(store.registry, "registry"),
        state=noted(store.state, "state"),
        log=noted(store.log, "log"),
        outbox=noted(store.outbox, "outbox"),
        references=noted(store.references, "references"),
        lineage=noted(store.lineage, "lineage"),
        credentials=noted(store.credentials, "credentials"),
    )
    return attrs.evolve(
        adapters,
        records=records,
        payloads=noted(adapters.payloads, "payloads"),
        memory=noted(adapters.memory, "memory"),
        policies=noted(adapters.policies, "policies"),
        codec=noted(adapters.codec, "codec"),
    )
