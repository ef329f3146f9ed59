"""Another process on the same home: ``python -m tests.adapters.sqlite.child HOME NAME WHAT [COUNT]``.

It prints a line for each thing that the record store has acknowledged, and waits for its end where it says ``ready``.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

from artifact_plane.adapters.sqlite.home import SqliteHome
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.lineage import artifact_node
from tests.doubles.samples import a_change, a_claim, a_receipt, a_write, an_artifact, an_edge, an_entry, an_event

BODY = b'{"text":"' + b"x" * 5000 + b'"}'
_AT_ONCE = 8


def say(line: str) -> None:
    """Tell the parent, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def write(home: SqliteHome, name: str, count: int) -> None:
    """Commit ``count`` artifacts, some at a time, each derived from the one before; say each one's name."""
    numbers = iter(range(count))

    async def some() -> None:
        before: str | None = None
        for number in numbers:
            own = f"{name}-{number:05d}"
            edges = [an_edge(artifact_node(own, 1), artifact_node(before, 1))] if before else []
            await home.ledger.commit(
                a_change(
                    a_write(an_artifact(own), BODY),
                    change_id=f"change-{own}",
                    receipts=[a_receipt(own)],
                    edges=edges,
                    journal=[an_entry(subject=own)],
                    events=[an_event(f"event-{own}", subject=own)],
                )
            )
            say(own)
            before = own

    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))


async def hold(home: SqliteHome, name: str) -> None:
    """Hold a name and a claim until the end."""
    await home.state.hold(name)
    await home.references.claim(a_claim(claim_id=f"claim-{name}", holder=name))
    say("ready")
    await asyncio.Event().wait()


async def fill(home: SqliteHome, name: str, limit: int) -> None:
    """Write with no file larger than ``limit`` bytes, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        await write(home, name, 10_000)
    except ArtifactPlaneError as error:
        say(f"error {error.code} {error.remedy}")


async def main(folder: str, name: str, what: str, count: str = "0") -> None:
    """Open the home and do what was asked."""
    async with SqliteHome.open(Path(folder)) as home:
        if what == "hold":
            await hold(home, name)
        elif what == "fill":
            await fill(home, name, int(count))
        else:
            await write(home, name, int(count))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
