"""A cluster of several Redis-compatible servers, made without any tool of theirs, whose slots can be moved."""

from __future__ import annotations

import re
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from tests.doubles.server_redis import ALL_SLOTS, RedisOptions, RedisServer
from tests.doubles.servers import HOST, ServerTrouble, eventually

_NODES: Final = 3
_BULK: Final = re.compile(rb"\$\d+\r\n(.*?)\r\n")


class RedisClusterServers:
    """Three primaries that share the slots; use it as a context.

    ``whole``: with one of them away the cluster answers about nothing; otherwise the others go on about theirs.
    """

    def __init__(self, *, whole: bool = True) -> None:
        size = len(ALL_SLOTS) // _NODES + 1
        shares = [ALL_SLOTS[start : start + size] for start in range(0, len(ALL_SLOTS), size)]
        self.nodes: Final = [RedisServer(RedisOptions(cluster=True, slots=share, whole=whole)) for share in shares]
        self._stack: Final = ExitStack()

    def __enter__(self) -> Self:
        for node in self.nodes:
            self._stack.enter_context(node)
        for number, node in enumerate(self.nodes, start=1):
            _ok(node.call("CLUSTER", "SET-CONFIG-EPOCH", str(number)))
        for node in self.nodes[1:]:
            _ok(self.nodes[0].call("CLUSTER", "MEET", HOST, str(node.port), str(node.bus_port)))
        for node in self.nodes:
            node.await_cluster()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """The address of one node, which names the others."""
        return self.nodes[0].url

    def flush(self) -> None:
        """Forget everything."""
        for node in self.nodes:
            node.flush()

    def slot(self, name: str) -> int:
        """The slot that a name lies in."""
        return int(self.nodes[0].call("CLUSTER", "KEYSLOT", name)[1:])

    def owner(self, name: str) -> RedisServer:
        """The node that owns a name's slot."""
        for node in self.nodes:
            if not node.call("EXISTS", name).startswith(b"-MOVED"):
                return node
        raise ServerTrouble(f"nobody owns the slot of {name}")

    def begin_to_move(self, name: str, to: RedisServer) -> None:
        """From now on what is not there of the name's slot is asked for at ``to`` (ASK); what is there stays."""
        source, slot = self.owner(name), str(self.slot(name))
        _ok(to.call("CLUSTER", "SETSLOT", slot, "IMPORTING", _id(source)))
        _ok(source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", _id(to)))

    def finish_to_move(self, name: str, to: RedisServer) -> None:
        """Carry over what is still there; from now on whoever asks at the old place is sent on (MOVED)."""
        source, slot = self.owner(name), str(self.slot(name))
        while keys := _BULK.findall(source.call("CLUSTER", "GETKEYSINSLOT", slot, "100")):
            for key in keys:
                _ok(source.call("MIGRATE", HOST, str(to.port), key.decode(), "0", "5000"))
        for node in (to, source, *self.nodes):
            _ok(node.call("CLUSTER", "SETSLOT", slot, "NODE", _id(to)))

    def await_death(self) -> None:
        """Wait until those that live hold those that do not for dead: what they answer changes by itself no more."""
        living = [node for node in self.nodes if node.alive]
        dead = len(self.nodes) - len(living)
        assert eventually(lambda: all(node.call("CLUSTER", "NODES").count(b",fail ") == dead for node in living))

    def heal(self) -> None:
        """Bring back whom an earlier test has hurt."""
        for node in self.nodes:
            node.heal()
        for node in self.nodes:
            node.await_cluster()
        assert eventually(lambda: all(b"fail" not in node.call("CLUSTER", "NODES") for node in self.nodes))


def _id(node: RedisServer) -> str:
    found: bytes = _BULK.findall(node.call("CLUSTER", "MYID"))[0]
    return found.decode()


def _ok(answer: bytes) -> None:
    assert answer.startswith(b"+OK"), answer
