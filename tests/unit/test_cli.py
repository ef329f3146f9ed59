"""The command line against an application that says what its script says: words in, answers and exit codes out."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from artifact_plane.adapters.cli import OpenOptions
from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState, Place
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.decision import Basis, Layer, MaterializationDecision, Role, Subject
from artifact_plane.domain.model.errors import Conflict, Damaged, InvalidPolicy, PolicyProblem, Refused, Unavailable
from artifact_plane.domain.model.execution import ExecutionState, Failure
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.lineage import Lineage, LineageEdge, LineageNode, NodeKind, Relation
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.ports.answers import Content, ExecutionResult
from artifact_plane.ports.outbox import PendingEvent
from tests.doubles.samples import (
    a_digest,
    a_receipt,
    a_reference,
    a_rendering,
    a_ruling,
    a_tombstone,
    an_artifact,
    an_attachment,
    an_event,
    an_execution,
    completed,
    failed,
    running,
)
from tests.unit.cli_stage import Script, Stage

ID = "019adf12-1111-7aaa-8bbb-0123456789ab"


@pytest.fixture
def stage(capfd: pytest.CaptureFixture[str]) -> Stage:
    """A plane with one artifact that has a kept, a dropped and a cached view."""
    artifact = an_artifact(
        ID,
        parts=(
            a_rendering(),
            a_rendering("html", place=Place.NOWHERE),
            a_rendering("svg", place=Place.WORKING_MEMORY),
        ),
    )
    script = Script(artifacts={ID: artifact}, payloads={ID: {"title": "Claims"}}, receipts=(a_receipt(ID),))
    return Stage(capfd, script)


def outcome(state: ExecutionState, failure: Failure | None = None) -> ExecutionResult:
    """An execution that ended so, with one attachment and, where it completed, one output."""
    run = running(an_execution(attachments=[an_attachment()]))
    if state is ExecutionState.COMPLETED:
        return ExecutionResult(execution=completed(run, a_reference(an_artifact(ID))), receipts=(a_receipt(ID),))
    ended = attrs.evolve(failed(run), state=state)
    return ExecutionResult(execution=attrs.evolve(ended, failure=failure or ended.failure))


class TestWords:
    """From words to a call."""

    def test_no_words_show_the_help_page(self, stage: Stage) -> None:
        answer = stage.ap()
        assert answer.code == 0
        assert "demo" in answer.out and "lineage" in answer.out

    def test_every_command_has_a_help_page(self, stage: Stage) -> None:
        for command in ("demo", "run", "ls", "show", "get", "put", "rm", "lineage", "execution", "explain", "events"):
            answer = stage.ap(command, "--help")
            assert (answer.code, answer.err) == (0, "")
            assert "--json" in answer.out

    def test_the_version_is_shown(self, stage: Stage) -> None:
        assert stage.ap("--version").out.startswith("artifact-plane ")

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["shw", ID], "show"),
            (["ls", "--sesion", "s"], "--session"),
            (["ls", "--limit", "many"], "many"),
            (["ls", "surplus"], "surplus"),
            (["show"], "ID"),
            (["ls", "--home"], "--home"),
            (["ls", "--state", "lost"], "lost"),
            (["--json"], "--json"),
            (["policy", "shw"], "show"),
            (["run", "parse_content", "--dryrun"], "--dry-run"),
        ],
    )
    def test_words_that_do_not_fit_are_refused_by_name(self, stage: Stage, words: list[str], told: str) -> None:
        answer = stage.ap(*words)
        assert answer.code == 2
        assert told in answer.err
        assert answer.out == ""

    def test_an_error_says_what_where_and_what_to_do(self, stage: Stage) -> None:
        answer = stage.ap("show", "zz")
        assert answer.code == 3
        assert answer.err.splitlines() == [
            "error: no artifact's id begins so",
            "  where: artifact zz",
            "  what to do: see `ap ls`",
        ]

    def test_with_json_an_error_is_a_document_on_standard_error(self, stage: Stage) -> None:
        answer = stage.ap("show", "zz", "--json")
        assert (answer.code, answer.out) == (3, "")
        assert answer.error == {
            "code": "not_found",
            "message": "no artifact's id begins so",
            "where": "artifact zz",
            "remedy": "see `ap ls`",
        }

    def test_with_json_words_that_do_not_fit_are_a_document_too(self, stage: Stage) -> None:
        assert stage.ap("ls", "--nope", "--json").error["code"] == "invalid_input"

    def test_the_common_options_reach_whoever_opens_the_plane(self, stage: Stage) -> None:
        stage.ap("ls", "--home", "h", "--profile", "memory", "--tenant", "acme")
        assert stage.script.opened == [OpenOptions(profile="memory", home=Path("h"), tenant="acme")]
        assert stage.script.asked == [("acme", ArtifactFilter(), 50, None)]

    @pytest.mark.parametrize("tenant", ["a/b", "", "..", "x" * 300, "a:b", "a b", "é"])
    def test_a_tenant_that_is_no_id_is_refused(self, stage: Stage, tenant: str) -> None:
        assert stage.ap("ls", "--tenant", tenant).code == 2

    @pytest.mark.parametrize("command", ["show", "get", "rm", "lineage", "explain", "execution"])
    @pytest.mark.parametrize("given", ["a/b", "../x", "x" * 300, "a\0b", "\udcff", "a:b", "é"])
    def test_an_id_that_is_none_is_refused_by_every_command(self, stage: Stage, command: str, given: str) -> None:
        answer = stage.ap(command, given, "--json")
        assert answer.code == 2
        assert answer.error["code"] == "invalid_input"


class TestConduct:
    """What happens when something goes wrong outside the commands."""

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (Conflict("another was first"), 4),
            (Refused("the steward forbids it"), 5),
            (Damaged("bytes do not match"), 6),
            (Unavailable("the disk is full"), 7),
            (KeyError("surprise"), 1),
            (KeyboardInterrupt(), 130),
            (BrokenPipeError(), 141),
        ],
    )
    def test_every_error_has_its_exit_code(self, stage: Stage, error: BaseException, code: int) -> None:
        stage.script.raises = error
        assert stage.ap("ls").code == code

    def test_a_bug_is_one_sentence_and_a_trace_only_where_it_is_asked_for(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stage.script.raises = KeyError("surprise")
        monkeypatch.delenv("AP_DEBUG", raising=False)
        quiet = stage.ap("ls")
        assert "this is a bug of ours: KeyError" in quiet.err and "Traceback" not in quiet.err
        monkeypatch.setenv("AP_DEBUG", "1")
        assert "Traceback" in stage.ap("ls").err

    def test_a_policy_that_does_not_load_shows_every_problem_on_its_own_line(self, stage: Stage) -> None:
        problems = [PolicyProblem(file="p.yaml", line=n, column=3, message=f"wrong {n}") for n in (1, 2)]
        stage.script.raises = InvalidPolicy(problems)
        answer = stage.ap("ls")
        assert answer.code == 2
        assert "p.yaml:1:3: wrong 1" in answer.err and "p.yaml:2:3: wrong 2" in answer.err
        document = stage.ap("ls", "--json").error
        assert document["problems"] == [attrs.asdict(problem) for problem in problems]

    def test_an_error_that_names_a_file_which_is_not_utf_8_is_still_json(self, stage: Stage) -> None:
        assert stage.ap("put", "no\udcffsuch", "--type", "x", "--json").error["code"] == "invalid_input"


class TestLs:
    """``ap ls``."""

    def test_a_page_names_the_cursor_of_the_next(self, stage: Stage) -> None:
        stage.script.next = "c-1"
        assert "add --after c-1" in stage.ap("ls").out
        document = stage.ap("ls", "--json").document
        assert document["next"] == "c-1"
        assert len(document["artifacts"]) == 1

    def test_an_empty_plane_says_so_in_a_sentence(self, stage: Stage) -> None:
        stage.script.artifacts.clear()
        assert "No artifacts here yet" in stage.ap("ls").out
        assert stage.ap("ls", "--label", "x").out == "No artifact fits.\n"
        assert stage.ap("ls", "--json").document == {"artifacts": [], "next": None}

    def test_every_filter_reaches_the_plane(self, stage: Stage) -> None:
        stage.ap(
            *("ls", "--type", "sop", "--session", "s", "--execution", "e", "--solution", "p", "--label", "l"),
            *("--decision", "cache", "--state", "all", "--limit", "7", "--after", "c"),
        )
        criteria = ArtifactFilter(
            artifact_type="sop",
            session_id="s",
            execution_id="e",
            solution_id="p",
            label="l",
            decision=MaterializationDecision.CACHE,
            state=None,
        )
        assert stage.script.asked == [("local", criteria, 7, "c")]

    @pytest.mark.parametrize("limit", ["0", "-1", "1001"])
    def test_a_page_has_1_to_1000_artifacts(self, stage: Stage, limit: str) -> None:
        assert stage.ap("ls", "--limit", limit).code == 2


class TestShow:
    """``ap show``."""

    def test_record_parts_rulings_and_meaning_are_shown(self, stage: Stage) -> None:
        answer = stage.ap("show", ID[:9])
        assert answer.code == 0
        for told in (ID, "semantic_payload", "html", "DISCARD", "solution override · workflow", '"title": "Claims"'):
            assert told in answer.out

    def test_the_document_has_record_meaning_and_receipts(self, stage: Stage) -> None:
        document = stage.ap("show", ID, "--json").document
        assert document["semantic_payload"] == {"title": "Claims"}
        assert list(document) == ["artifact", "semantic_payload", "receipts"]
        assert len(document["receipts"]) == 1

    def test_escape_codes_in_data_are_inert(self, stage: Stage) -> None:
        stage.script.payloads[ID] = {"t": "\x1b]0;owned\x07\u202e\x9b"}
        for words in (["show", ID], ["show", ID, "--json"]):
            out = stage.ap(*words).out
            assert out.replace("\n", "").isprintable()
            assert "\\u001b" in out


class TestGet:
    """``ap get``."""

    @pytest.fixture
    def content(self, stage: Stage) -> Content:
        artifact = stage.script.artifacts[ID]
        data = bytes(range(256)) * 9_000
        content = Content(
            artifact=artifact,
            part=artifact.parts[1],
            source=BytesSource(data),
            size=len(data),
            digest=a_digest(data),
            drawn=True,
            notice="another version drew it before",
        )
        stage.script.contents["png"] = content
        return content

    def test_a_file_gets_the_bytes_and_the_remarks_go_to_standard_error(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        target = tmp_path / "chart.png"
        answer = stage.ap("get", ID, "--rendering", "png", "-o", str(target))
        assert (answer.code, answer.out) == (0, "")
        assert target.read_bytes() == content.source.open().read()
        assert "drawn on demand" in answer.err and "another version" in answer.err
        assert [one.name for one in tmp_path.iterdir()] == ["chart.png"]

    def test_a_file_that_is_there_is_replaced_as_a_whole_and_a_link_is_kept(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        (tmp_path / "real").write_text("before")
        (tmp_path / "link").symlink_to("real")
        assert stage.ap("get", ID, "--rendering", "png", "-o", str(tmp_path / "link")).code == 0
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").stat().st_size == content.size

    def test_where_the_bytes_are_damaged_the_file_stays_as_it_was(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        stage.script.contents["png"] = attrs.evolve(content, source=DamagedSource(b"x" * 10))
        target = tmp_path / "chart.png"
        target.write_text("before")
        assert stage.ap("get", ID, "--rendering", "png", "-o", str(target)).code == 6
        assert target.read_text() == "before"
        assert len(list(tmp_path.iterdir())) == 1

    def test_a_folder_that_is_not_there_is_the_callers_error(self, stage: Stage, content: Content) -> None:
        answer = stage.ap("get", ID, "--rendering", "png", "-o", "/nowhere/at/all", "--json")
        assert answer.code == 2
        assert answer.error["where"] == "/nowhere/at/all"

    def test_a_device_is_written_and_not_replaced(self, stage: Stage, content: Content) -> None:
        assert stage.ap("get", ID, "--rendering", "png", "-o", "/dev/null").code == 0
        assert Path("/dev/null").is_char_device()

    def test_a_full_disk_is_a_store_that_is_unavailable(self, stage: Stage, content: Content) -> None:
        assert stage.ap("get", ID, "--rendering", "png", "-o", "/dev/full").code == 7

    def test_with_json_a_file_is_described_and_a_rendering_needs_one(
        self, stage: Stage, content: Content, tmp_path: Path
    ) -> None:
        assert stage.ap("get", ID, "--rendering", "png", "--json").code == 2
        target = tmp_path / "p"
        answer = stage.ap("get", ID, "--rendering", "png", "-o", str(target), "--json")
        assert answer.document["size"] == content.size
        assert answer.document["drawn"] is True


class DamagedSource(BytesSource):
    """A source that turns out damaged at its end."""

    def open(self, start: int = 0, stop: int | None = None) -> DamagedReader:  # type: ignore[override]
        return DamagedReader()


class DamagedReader:
    """Some bytes, then the truth."""

    def __init__(self) -> None:
        self._read = False

    def read(self, size: int) -> bytes:
        if self._read:
            raise Damaged("bytes do not match")
        self._read = True
        return b"x"

    def close(self) -> None:
        """Nothing is held."""


class TestRun:
    """``ap run``."""

    def intent(self, stage: Stage, *words: str) -> Intent:
        stage.script.result = outcome(ExecutionState.COMPLETED)
        assert stage.ap("run", "parse_content", *words).code == 0
        intent = stage.script.asked[-1]
        assert isinstance(intent, Intent)
        return intent

    def test_values_are_json_where_they_read_as_json_and_text_else(self, stage: Stage) -> None:
        given = ("n=1", "t=plain text", 'l=["a"]', "b=true", "z=null", "e=", "q=a=b", "x=[draft] note", 's="1"')
        intent = self.intent(stage, *(word for one in given for word in ("--param", one)))
        assert intent.parameters == {
            "n": 1,
            "t": "plain text",
            "l": ["a"],
            "b": True,
            "z": None,
            "e": "",
            "q": "a=b",
            "x": "[draft] note",
            "s": "1",
        }

    @pytest.mark.parametrize(
        "given",
        [
            '{"a":1,"a":2}',
            "NaN",
            "[Infinity]",
            "1e400",
            "9" * 5_000,
            "[" * 100_000,
            '"\\ud800"',
            "9007199254740993",
            "\udcff",
        ],
    )
    def test_json_that_the_plane_does_not_take_is_refused_and_not_taken_for_text(
        self, stage: Stage, given: str
    ) -> None:
        answer = stage.ap("run", "parse_content", "--param", f"k={given}")
        assert answer.code == 2
        assert "--param 'k'" in answer.err
        assert stage.script.opened == []

    @pytest.mark.parametrize(
        "words", [("--param", "a"), ("--param", "=1"), ("--attach", "data"), ("--attach", "a b=x")]
    )
    def test_a_parameter_or_attachment_without_a_name_is_refused(self, stage: Stage, words: tuple[str, str]) -> None:
        assert stage.ap("run", "parse_content", *words).code == 2

    def test_a_name_given_twice_is_refused(self, stage: Stage, tmp_path: Path) -> None:
        file = tmp_path / "p.json"
        file.write_text('{"a": 1}')
        assert stage.ap("run", "x", "--param", "a=1", "--param", "a=2").code == 2
        assert stage.ap("run", "x", "--attach", f"a={file}", "--attach", f"a={file}").code == 2
        assert stage.ap("run", "x", "--param", "a=1", "--params-file", str(file)).code == 2

    def test_a_file_of_parameters_comes_beside_the_words(self, stage: Stage, tmp_path: Path) -> None:
        file = tmp_path / "p.json"
        file.write_text('{"a": {"b": [1]}}')
        intent = self.intent(stage, "--params-file", str(file), "--param", "c=2", "--attach", f"data={file}")
        assert intent.parameters == {"a": {"b": [1]}, "c": 2}
        assert intent.attachments["data"].open().read() == file.read_bytes()

    @pytest.mark.parametrize("text", ["[1]", "{", '{"a":1,"a":2}', "\ufeff{}", ""])
    def test_a_file_that_is_no_strict_json_object_is_refused(self, stage: Stage, tmp_path: Path, text: str) -> None:
        file = tmp_path / "p.json"
        file.write_text(text)
        answer = stage.ap("run", "x", "--params-file", str(file))
        assert answer.code == 2
        assert "p.json" in answer.err

    def test_files_that_are_not_there_are_refused(self, stage: Stage) -> None:
        assert stage.ap("run", "x", "--params-file", "/no/such").code == 2
        assert stage.ap("run", "x", "--attach", "data=/no/such").code == 2

    def test_defaults_and_identities(self, stage: Stage) -> None:
        intent = self.intent(stage, "--intent-id", "i-9", "--session", "s-9", "--solution", "mvp", "--tenant", "acme")
        assert (intent.intent_id, intent.session_id, intent.solution_id, intent.tenant_id) == (
            *("i-9", "s-9", "mvp"),
            "acme",
        )
        intent = self.intent(stage)
        assert (intent.intent_id, intent.session_id, intent.solution_id, intent.tenant_id) == (
            *("id-1", "default", "default"),
            "local",
        )

    def test_a_policy_file_stands_in_and_the_plane_is_opened_for_writing(self, stage: Stage) -> None:
        self.intent(stage, "--policy", "mvp.yaml")
        assert stage.script.opened == [OpenOptions(policy=Path("mvp.yaml"), create=True)]

    def test_the_document_has_references_rulings_and_attachments(self, stage: Stage) -> None:
        stage.script.result = outcome(ExecutionState.COMPLETED)
        document = stage.ap("run", "create_workflow", "--json").document
        assert list(document) == ["execution", "rulings"]
        execution = document["execution"]
        assert isinstance(execution, dict)
        assert execution["state"] == "completed"
        (reference,) = execution["references"]
        assert set(reference) == {"key", "artifact_id", "version", "digest", "decision"}
        (attachment,) = execution["attachments"]
        assert (attachment["name"], attachment["decision"]) == ("sop", "cache")
        assert [one["part"] for one in document["rulings"]] == ["semantic_payload", "png"]

    @pytest.mark.parametrize(
        ("state", "failure_code", "code"),
        [
            (ExecutionState.FAILED, "invalid_input", 2),
            (ExecutionState.FAILED, "execution_failed", 8),
            (ExecutionState.FAILED, "unavailable", 8),
            (ExecutionState.CANCELLED, "execution_failed", 8),
        ],
    )
    def test_a_failed_execution_is_an_answer_and_an_exit_code(
        self, stage: Stage, state: ExecutionState, failure_code: str, code: int
    ) -> None:
        failure = Failure(code=failure_code, message="no rows", where="attachment 'data'", remedy="give rows")
        stage.script.result = outcome(state, failure)
        answer = stage.ap("run", "parse_content", "--json")
        assert answer.code == code
        assert answer.document["execution"]["state"] == state.value
        assert answer.error == {
            "code": failure_code,
            "message": "no rows",
            "where": "attachment 'data'",
            "remedy": "give rows",
        }

    def test_a_retry_names_its_intent_and_is_no_dry_run(self, stage: Stage) -> None:
        assert "--intent-id" in stage.ap("run", "x", "--retry").err
        assert stage.ap("run", "x", "--retry", "--dry-run", "--intent-id", "i").code == 2


class TestPut:
    """``ap put``."""

    def test_the_meaning_is_name_type_size_and_digest_and_the_file_the_original(
        self, stage: Stage, tmp_path: Path
    ) -> None:
        file = tmp_path / "claims.csv"
        file.write_bytes(b"a,b\n1,2\n")
        assert stage.ap("put", str(file), "--type", "report", "--label", "b", "--label", "a", "--id", "r-1").code == 0
        artifact_type, artifact_id, payload, _ = stage.script.asked[-1]
        assert (artifact_type, artifact_id, payload.labels) == ("report", "r-1", ("a", "b"))
        assert payload.semantic_payload == {
            "name": "claims.csv",
            "type": "text/csv",
            "size": 8,
            "digest": a_digest(b"a,b\n1,2\n"),
        }
        assert [(one.name, one.media_type) for one in payload.renderings] == [("original", "text/csv")]

    @pytest.mark.parametrize(
        ("name", "media_type"),
        [("a.pdf", "application/pdf"), ("a.csv.gz", "application/gzip"), ("a", "application/octet-stream")],
    )
    def test_the_media_type_is_guessed_from_the_name(
        self, stage: Stage, tmp_path: Path, name: str, media_type: str
    ) -> None:
        (tmp_path / name).write_bytes(b"x")
        stage.ap("put", str(tmp_path / name), "--type", "t")
        assert stage.script.asked[-1][2].semantic_payload["type"] == media_type

    @pytest.mark.parametrize(
        "words",
        [
            ("/no/such", "--type", "t"),
            ("FILE", "--type", "t", "--id", "a/b"),
            ("FILE", "--type", "t", "--label", "a b"),
        ],
    )
    def test_what_is_not_legal_is_refused_before_anything_is_opened(
        self, stage: Stage, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        (tmp_path / "f").write_bytes(b"x")
        given = [str(tmp_path / "f") if word == "FILE" else word for word in words]
        assert stage.ap("put", *given).code == 2
        assert stage.script.opened == []


class TestLineage:
    """``ap lineage``."""

    @pytest.fixture(autouse=True)
    def diamond(self, stage: Stage) -> None:
        """A workflow from a run that used a file, which it is derived from as well."""
        top, run, intent, file = (
            LineageNode(
                id=f"artifact:{ID}@2", kind=NodeKind.ARTIFACT, facts={"type": "workflow", "decision": "persist"}
            ),
            LineageNode(id="execution:e-1", kind=NodeKind.EXECUTION, facts={"intent_type": "w", "state": "completed"}),
            LineageNode(id="intent:i-1", kind=NodeKind.INTENT),
            LineageNode(id="attachment:blake3:aa", kind=NodeKind.ATTACHMENT, facts={"name": "s\x1bop", "size": 5}),
        )
        edges = (
            LineageEdge(top.id, Relation.WAS_GENERATED_BY, run.id),
            LineageEdge(top.id, Relation.WAS_DERIVED_FROM, file.id),
            LineageEdge(run.id, Relation.WAS_STARTED_BY, intent.id),
            LineageEdge(run.id, Relation.USED, file.id),
        )
        stage.script.lineage = Lineage(
            start=top.id, nodes=(top, run, intent, file), edges=edges, truncated=True, position=7
        )

    def test_the_tree_shows_each_node_once_and_marks_where_it_comes_again(self, stage: Stage) -> None:
        assert stage.ap("lineage", ID).out.splitlines() == [
            f"workflow  {ID} version 2  PERSIST",
            "├── generated by w  e-1",
            "│   ├── started by intent i-1",
            "│   └── used s\\x1bop  attachment 5 B  blake3:aa",
            "└── derived from s\\x1bop  attachment  (above)",
            "showing 4 nodes; there are more: raise --depth or --nodes",
        ]

    def test_the_document_has_nodes_edges_and_the_mark(self, stage: Stage) -> None:
        document = stage.ap("lineage", ID, "--json").document
        assert document["truncated"] is True
        first = document["nodes"][0]
        assert first == {
            "type": "workflow",
            "decision": "persist",
            "id": f"artifact:{ID}@2",
            "kind": "artifact",
            "artifact_id": ID,
            "version": 2,
        }
        assert document["edges"][0] == {
            "source": f"artifact:{ID}@2",
            "relation": "was_generated_by",
            "target": "execution:e-1",
        }

    def test_directions_and_bounds_reach_the_plane(self, stage: Stage) -> None:
        stage.ap("lineage", ID, "--down", "--depth", "3", "--nodes", "9")
        ((way, bounds),) = stage.script.asked
        assert (way, bounds.depth, bounds.nodes) == ("down", 3, 9)

    @pytest.mark.parametrize("words", [("--up", "--down"), ("--tree", "--json"), ("--depth", "0"), ("--depth", "-3")])
    def test_what_contradicts_itself_is_refused(self, stage: Stage, words: tuple[str, ...]) -> None:
        assert stage.ap("lineage", ID, *words).code == 2


class TestExplain:
    """``ap explain`` and ``ap execution``."""

    def test_every_part_has_its_decision_layer_rule_source_and_reason(self, stage: Stage) -> None:
        out = stage.ap("explain", ID).out
        for told in ("PERSIST", "DISCARD", "solution override · workflow", "claims.yaml:3:5", "because the solution's"):
            assert told in out

    def test_a_dropped_view_that_can_be_drawn_says_how(self, stage: Stage) -> None:
        receipt = stage.script.receipts[0]
        view = attrs.evolve(receipt.parts[1], part="html")
        stage.script.receipts = (attrs.evolve(receipt, parts=(receipt.parts[0], view)),)
        assert f"ap get {ID} --rendering html" in stage.ap("explain", ID).out

    def test_a_deleted_artifact_is_explained_still(self, stage: Stage) -> None:
        stage.script.artifacts[ID] = a_tombstone(stage.script.artifacts[ID])
        assert stage.script.artifacts[ID].state is ArtifactState.DELETED
        answer = stage.ap("explain", ID)
        assert answer.code == 0
        assert "deleted" in answer.out.splitlines()[0]

    def test_an_execution_is_found_by_the_beginning_of_its_id(self, stage: Stage) -> None:
        stage.script.executions = (outcome(ExecutionState.COMPLETED).execution,)
        assert list(stage.ap("execution", "exec", "--json").document) == ["execution"]
        assert "completed" in stage.ap("execution", "execution-1").out
        assert stage.ap("execution", "other").code == 3

    def test_the_beginning_of_several_is_refused(self, stage: Stage) -> None:
        stage.script.executions = (an_execution("e-1"), an_execution("e-2"))
        answer = stage.ap("execution", "e-")
        assert answer.code == 2
        assert "e-1, e-2" in answer.err


class TestPolicy:
    """``ap policy``."""

    def test_a_file_that_would_load_is_ok(self, stage: Stage, tmp_path: Path) -> None:
        file = tmp_path / "p.yaml"
        file.write_text("sop: persist")
        assert stage.ap("policy", "check", str(file)).out == "1 file checked, nothing wrong.\n"
        assert stage.ap("policy", "check", str(file), "--json").document == {"ok": True, "errors": []}
        assert stage.script.opened == []

    def test_problems_are_told_with_file_line_and_column(self, stage: Stage, tmp_path: Path) -> None:
        good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
        good.write_text("sop: persist")
        bad.write_text("# mine\nsop: presist")
        answer = stage.ap("policy", "check", str(good), str(bad))
        assert answer.code == 2
        assert answer.out == f"{bad}:2:1: 'presist' is not a decision\n"
        document = stage.ap("policy", "check", str(bad), "--json").document
        assert document == {
            "ok": False,
            "errors": [{"file": str(bad), "line": 2, "column": 1, "message": "'presist' is not a decision"}],
        }

    def test_a_file_that_cannot_be_read_is_a_problem_of_its_own(self, stage: Stage) -> None:
        answer = stage.ap("policy", "check", "/no/such", "--json")
        assert answer.code == 2
        assert answer.document["ok"] is False

    def test_what_would_be_decided_is_asked_with_every_fact(self, stage: Stage) -> None:
        stage.ap(
            *("policy", "explain", "--type", "roadmap", "--label", "pii", "--bytes", "20MiB", "--rendering", "png"),
            *("--media-type", "image/png", "--realm", "outcomes", "--intent-type", "generate_roadmap"),
            *("--solution", "mvp", "--tenant", "acme", "--regenerable"),
        )
        assert stage.script.asked == [
            Subject(
                result_type="roadmap",
                role=Role.RENDERING,
                rendering="png",
                realm="outcomes",
                intent_type="generate_roadmap",
                tenant_id="acme",
                solution_id="mvp",
                labels=frozenset({"pii"}),
                media_type="image/png",
                size=20 * 1024 * 1024,
                regenerable=True,
            )
        ]

    @pytest.mark.parametrize(
        ("words", "role", "basis"),
        [
            (("--type", "attachment"), Role.ATTACHMENT, Basis.RESULT),
            (("--type", "sop", "--rendering", "semantic_payload"), Role.SEMANTIC, Basis.MEANING),
            (("--type", "sop", "--explicit"), Role.OUTPUT, Basis.EXPLICIT),
        ],
    )
    def test_roles_follow_from_what_is_asked_about(
        self, stage: Stage, words: tuple[str, ...], role: Role, basis: Basis
    ) -> None:
        stage.ap("policy", "explain", *words)
        subject = stage.script.asked[0]
        assert isinstance(subject, Subject)
        assert (subject.role, subject.basis) == (role, basis)

    def test_where_the_size_decides_both_outcomes_are_told(self, stage: Stage) -> None:
        stage.script.outcomes = ((0, a_ruling()), (20 << 20, a_ruling(MaterializationDecision.DISCARD)))
        out = stage.ap("policy", "explain", "--type", "visual").out
        assert "It depends on the size" in out
        assert "from 20.0 MiB" in out
        document = stage.ap("policy", "explain", "--type", "visual", "--json").document
        assert document["size_matters"] is True and document["ruling"] is None

    @pytest.mark.parametrize(
        "words", [("--bytes", "lots"), ("--bytes", "-1"), ("--label", "a b"), ("--solution", "a/b")]
    )
    def test_facts_that_are_none_are_refused(self, stage: Stage, words: tuple[str, str]) -> None:
        assert stage.ap("policy", "explain", "--type", "sop", *words).code == 2

    def test_the_policy_in_force_is_shown_with_places(self, stage: Stage) -> None:
        out = stage.ap("policy", "show", "--solution", "mvp").out
        assert "workflow  PERSIST" in out and "platform.yaml:2:3" in out
        document = stage.ap("policy", "show", "--json").document
        assert document["platform"]["rules"][0]["decision"] == "persist"


class TestEvents:
    """``ap events``."""

    @pytest.fixture(autouse=True)
    def poison(self, stage: Stage) -> Event:
        event = an_event("ev-1")
        stage.script.set_aside = (PendingEvent(event=event, tries=5, trouble="no route"),)
        return event

    def test_events_that_were_set_aside_are_listed_with_their_trouble(self, stage: Stage) -> None:
        out = stage.ap("events").out
        assert "ev-1" in out and "no route" in out
        document = stage.ap("events", "--set-aside", "--json").document
        assert document["events"][0]["tries"] == 5

    def test_one_can_be_delivered_once_more(self, stage: Stage) -> None:
        assert stage.ap("events", "--requeue", "ev-1").code == 0
        assert stage.script.asked == ["ev-1"]
        assert stage.ap("events", "--requeue", "ev-2").code == 3


def test_every_layer_has_words_of_its_own() -> None:
    """The names that a ruling shows are those of the JSON, blanks for underscores."""
    from artifact_plane.adapters.cli import words

    shown = {words.because(attrs.evolve(a_ruling(), layer=layer, rule="r")) for layer in Layer}
    assert shown == {f"{layer.value.replace('_', ' ')} · r" for layer in Layer}


def test_documents_are_one_json_value_each(stage: Stage) -> None:
    """Whatever a command answers with ``--json`` can be read by a script as a whole."""
    for words in (("ls",), ("show", ID), ("explain", ID), ("rm", ID), ("policy", "show"), ("events",)):
        assert isinstance(json.loads(stage.ap(*words, "--json").out), dict)
