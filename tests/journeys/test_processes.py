"""The command line among processes: killed, interrupted, side by side, in pipes and on a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.journeys.conftest import Toured
from tests.journeys.driving import PATIENCE, Answer, Room, Shell, finished, running
from tests.journeys.napping import Bed

ASK = ("run", "nap", "--intent-id", "i-1", "--json")


def inside(shell: Shell) -> Room:
    """The same folder and packages, in this process."""
    return Room(shell.folder, shell.more)


def the_nap(shell: Shell, answer: Answer, attempt: int = 1) -> None:
    """The execution has completed with one artifact, and there is no other."""
    execution = answer.ok().document["execution"]
    assert (execution["state"], execution["attempt"]) == ("completed", attempt)
    (reference,) = execution["references"]
    listed = inside(shell).json("ls")["artifacts"]
    assert [one["artifact_id"] for one in listed] == [reference["artifact_id"]]
    assert listed[0]["realm"] == "napping"


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_after_a_kill_in_mid_run_the_same_intent_is_taken_over_at_once(
    sleepy: Shell, bed: Bed, blow: signal.Signals
) -> None:
    with running(sleepy.start(*ASK)) as process:
        bed.asleep()
        process.send_signal(blow)
        process.wait(PATIENCE)
    assert inside(sleepy).json("ls")["artifacts"] == []
    bed.wake()
    the_nap(sleepy, sleepy.ap(*ASK))
    assert len(set(bed.asleep(2))) == 2


def test_ctrl_c_ends_cleanly_and_the_same_intent_can_go_on(sleepy: Shell, bed: Bed) -> None:
    with running(sleepy.start(*ASK)) as process:
        bed.asleep()
        process.send_signal(signal.SIGINT)
        answer = finished(process)
    assert (answer.code, answer.out) == (130, b"")
    assert "Traceback" not in answer.remark and "interrupted" in answer.remark
    bed.wake()
    again = sleepy.ap(*ASK)
    if again.document["execution"]["state"] == "cancelled":
        again = sleepy.ap(*ASK, "--retry")
        the_nap(sleepy, again, attempt=2)
    else:
        the_nap(sleepy, again)


def test_two_processes_that_ask_the_same_get_the_same_execution(sleepy: Shell, bed: Bed) -> None:
    with running(sleepy.start(*ASK)) as first:
        bed.asleep()
        with running(sleepy.start(*ASK)) as second:
            bed.wake()
            one, other = finished(first), finished(second)
    assert one.ok().document["execution"] == other.ok().document["execution"]
    assert len(bed.asleep()) == 1
    the_nap(sleepy, one)


def test_two_processes_work_side_by_side_on_one_home(sleepy: Shell, bed: Bed) -> None:
    bed.wake()
    asks = [("run", "nap", "--intent-id", f"i-{number}", "--json") for number in range(2)]
    processes = [sleepy.start(*ask) for ask in asks]
    answers = [finished(process).ok() for process in processes]
    made = {answer.document["execution"]["references"][0]["artifact_id"] for answer in answers}
    assert {one["artifact_id"] for one in inside(sleepy).json("ls")["artifacts"]} == made
    assert len(made) == 2


def test_a_rendering_that_a_realm_made_and_the_policy_dropped_is_gone_with_its_reason(sleepy: Shell, bed: Bed) -> None:
    bed.wake()
    room = inside(sleepy)
    reference = room.ap(*ASK).ok().document["execution"]["references"][0]
    answer = room.ap("get", reference["artifact_id"], "--rendering", "dream", "--json")
    assert (answer.code, answer.error["code"]) == (3, "gone")
    assert "run the intent again" in answer.error["remedy"]


def test_a_realm_that_fails_leaves_a_readable_execution_and_can_be_retried(sleepy: Shell, bed: Bed) -> None:
    bed.wake()
    room, ask = inside(sleepy), ("run", "snore", "--intent-id", "i-1", "--json")
    failed = room.ap(*ask)
    assert failed.code == 8
    assert failed.document["execution"]["state"] == "failed"
    assert failed.error == failed.document["execution"]["failure"]
    assert room.ap(*ask).document["execution"] == failed.document["execution"]
    again = room.ap(*ask, "--retry")
    assert (again.code, again.document["execution"]["attempt"]) == (8, 2)
    assert room.json("ls")["artifacts"] == []


@pytest.mark.parametrize("words", [("demo", "--home", "{folder}"), ("put", "--help")])
def test_a_reader_that_goes_away_is_no_error(toured: Toured, words: Sequence[str]) -> None:
    command = [word.format(folder=toured.shell.folder / "other") for word in words]
    with running(toured.shell.start(*command)) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        remark = process.stderr.read()
        process.wait(PATIENCE)
    assert (process.returncode, remark) == (141, b"")


def test_an_answer_that_cannot_be_written_is_told(toured: Toured) -> None:
    with Path("/dev/full").open("wb") as full:
        process = toured.shell.start("ls", "--json", stdout=full)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 7
    assert b"standard output" in err


def test_an_error_that_cannot_be_told_is_an_exit_code_still(toured: Toured) -> None:
    with Path("/dev/full").open("wb") as full:
        process = toured.shell.start("show", "nothing-here", stdout=full, stderr=full)
        assert process.wait(PATIENCE) == 7


def test_closed_standard_streams_do_no_harm(toured: Toured) -> None:
    process = toured.shell.start("ls", stdout=subprocess.DEVNULL, preexec_fn=lambda: os.close(1))
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")


class TestTerminal:
    """What eyes see."""

    def test_colour_says_what_was_decided_and_no_color_leaves_plain_text(self, toured: Toured) -> None:
        code, shown = toured.shell.on_terminal("ls")
        assert code == 0
        assert "\x1b[32mPERSIST" in shown
        _, bare = toured.shell.on_terminal("ls", env={"NO_COLOR": "1"})
        assert "\x1b" not in bare and "PERSIST" in bare

    def test_a_dumb_terminal_gets_no_escape_codes(self, toured: Toured) -> None:
        _, shown = toured.shell.on_terminal("explain", toured.act(0)["solution"], env={"TERM": "dumb"})
        assert "\x1b" not in shown

    def test_ids_are_whole_on_a_terminal_of_80_columns(self, toured: Toured) -> None:
        environment = {"NO_COLOR": "1", "COLUMNS": "80"}
        for words in (("ls",), ("show", toured.act(0)["roadmap"]), ("lineage", toured.act(0)["roadmap"])):
            _, shown = toured.shell.on_terminal(*words, env=environment)
            assert toured.act(0)["roadmap"] in shown
            assert all(len(row) <= 80 for row in shown.splitlines())

    def test_progress_is_shown_on_a_terminal_only(self, shell: Shell) -> None:
        data = shell.folder / "d.csv"
        data.write_text("a\n1\n")
        ask = ("run", "parse_content", "--attach", f"data={data}")
        _, shown = shell.on_terminal(*ask)
        assert "\x1b[?25l" in shown
        assert shell.ap(*ask).ok().err == b""

    def test_binary_bytes_are_not_thrown_at_a_terminal(self, shell: Shell) -> None:
        file = shell.folder / "p.png"
        file.write_bytes(b"\x89PNG\x1b]0;owned\x07")
        inside(shell).json("put", file, "--type", "picture", "--id", "p-1")
        code, shown = shell.on_terminal("get", "p-1", "--rendering", "original")
        assert code == 2
        assert "owned" not in shown and "-o" in shown

    def test_text_is_shown_inert(self, shell: Shell) -> None:
        file = shell.folder / "t.txt"
        file.write_text("tea\x1b[2Jtime\u202e\n")
        inside(shell).json("put", file, "--type", "note", "--id", "t-1")
        _, shown = shell.on_terminal("get", "t-1", "--rendering", "original", env={"NO_COLOR": "1"})
        assert "tea\\x1b[2Jtime\\u202e" in shown
        assert inside(shell).ap("get", "t-1", "--rendering", "original").ok().out == file.read_bytes()
