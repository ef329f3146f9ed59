"""Several processes on one root: who puts and who deletes cannot cost one another a payload."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.adapters.filesystem.effects import LockWatch
from tests.adapters.filesystem.racing import CONTENT
from tests.adapters.filesystem.stores import REPOSITORY, TENANT, a_store, chance, digest_of, put, read, visible_files

ROUNDS = 150


class Racer:
    """Another process, that does as it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def tell(self, command: str) -> None:
        """Let it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """Wait until it has done it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def a_racer(root: Path) -> Iterator[Racer]:
    """Start one; it ends when there is nothing more to do."""
    command = [sys.executable, "-m", "tests.adapters.filesystem.racing", str(root)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Racer(process)


def all_at_once(racers: Sequence[Racer], commands: Sequence[str]) -> list[str]:
    """Tell each its command, then wait for all answers."""
    for racer, command in zip(racers, commands, strict=True):
        racer.tell(command)
    return [racer.answer() for racer in racers]


async def test_no_delete_takes_a_payload_whose_put_has_returned_since(tmp_path: Path) -> None:
    """One or two processes put what the others delete, having seen it before: after each round it is there, whole."""
    order = chance(7)
    digest = digest_of(CONTENT)
    with ExitStack() as stack:
        racers = [stack.enter_context(a_racer(tmp_path)) for _ in range(4)]
        async with a_store(tmp_path) as store:
            await put(store, CONTENT)
            for _ in range(ROUNDS):
                all_at_once(racers, ["look"] * 4)
                commands = ["put", order.choice(["put", "delete"]), "delete", "delete"]
                order.shuffle(commands)
                answers = await asyncio.to_thread(all_at_once, racers, commands)
                stored = await store.find(TENANT, digest)
                assert stored is not None
                assert stored.generation in [one for one, what in zip(answers, commands, strict=True) if what == "put"]
                assert answers.count("True") <= 1
                assert await read(store, digest) == CONTENT
        assert len(visible_files(tmp_path)) == 1


async def test_a_payload_is_made_visible_renewed_and_removed_under_its_shards_lock(tmp_path: Path) -> None:
    """And nothing is locked while the content is copied and made durable."""
    digest = digest_of(CONTENT)
    shard = tmp_path / TENANT / "blake3" / digest.partition(":")[2][:2]
    async with a_store(tmp_path, effects=(effects := LockWatch(shard))) as store:
        await put(store, CONTENT)
        stored = await put(store, CONTENT)
        await store.delete(stored)
    assert effects.held == ["rename", "stamp", "sync_file", "unlink"]


async def test_stores_that_open_and_close_all_the_time_leave_the_others_scratch_alone(tmp_path: Path) -> None:
    """A living process's scratch is never swept, also while it is being made."""

    async def open_and_put(number: int) -> None:
        for turn in range(5):
            async with a_store(tmp_path) as store:
                await put(store, b"%d %d" % (number, turn))

    await asyncio.gather(*(open_and_put(number) for number in range(8)))
    assert len(visible_files(tmp_path)) == 40
    assert list(tmp_path.glob(".scratch/*")) == []
