"""The tour: the demonstration ran in other processes; everything it said is there, and can be asked about."""

from __future__ import annotations

import csv
import json
import shlex
from io import StringIO
from pathlib import Path

import pytest
from blake3 import blake3

from artifact_plane.adapters.cli.commands.demo_steps import example
from tests.journeys import shapes
from tests.journeys.conftest import Toured
from tests.journeys.driving import Room

RESULTS = (
    *("analysis_result", "visual", "quality_report", "interpretation", "workflow", "sop", "blueprint", "roadmap"),
    *("poc", "solution"),
)
KEPT_BY_THE_MVP = {"workflow", "sop", "blueprint", "solution", "roadmap", "poc", "visual"}


def test_the_demonstration_goes_through_all_realms_and_can_be_repeated(toured: Toured) -> None:
    assert toured.page.code == 0, toured.page.remark
    for document in toured.document["acts"]:
        assert len(document["results"]) == len(RESULTS)
        for result in document["results"]:
            shapes.check(result, shapes.RUN)
            assert result["execution"]["state"] == "completed"
    assert set(toured.act(0)) == set(toured.act(1)) == set(RESULTS)


def test_under_the_mvp_policy_what_it_names_is_kept_and_under_the_default_nothing(toured: Toured) -> None:
    kept, dropped = (
        {one["key"]: one["decision"] for result in act["results"] for one in result["execution"]["references"]}
        for act in toured.document["acts"]
    )
    assert {key for key, decision in kept.items() if decision == "persist"} == KEPT_BY_THE_MVP
    assert set(dropped.values()) == {"discard"}


def test_every_meaning_is_kept_under_both_policies(toured: Toured) -> None:
    assert len(toured.document["acts"]) == 2
    for act in toured.document["acts"]:
        rulings = [one for result in act["results"] for one in result["rulings"] if one["part"] == "semantic_payload"]
        assert {one["decision"] for one in rulings} == {"persist"}
        assert {one["layer"] for one in rulings} == {"meaning"}


def test_attachments_were_cached_for_the_run_and_are_gone_after_it(toured: Toured) -> None:
    attachments = [
        one for result in toured.document["acts"][0]["results"] for one in result["execution"]["attachments"]
    ]
    assert {one["name"] for one in attachments} == {"data", "sop"}
    assert {(one["decision"], one["layer"]) for one in attachments} == {("cache", "platform_default")}


def test_the_page_shows_decision_layer_rule_id_tree_and_what_to_try(toured: Toured) -> None:
    page = toured.page.text
    for told in ("PERSIST", "DISCARD", "solution override · roadmap", "derived from roadmap", "ap explain ", "ap get "):
        assert told in page
    assert "\x1b" not in page
    assert all(row == row.rstrip() for row in page.splitlines())


def test_what_the_page_says_to_try_works_as_it_stands(toured: Toured) -> None:
    page = toured.page.text.split("Try next")[1]
    commands = [shlex.split(row)[1:] for row in page.splitlines() if row.startswith("  ap ")]
    assert len(commands) >= 5
    for words in commands:
        toured.room.ap(*words).ok()


def test_ls_lists_every_artifact_newest_first_page_by_page(toured: Toured) -> None:
    whole = toured.shell.json("ls", "--limit", "1000")
    shapes.check(whole, shapes.LS)
    ids = [one["artifact_id"] for one in whole["artifacts"]]
    assert {*toured.act(0).values(), *toured.act(1).values()} <= set(ids)
    times = [one["created_at"] for one in whole["artifacts"]]
    assert times == sorted(times, reverse=True)
    first = toured.room.json("ls", "--limit", "7")
    second = toured.room.json("ls", "--limit", "7", "--after", first["next"])
    assert [one["artifact_id"] for page in (first, second) for one in page["artifacts"]] == ids[:14]


def test_ls_filters(toured: Toured) -> None:
    types = {one["artifact_type"] for one in toured.room.json("ls", "--type", "roadmap")["artifacts"]}
    assert types == {"roadmap"}
    execution = toured.document["acts"][0]["results"][0]["execution"]
    made = toured.room.json("ls", "--execution", execution["execution_id"])["artifacts"]
    assert [one["artifact_id"] for one in made] == [one["artifact_id"] for one in execution["references"]]
    assert toured.room.json("ls", "--tenant", "somebody-else") == {"artifacts": [], "next": None}


def test_a_listing_in_a_pipe_has_whole_ids_and_one_line_each(toured: Toured) -> None:
    rows = toured.room.ap("ls", "--type", "solution").ok().text.splitlines()
    assert rows[0].split() == ["id", "type", "decision", "size", "age"]
    assert rows[-1].split()[0] and len(rows) == 1 + len(toured.room.json("ls", "--type", "solution")["artifacts"])
    assert toured.act(0)["solution"] in {row.split()[0] for row in rows}


def test_show_has_the_record_the_meaning_and_the_receipts(toured: Toured) -> None:
    document = toured.room.json("show", toured.act(0)["analysis_result"])
    shapes.check(document, shapes.SHOW)
    rows = list(csv.reader(StringIO(example("claims.csv").decode())))
    assert document["semantic_payload"]["rows"] == len(rows) - 1
    assert len(document["receipts"]) == 1
    assert document["artifact"]["tenant_id"] == "local"


def test_a_short_id_is_enough_while_it_is_unique(toured: Toured) -> None:
    whole = toured.act(0)["solution"]
    assert toured.room.json("show", whole[:-4])["artifact"]["artifact_id"] == whole
    several = toured.room.ap("show", whole[:2], "--json")
    assert (several.code, several.error["code"]) == (2, "invalid_input")


def test_get_gives_the_canonical_meaning_whose_digest_is_on_record(toured: Toured) -> None:
    artifact = toured.room.json("show", toured.act(0)["roadmap"])
    data = toured.shell.ap("get", toured.act(0)["roadmap"]).ok().out
    assert f"blake3:{blake3(data).hexdigest()}" == artifact["artifact"]["payload_storage_path"]
    assert json.loads(data) == artifact["semantic_payload"]


def test_a_kept_view_is_given_as_it_was_stored(toured: Toured, tmp_path: Path) -> None:
    record = toured.room.json("show", toured.act(0)["visual"])["artifact"]
    part = next(one for one in record["parts"] if one["role"] == "rendering")
    target = tmp_path / "view"
    answer = toured.room.ap("get", record["artifact_id"], "--rendering", part["name"], "-o", target).ok()
    data = target.read_bytes()
    assert (len(data), f"blake3:{blake3(data).hexdigest()}") == (part["size"], part["digest"])
    assert "drawn" not in answer.remark


def test_a_dropped_view_is_drawn_again_and_equals_what_the_other_act_kept(toured: Toured) -> None:
    name = toured.document["drawn"]["part"]
    kept = toured.room.ap("get", toured.act(0)["visual"], "--rendering", name).ok()
    drawn = toured.room.ap("get", toured.act(1)["visual"], "--rendering", name).ok()
    assert "drawn on demand" in drawn.remark and "drawn" not in kept.remark
    assert drawn.out == kept.out
    assert f"blake3:{blake3(drawn.out).hexdigest()}" == toured.document["drawn"]["digest"]


def test_lineage_reaches_every_file_and_intent_that_the_solution_came_from(toured: Toured) -> None:
    document = toured.room.json("lineage", toured.act(0)["solution"])
    shapes.check(document, shapes.LINEAGE)
    assert document["truncated"] is False
    assert {one["kind"] for one in document["nodes"]} == {"artifact", "execution", "intent", "attachment"}
    assert {one.get("name") for one in document["nodes"]} >= {"data", "sop"}
    known = {one["id"] for one in document["nodes"]}
    assert document["edges"]
    assert all({edge["source"], edge["target"]} <= known for edge in document["edges"])
    assert document["nodes"] == toured.document["lineage"]["nodes"]


def test_lineage_down_and_bounded(toured: Toured) -> None:
    workflow, blueprint = toured.act(0)["workflow"], toured.act(0)["blueprint"]
    down = toured.room.json("lineage", workflow, "--down")
    assert {toured.act(0)[key] for key in ("sop", "blueprint", "roadmap", "solution")} <= {
        one.get("artifact_id") for one in down["nodes"]
    }
    cut = toured.room.json("lineage", blueprint, "--depth", "1")
    assert cut["truncated"] is True
    page = toured.room.ap("lineage", blueprint, "--depth", "1").ok().text
    assert "there are more" in page


def test_an_execution_is_shown_with_its_references_and_attachments(toured: Toured) -> None:
    run = toured.document["acts"][0]["results"][0]["execution"]
    document = toured.room.json("execution", run["execution_id"])
    shapes.check(document, {"execution": shapes.EXECUTION})
    assert document["execution"]["references"] == run["references"]
    assert {one["where"] for one in document["execution"]["attachments"]} == {"dropped"}


def test_explain_says_for_every_part_who_decided_and_where_it_is_written(toured: Toured) -> None:
    document = toured.room.json("explain", toured.act(0)["roadmap"])
    (receipt,) = document["receipts"]
    shapes.check(receipt, shapes.RECEIPT)
    whole = receipt["whole"]
    assert (whole["layer"], whole["rule"]) == ("solution_override", "roadmap")
    assert whole["source"].rpartition(":")[0].rpartition(":")[0].endswith(".yaml")
    page = toured.room.ap("explain", toured.act(1)["roadmap"]).ok().text
    assert "DISCARD" in page and "platform default" in page and "--rendering" in page


def test_execution_state_holds_references_only(toured: Toured) -> None:
    """Law 9: what a script gets of an execution does not grow with what was made."""
    document = toured.room.json("execution", toured.document["acts"][0]["results"][-1]["execution"]["execution_id"])
    meaning = toured.room.json("show", toured.act(0)["solution"])["semantic_payload"]
    longest = max((value for value in meaning.values() if isinstance(value, str)), key=len)
    assert longest not in json.dumps(document)


def test_the_policy_in_force_is_shown_asked_and_checked(toured: Toured, tmp_path: Path) -> None:
    document = toured.room.json("policy", "show", "--solution", "mvp")
    assert document["override"] is None
    table = {one["result_type"]: one["decision"] for one in document["platform"]["rules"]}
    assert table["roadmap"] == "discard" and table["attachment"] == "cache" and table["journey"] == "persist"
    override = tmp_path / "override.yaml"
    override.write_text(
        "materialization_policy:\n  visual:\n    - {when: {bytes: {over: 20MiB}}, decision: discard}\n"
        "    - {decision: persist}\n"
    )
    ask = ("policy", "explain", "--type", "visual", "--policy", str(override))
    assert toured.room.json(*ask)["size_matters"] is True
    big = toured.room.json(*ask, "--bytes", "30MiB")
    assert (big["ruling"]["decision"], big["ruling"]["layer"]) == ("discard", "solution_override")
    assert toured.room.json("policy", "check", override) == {"ok": True, "errors": []}


def test_a_file_is_put_read_deleted_and_its_lineage_stays(room: Room) -> None:
    file = room.folder / "letter.txt"
    file.write_bytes(b"Dear all\n" * 1000)
    put = room.json("put", file, "--type", "letter", "--label", "b", "--label", "a", "--id", "letter-1")
    shapes.check(put, {"artifact": shapes.RECORD, "receipts": [shapes.RECEIPT], "repeated": bool})
    assert (put["artifact"]["labels"], put["repeated"]) == (["a", "b"], False)
    assert put["receipts"][0]["whole"]["layer"] == "explicit_request"
    assert room.json("put", file, "--type", "letter", "--label", "a", "--label", "b", "--id", "letter-1")["repeated"]
    assert room.ap("get", "letter-1", "--rendering", "original").ok().out == file.read_bytes()
    file.write_bytes(b"other")
    assert room.ap("put", file, "--type", "letter", "--id", "letter-1").code == 4
    before = room.json("lineage", "letter-1")["edges"]
    assert room.json("rm", "letter-1")["artifact"]["state"] == "deleted"
    assert room.json("rm", "letter-1")["artifact"]["state"] == "deleted"
    assert room.ap("get", "letter-1", "--json").error["code"] == "gone"
    assert room.json("lineage", "letter-1")["edges"] == before
    assert room.json("explain", "letter-1")["artifact"]["state"] == "deleted"
    assert room.json("ls")["artifacts"] == []
    assert [one["artifact_id"] for one in room.json("ls", "--state", "deleted")["artifacts"]] == ["letter-1"]


def test_an_intent_asked_twice_is_one_execution_and_other_content_a_conflict(room: Room) -> None:
    data = room.folder / "d.csv"
    data.write_text("a,b\n1,2\n3,4\n")
    ask = ("run", "parse_content", "--attach", f"data={data}", "--intent-id", "i-1")
    first, second = room.json(*ask), room.json(*ask)
    assert first["execution"] == second["execution"]
    assert len(room.json("ls")["artifacts"]) == 1
    data.write_text("a,b\n1,2\n")
    conflict = room.ap(*ask, "--json")
    assert (conflict.code, conflict.error["code"]) == (4, "conflict")


def test_a_dry_run_shows_the_plan_and_leaves_nothing(room: Room) -> None:
    data = room.folder / "d.csv"
    data.write_text("a,b\n1,2\n")
    ask = ("run", "parse_content", "--attach", f"data={data}", "--dry-run")
    document = room.json(*ask)
    assert document["execution"] is None
    assert next(one["part"] for one in document["rulings"]) == "semantic_payload"
    assert document["attachments"][0]["decision"] == "cache"
    assert room.json("ls") == {"artifacts": [], "next": None}
    assert "nothing was recorded" in room.ap(*ask).ok().text


def test_reading_a_home_that_is_not_there_makes_none(room: Room) -> None:
    assert room.json("ls") == {"artifacts": [], "next": None}
    assert "No artifacts here yet" in room.ap("ls").ok().text
    assert room.ap("show", "x").code == 3
    assert not room.home.exists()


def test_settings_choose_the_home(room: Room) -> None:
    file = room.folder / "f"
    file.write_text("x")
    elsewhere = room.folder / "elsewhere"
    room.ap("put", file, "--type", "t", env={"ARTIFACT_PLANE_HOME": str(elsewhere)}).ok()
    assert elsewhere.is_dir() and not room.home.exists()
    assert len(room.json("ls", "--home", elsewhere)["artifacts"]) == 1
    refused = room.ap("ls", env={"ARTIFACT_PLANE_HOEM": "x"})
    assert refused.code == 2 and "home" in refused.remark


@pytest.mark.parametrize("profile", ["memory", "local"])
def test_both_profiles_run_the_same_intent_alike(room: Room, profile: str) -> None:
    data = room.folder / "d.csv"
    data.write_text("a,b\n1,2\n")
    document = room.json("run", "parse_content", "--attach", f"data={data}", "--profile", profile)
    shapes.check(document, shapes.RUN)
    assert document["execution"]["references"][0]["key"] == "analysis_result"
