"""Several runtime processes on one database: who dies is taken over once its lease has run out."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.journeys.cloud.conftest import LEASE, Deployment
from tests.journeys.driving import PATIENCE, Room, Shell, finished, running
from tests.journeys.napping import Bed

ASK = ("run", "nap", "--intent-id", "i-1", "--json")


@pytest.fixture
def sleepy(deployment: Deployment, napping: dict[str, str]) -> Shell:
    """The deployment, and the third party's realm."""
    return Shell(deployment.folder, {**deployment.environment, **napping})


def test_a_run_whose_process_was_killed_is_taken_over_when_its_lease_has_run_out_and_finished_once(
    deployment: Deployment, sleepy: Shell, bed: Bed
) -> None:
    """A dead process's run is taken over and finished once."""
    with running(sleepy.start(*ASK)) as process:
        bed.asleep()
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    bed.wake()
    began = time.monotonic()
    answer = sleepy.ap(*ASK).ok()
    assert time.monotonic() - began < PATIENCE
    execution = answer.document["execution"]
    assert (execution["state"], execution["attempt"]) == ("completed", 1)
    listed = Room(sleepy.folder, sleepy.more).json("ls")["artifacts"]
    assert [one["artifact_id"] for one in listed] == [one["artifact_id"] for one in execution["references"]]
    asyncio.run(deployment.check())


def test_a_holder_that_stood_still_past_its_lease_finds_its_run_taken_and_changes_nothing(
    deployment: Deployment, sleepy: Shell, bed: Bed
) -> None:
    """A slow old holder gets ``Conflict``: both answer with the one execution, and there is one set of artifacts."""
    with running(sleepy.start(*ASK)) as slow:
        bed.asleep()
        slow.send_signal(signal.SIGSTOP)
        time.sleep(LEASE * 1.5)
        bed.wake()
        taken = sleepy.ap(*ASK).ok().document["execution"]
        slow.send_signal(signal.SIGCONT)
        late = finished(slow).ok().document["execution"]
    assert taken["state"] == late["state"] == "completed"
    assert taken["execution_id"] == late["execution_id"]
    assert taken["references"] == late["references"]
    assert len(Room(sleepy.folder, sleepy.more).json("ls")["artifacts"]) == 1
    asyncio.run(deployment.check())


@pytest.mark.parametrize("nap", [{}, {"NAP_BLOCKS": "yes"}], ids=["waiting", "blocking"])
def test_while_its_holder_lives_a_run_is_waited_for_by_the_other_runtime(
    deployment: Deployment, sleepy: Shell, bed: Bed, nap: dict[str, str]
) -> None:
    """Longer than the lease: it is renewed while the process lives, also where the realm lets nothing else happen."""
    napping = Shell(sleepy.folder, {**sleepy.more, **nap})
    with running(napping.start(*ASK)) as one:
        bed.asleep()
        with running(napping.start(*ASK)) as other:
            time.sleep(LEASE * 1.5)
            bed.wake()
            answers = [finished(process).ok().document["execution"] for process in (one, other)]
    assert answers[0]["execution_id"] == answers[1]["execution_id"]
    assert len(set(bed.asleep())) == 1
    asyncio.run(deployment.check())
