"""``ap run``."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact_plane.adapters.cli import OpenOptions
from artifact_plane.domain.model.execution import ExecutionState, Failure
from artifact_plane.domain.model.intent import Intent
from tests.unit.cli.script import outcome
from tests.unit.cli.stage import Stage


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
