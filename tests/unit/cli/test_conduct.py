"""What ``ap`` does when something goes wrong, and what holds for every command."""

from __future__ import annotations

import json

import attrs
import pytest

from artifact_plane.domain.model.decision import Layer
from artifact_plane.domain.model.errors import Conflict, Damaged, InvalidPolicy, PolicyProblem, Refused, Unavailable
from tests.doubles.samples import a_ruling
from tests.unit.cli.script import ID
from tests.unit.cli.stage import Stage


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


def test_every_layer_has_words_of_its_own() -> None:
    """The names that a ruling shows are those of the JSON, blanks for underscores."""
    from artifact_plane.adapters.cli import words

    shown = {words.because(attrs.evolve(a_ruling(), layer=layer, rule="r")) for layer in Layer}
    assert shown == {f"{layer.value.replace('_', ' ')} · r" for layer in Layer}


def test_documents_are_one_json_value_each(stage: Stage) -> None:
    """Whatever a command answers with ``--json`` can be read by a script as a whole."""
    for words in (("ls",), ("show", ID), ("explain", ID), ("rm", ID), ("policy", "show"), ("events",)):
        assert isinstance(json.loads(stage.ap(*words, "--json").out), dict)
