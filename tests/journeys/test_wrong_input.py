"""Wrong input at every entrance of the command line: what, where and what to do; the exit code; nothing lost."""

from __future__ import annotations

import json
import os

import pytest

from tests.journeys import shapes
from tests.journeys.driving import Room


class TestRun:
    """``ap run``."""

    def test_an_unknown_intent_type_names_the_nearest(self, room: Room) -> None:
        assert "parse_content" in room.refused("run", "parse_contnet")

    @pytest.mark.parametrize("intent_type", ["", "a/b", "x" * 300, "a\0b", "\udcff", "parse content"])
    def test_an_intent_type_that_is_no_name_is_refused(self, room: Room, intent_type: str) -> None:
        room.refused("run", intent_type)

    @pytest.mark.parametrize("option", ["--intent-id", "--session", "--solution", "--tenant"])
    @pytest.mark.parametrize("given", ["a/b", "..", "a:b", "x" * 300, "a\0b", "\udcff", "é", " "])
    def test_ids_that_are_none_are_refused(self, room: Room, option: str, given: str) -> None:
        room.refused("run", "parse_content", option, given)

    def test_missing_attachments_and_parameters_are_named(self, room: Room) -> None:
        assert "data" in room.refused("run", "parse_content")
        assert "workflow_id" in room.refused("run", "generate_sop")
        assert "goals" in room.refused("run", "generate_roadmap")

    def test_parameters_and_attachments_that_are_too_many_are_named(self, room: Room) -> None:
        data = room.file("d.csv", "a\n1\n")
        told = room.refused("run", "parse_content", "--attach", f"data={data}", "--param", "colour=red")
        assert "colour" in told
        told = room.refused("run", "parse_content", "--attach", f"data={data}", "--attach", f"spare={data}")
        assert "spare" in told

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ('{"a":1,"a":2}', "a"),
            ("[NaN]", "NaN"),
            ('["a"', "--param"),
            ('{"a": b}', "--param"),
            ("Infinity", ""),
            ("1e400", ""),
            ("9" * 5000, ""),
            ("9007199254740993", "2^53"),
            ("[" * 100_000, "nested"),
            ('"\\ud800"', "surrogate"),
        ],
    )
    def test_json_that_the_plane_does_not_take_names_its_parameter(self, room: Room, value: str, told: str) -> None:
        text = room.refused("run", "parse_content", "--param", f"goals={value}")
        assert "--param 'goals'" in text and told in text
        assert not (room.folder / ".artifact-plane").exists()

    @pytest.mark.parametrize(
        "content", [b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b"[]", b"", b'{"a":NaN}', b"{" * 100_000]
    )
    def test_a_file_of_parameters_is_as_strict(self, room: Room, content: bytes) -> None:
        file = room.file("p.json", content)
        assert "p.json" in room.refused("run", "parse_content", "--params-file", file)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("empty.csv", b""),
            ("binary.csv", bytes(range(256)) * 40),
            ("broken.json", b'{"a": [1, 2'),
            ("twice.json", b'[{"a": 1, "a": 2}]'),
            ("deep.json", b"[" * 100_000),
            ("utf16.csv", "a,b\n1,2\n".encode("utf-16")),
        ],
    )
    def test_input_that_a_realm_refuses_names_the_attachment_and_leaves_a_failed_execution(
        self, room: Room, name: str, content: bytes
    ) -> None:
        file = room.file(name, content)
        answer = room.ap("run", "parse_content", "--attach", f"data={file}", "--json")
        execution = answer.document["execution"]
        assert (answer.code, execution["state"]) == (2, "failed")
        shapes.check(execution, shapes.EXECUTION)
        shapes.check(json.loads(answer.err), shapes.ERROR)
        assert "'data'" in execution["failure"]["where"]
        assert room.json("execution", execution["execution_id"])["execution"] == execution
        assert room.json("ls")["artifacts"] == []

    @pytest.mark.parametrize(
        "content",
        [
            b'<!DOCTYPE x [<!ENTITY a "b">]><definitions>&a;</definitions>',
            b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><definitions/>',
            b"<definitions><process>",
            b"",
        ],
    )
    def test_xml_that_is_dangerous_or_broken_is_refused(self, room: Room, content: bytes) -> None:
        file = room.file("d.bpmn", content)
        assert "bpmn" in room.refused("run", "create_workflow", "--attach", f"bpmn={file}")

    @pytest.mark.parametrize("path", ["/no/such/file", ".", "/dev/null/x"])
    def test_an_attachment_that_cannot_be_read_is_named(self, room: Room, path: str) -> None:
        assert path in room.refused("run", "parse_content", "--attach", f"data={path}")
        assert not (room.folder / ".artifact-plane").exists()

    def test_an_artifact_that_is_not_there_fails_the_execution(self, room: Room) -> None:
        answer = room.ap("run", "generate_sop", "--param", "workflow_id=nowhere", "--json")
        assert answer.code in (2, 8)
        assert answer.document["execution"]["failure"]["message"]

    def test_a_policy_with_a_typo_is_refused_before_anything_is_done(self, room: Room) -> None:
        policy = room.file("p.yaml", "materialization_policy:\n  visual: presist\n")
        data = room.file("d.csv", "a\n1\n")
        told = room.refused("run", "parse_content", "--attach", f"data={data}", "--policy", policy)
        assert "p.yaml:2:11" in told and "persist" in told
        assert room.json("ls")["artifacts"] == []

    def test_a_policy_file_that_is_not_there_is_named(self, room: Room) -> None:
        assert "no.yaml" in room.refused("run", "parse_content", "--policy", "no.yaml")

    def test_a_retry_of_what_completed_or_was_never_asked_is_refused(self, room: Room) -> None:
        data = room.file("d.csv", "a\n1\n")
        ask = ("run", "parse_content", "--attach", f"data={data}", "--intent-id", "i-1")
        room.json(*ask)
        assert room.ap(*ask, "--retry", "--json").code in (0, 2, 4)
        assert len(room.json("ls")["artifacts"]) == 1


class TestOthers:
    """Every other command."""

    @pytest.mark.parametrize("command", ["show", "get", "rm", "lineage", "explain", "execution"])
    @pytest.mark.parametrize("given", ["../x", "a/b", "x" * 300, "a\0b", "\udcff", "%2e%2e", "a;b", ""])
    def test_ids_with_separators_and_such_are_refused(self, room: Room, command: str, given: str) -> None:
        room.refused(command, given)

    @pytest.mark.parametrize("command", ["show", "get", "rm", "lineage", "explain", "execution"])
    def test_what_is_not_there_is_not_found(self, room: Room, command: str) -> None:
        room.refused(command, "nothing-here", code=3)

    @pytest.mark.parametrize(
        "words",
        [
            ("ls", "--limit", "0"),
            ("ls", "--limit", "1001"),
            ("ls", "--limit", "9" * 30),
            ("ls", "--after", "no cursor"),
            ("ls", "--after", "AAAA"),
            ("lineage", "x", "--depth", "0"),
            ("lineage", "x", "--depth", "9" * 30),
            ("events", "--limit", "0"),
            ("policy", "explain", "--type", "a b"),
            ("policy", "explain", "--type", "sop", "--bytes", "many"),
            ("policy", "show", "--solution", "../x"),
            ("ls", "--profile", "cloudy"),
            ("put", "/no/such", "--type", "t"),
        ],
    )
    def test_values_out_of_bounds_are_refused(self, room: Room, words: tuple[str, ...]) -> None:
        room.refused(*words)

    def test_a_type_label_or_id_that_is_none_is_refused_by_put(self, room: Room) -> None:
        file = room.file("f", "x")
        for option, given in (("--type", "a/b"), ("--label", "a b"), ("--id", "../x"), ("--media-type", "png")):
            kind = () if option == "--type" else ("--type", "t")
            room.refused("put", file, *kind, option, given)
        assert room.json("ls")["artifacts"] == []

    def test_a_rendering_that_is_not_there_names_those_that_are(self, room: Room) -> None:
        file = room.file("f", "x")
        room.json("put", file, "--type", "t", "--id", "a-1")
        assert "original" in room.refused("get", "a-1", "--rendering", "pdf", code=3)
        room.refused("get", "a-1", "--version", "2", code=3)

    def test_where_a_file_cannot_be_written_nothing_is_left(self, room: Room) -> None:
        file = room.file("f", "x")
        room.json("put", file, "--type", "t", "--id", "a-1")
        room.refused("get", "a-1", "-o", "no/such/folder/x")
        room.refused("get", "a-1", "-o", "/dev/full", code=7)

    def test_an_event_that_was_not_set_aside_is_not_found(self, room: Room) -> None:
        room.refused("events", "--requeue", "ev-1", code=3)


class TestPolicyCheck:
    """``ap policy check``."""

    @pytest.mark.parametrize(
        ("text", "line", "told"),
        [
            ("materialization_policy:\n  sop: presist\n", 2, "persist"),
            ("materialization_policy:\n  sop: persist\n  sop: discard\n", 3, "sop"),
            ("materialization_policy:\n  sop: &a persist\n  poc: *a\n", None, ""),
            ("materialization_policy:\n  intent: discard\n", 2, "intent"),
            ("materialisation_policy:\n  sop: persist\n", 1, "materialization_policy"),
            ("governance:\n  - {name: a, require: persist, reason: r}\n", None, "governance"),
            ("materialization_policy: {sop: {decision: cache, ttl: soon}}\n", 1, "soon"),
            ("materialization_policy: !!python/object:os.system {}\n", 1, ""),
            ("a: [b\n", None, ""),
            ("\x00", None, ""),
        ],
    )
    def test_what_is_wrong_is_told_with_its_place(self, room: Room, text: str, line: int | None, told: str) -> None:
        file = room.file("p.yaml", text)
        answer = room.ap("policy", "check", file, "--json")
        document = answer.document
        shapes.check(document, {"ok": bool, "errors": [{"file": str, "line": int, "column": int, "message": str}]})
        assert (answer.code, document["ok"]) == (2, False)
        first = document["errors"][0]
        assert told in first["message"] and first["file"] == str(file)
        assert line is None or first["line"] == line
        assert room.ap("policy", "check", file).text.startswith(f"{file}:{first['line']}:{first['column']}: ")

    def test_governance_may_stand_in_governance_yaml(self, room: Room) -> None:
        file = room.file("governance.yaml", 'governance:\n  - {name: a, require: persist, reason: "r"}\n')
        assert room.json("policy", "check", file) == {"ok": True, "errors": []}


class TestHome:
    """Homes that cannot be used."""

    def test_a_home_that_is_a_file_is_refused(self, room: Room) -> None:
        room.file(".artifact-plane", "x")
        file = room.file("f", "x")
        answer = room.ap("put", file, "--type", "t", "--json")
        assert answer.code in (2, 6, 7)
        assert ".artifact-plane" in f"{answer.error['where']} {answer.error['message']}"

    def test_a_corrupted_database_is_damage_or_unavailable_and_says_where(self, room: Room) -> None:
        file = room.file("f", "x")
        room.json("put", file, "--type", "t", "--id", "a-1")
        (database,) = [
            one
            for one in (room.folder / ".artifact-plane").iterdir()
            if one.suffix == ".sqlite3" and "record" in one.name
        ]
        for one in database.parent.glob(database.name + "-*"):
            one.unlink()
        database.write_bytes(b"this is no database" * 1000)
        answer = room.ap("ls", "--json")
        assert answer.code in (6, 7)
        assert database.name in f"{answer.error['where']} {answer.error['message']}"

    def test_altered_and_deleted_payloads_are_damage_and_never_an_answer(self, room: Room) -> None:
        file = room.file("big.bin", os.urandom(200_000))
        room.json("put", file, "--type", "t", "--id", "a-1")
        (blob,) = [
            one
            for one in (room.folder / ".artifact-plane").rglob("*")
            if one.is_file() and one.stat().st_size == 200_000
        ]
        blob.chmod(0o600)
        data = bytearray(blob.read_bytes())
        data[777] ^= 1
        blob.write_bytes(bytes(data))
        room.refused("get", "a-1", "--rendering", "original", "-o", "out", code=6)
        assert not (room.folder / "out").exists()
        blob.unlink()
        room.refused("get", "a-1", "--rendering", "original", "-o", "out", code=6)
        assert room.json("show", "a-1")["artifact"]["artifact_id"] == "a-1"
