"""Wrong input at every entrance of the command line: what, where and what to do; the exit code; nothing lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artifact_plane.adapters.cli import run
from artifact_plane.composition.entry_points import toolbox
from tests.journeys import shapes


class Here:
    """Runs command lines in this process, in a folder of its own, on the real plane."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def ap(self, *words: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        code = run([*map(str, words)], toolbox())
        out, err = self._capture.readouterr()
        return code, out, err

    def json(self, *words: str | Path) -> dict[str, Any]:
        """The document of a command that must go well."""
        code, out, err = self.ap(*words, "--json")
        assert code == 0, err
        value = json.loads(out)
        assert isinstance(value, dict)
        return value

    def refused(self, *words: str | Path, code: int = 2) -> str:
        """The error that a command must end with, as JSON and in its right shape; its text."""
        got, _, err = self.ap(*words, "--json")
        assert got == code, (got, err)
        document = json.loads(err)
        shapes.check(document, shapes.ERROR)
        error = document["error"]
        assert error["message"]
        return " ".join(str(error[field]) for field in ("message", "where", "remedy"))

    def file(self, name: str, content: bytes | str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@pytest.fixture
def here(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ARTIFACT_PLANE_")]:
        monkeypatch.delenv(name)
    return Here(tmp_path, capfd)


class TestRun:
    """``ap run``."""

    def test_an_unknown_intent_type_names_the_nearest(self, here: Here) -> None:
        assert "parse_content" in here.refused("run", "parse_contnet")

    @pytest.mark.parametrize("intent_type", ["", "a/b", "x" * 300, "a\0b", "\udcff", "parse content"])
    def test_an_intent_type_that_is_no_name_is_refused(self, here: Here, intent_type: str) -> None:
        here.refused("run", intent_type)

    @pytest.mark.parametrize("option", ["--intent-id", "--session", "--solution", "--tenant"])
    @pytest.mark.parametrize("given", ["a/b", "..", "a:b", "x" * 300, "a\0b", "\udcff", "é", " "])
    def test_ids_that_are_none_are_refused(self, here: Here, option: str, given: str) -> None:
        here.refused("run", "parse_content", option, given)

    def test_missing_attachments_and_parameters_are_named(self, here: Here) -> None:
        assert "data" in here.refused("run", "parse_content")
        assert "workflow_id" in here.refused("run", "generate_sop")
        assert "goals" in here.refused("run", "generate_roadmap")

    def test_parameters_and_attachments_that_are_too_many_are_named(self, here: Here) -> None:
        data = here.file("d.csv", "a\n1\n")
        told = here.refused("run", "parse_content", "--attach", f"data={data}", "--param", "colour=red")
        assert "colour" in told
        told = here.refused("run", "parse_content", "--attach", f"data={data}", "--attach", f"spare={data}")
        assert "spare" in told

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ('{"a":1,"a":2}', "a"),
            ("[NaN]", "NaN"),
            ("Infinity", ""),
            ("1e400", ""),
            ("9" * 5000, ""),
            ("9007199254740993", "2^53"),
            ("[" * 100_000, "nested"),
            ('"\\ud800"', "surrogate"),
        ],
    )
    def test_json_that_the_plane_does_not_take_names_its_parameter(self, here: Here, value: str, told: str) -> None:
        text = here.refused("run", "parse_content", "--param", f"goals={value}")
        assert "--param 'goals'" in text and told in text
        assert not (here.folder / ".artifact-plane").exists()

    @pytest.mark.parametrize(
        "content", [b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b"[]", b"", b'{"a":NaN}', b"{" * 100_000]
    )
    def test_a_file_of_parameters_is_as_strict(self, here: Here, content: bytes) -> None:
        file = here.file("p.json", content)
        assert "p.json" in here.refused("run", "parse_content", "--params-file", file)

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
        self, here: Here, name: str, content: bytes
    ) -> None:
        file = here.file(name, content)
        code, out, err = here.ap("run", "parse_content", "--attach", f"data={file}", "--json")
        execution = json.loads(out)["execution"]
        assert (code, execution["state"]) == (2, "failed")
        shapes.check(execution, shapes.EXECUTION)
        shapes.check(json.loads(err), shapes.ERROR)
        assert "'data'" in execution["failure"]["where"]
        assert here.json("execution", execution["execution_id"])["execution"] == execution
        assert here.json("ls")["artifacts"] == []

    @pytest.mark.parametrize(
        "content",
        [
            b'<!DOCTYPE x [<!ENTITY a "b">]><definitions>&a;</definitions>',
            b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><definitions/>',
            b"<definitions><process>",
            b"",
        ],
    )
    def test_xml_that_is_dangerous_or_broken_is_refused(self, here: Here, content: bytes) -> None:
        file = here.file("d.bpmn", content)
        assert "bpmn" in here.refused("run", "create_workflow", "--attach", f"bpmn={file}")

    @pytest.mark.parametrize("path", ["/no/such/file", ".", "/dev/null/x"])
    def test_an_attachment_that_cannot_be_read_is_named(self, here: Here, path: str) -> None:
        assert path in here.refused("run", "parse_content", "--attach", f"data={path}")
        assert not (here.folder / ".artifact-plane").exists()

    def test_an_artifact_that_is_not_there_fails_the_execution(self, here: Here) -> None:
        code, out, _ = here.ap("run", "generate_sop", "--param", "workflow_id=nowhere", "--json")
        assert code in (2, 8)
        assert json.loads(out)["execution"]["failure"]["message"]

    def test_a_policy_with_a_typo_is_refused_before_anything_is_done(self, here: Here) -> None:
        policy = here.file("p.yaml", "materialization_policy:\n  visual: presist\n")
        data = here.file("d.csv", "a\n1\n")
        told = here.refused("run", "parse_content", "--attach", f"data={data}", "--policy", policy)
        assert "p.yaml:2:11" in told and "persist" in told
        assert here.json("ls")["artifacts"] == []

    def test_a_policy_file_that_is_not_there_is_named(self, here: Here) -> None:
        assert "no.yaml" in here.refused("run", "parse_content", "--policy", "no.yaml")

    def test_a_retry_of_what_completed_or_was_never_asked_is_refused(self, here: Here) -> None:
        data = here.file("d.csv", "a\n1\n")
        ask = ("run", "parse_content", "--attach", f"data={data}", "--intent-id", "i-1")
        here.json(*ask)
        code, _, _ = here.ap(*ask, "--retry", "--json")
        assert code in (0, 2, 4)
        assert len(here.json("ls")["artifacts"]) == 1


class TestOthers:
    """Every other command."""

    @pytest.mark.parametrize("command", ["show", "get", "rm", "lineage", "explain", "execution"])
    @pytest.mark.parametrize("given", ["../x", "a/b", "x" * 300, "a\0b", "\udcff", "%2e%2e", "a;b", ""])
    def test_ids_with_separators_and_such_are_refused(self, here: Here, command: str, given: str) -> None:
        here.refused(command, given)

    @pytest.mark.parametrize("command", ["show", "get", "rm", "lineage", "explain", "execution"])
    def test_what_is_not_there_is_not_found(self, here: Here, command: str) -> None:
        here.refused(command, "nothing-here", code=3)

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
    def test_values_out_of_bounds_are_refused(self, here: Here, words: tuple[str, ...]) -> None:
        here.refused(*words)

    def test_a_type_label_or_id_that_is_none_is_refused_by_put(self, here: Here) -> None:
        file = here.file("f", "x")
        for option, given in (("--type", "a/b"), ("--label", "a b"), ("--id", "../x"), ("--media-type", "png")):
            kind = () if option == "--type" else ("--type", "t")
            here.refused("put", file, *kind, option, given)
        assert here.json("ls")["artifacts"] == []

    def test_a_rendering_that_is_not_there_names_those_that_are(self, here: Here) -> None:
        file = here.file("f", "x")
        here.json("put", file, "--type", "t", "--id", "a-1")
        assert "original" in here.refused("get", "a-1", "--rendering", "pdf", code=3)
        here.refused("get", "a-1", "--version", "2", code=3)

    def test_where_a_file_cannot_be_written_nothing_is_left(self, here: Here) -> None:
        file = here.file("f", "x")
        here.json("put", file, "--type", "t", "--id", "a-1")
        here.refused("get", "a-1", "-o", "no/such/folder/x")
        here.refused("get", "a-1", "-o", "/dev/full", code=7)

    def test_an_event_that_was_not_set_aside_is_not_found(self, here: Here) -> None:
        here.refused("events", "--requeue", "ev-1", code=3)


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
    def test_what_is_wrong_is_told_with_its_place(self, here: Here, text: str, line: int | None, told: str) -> None:
        file = here.file("p.yaml", text)
        code, out, _ = here.ap("policy", "check", file, "--json")
        document = json.loads(out)
        shapes.check(document, {"ok": bool, "errors": [{"file": str, "line": int, "column": int, "message": str}]})
        assert (code, document["ok"]) == (2, False)
        first = document["errors"][0]
        assert told in first["message"] and first["file"] == str(file)
        assert line is None or first["line"] == line
        _, out, _ = here.ap("policy", "check", file)
        assert out.startswith(f"{file}:{first['line']}:{first['column']}: ")

    def test_governance_may_stand_in_governance_yaml(self, here: Here) -> None:
        file = here.file("governance.yaml", 'governance:\n  - {name: a, require: persist, reason: "r"}\n')
        assert here.json("policy", "check", file) == {"ok": True, "errors": []}


class TestHome:
    """Homes that cannot be used."""

    def test_a_home_that_is_a_file_is_refused(self, here: Here) -> None:
        here.file(".artifact-plane", "x")
        file = here.file("f", "x")
        code, _, err = here.ap("put", file, "--type", "t", "--json")
        assert code in (2, 6, 7)
        assert ".artifact-plane" in json.loads(err)["error"]["where"] + json.loads(err)["error"]["message"]

    def test_a_corrupted_database_is_damage_or_unavailable_and_says_where(self, here: Here) -> None:
        file = here.file("f", "x")
        here.json("put", file, "--type", "t", "--id", "a-1")
        (database,) = [one for one in (here.folder / ".artifact-plane").iterdir() if one.suffix in (".sqlite", ".db")]
        for one in database.parent.glob(database.name + "-*"):
            one.unlink()
        database.write_bytes(b"this is no database" * 1000)
        code, _, err = here.ap("ls", "--json")
        assert code in (6, 7)
        assert "Traceback" not in err

    def test_altered_and_deleted_payloads_are_damage_and_never_an_answer(self, here: Here) -> None:
        file = here.file("big.bin", os.urandom(200_000))
        here.json("put", file, "--type", "t", "--id", "a-1")
        (blob,) = [
            one
            for one in (here.folder / ".artifact-plane").rglob("*")
            if one.is_file() and one.stat().st_size == 200_000
        ]
        blob.chmod(0o600)
        data = bytearray(blob.read_bytes())
        data[777] ^= 1
        blob.write_bytes(bytes(data))
        here.refused("get", "a-1", "--rendering", "original", "-o", "out", code=6)
        assert not (here.folder / "out").exists()
        blob.unlink()
        here.refused("get", "a-1", "--rendering", "original", "-o", "out", code=6)
        assert here.json("show", "a-1")["artifact"]["artifact_id"] == "a-1"
