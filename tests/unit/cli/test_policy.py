"""``ap policy``."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact_plane.domain.model.decision import Basis, MaterializationDecision, Role, Subject
from tests.doubles.samples import a_ruling
from tests.unit.cli.stage import Stage


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
        "words",
        [
            ("--bytes", "lots"),
            ("--bytes", "-1"),
            ("--label", "a b"),
            ("--solution", "a/b"),
            ("--media-type", "x"),
            ("--realm", "a b"),
        ],
    )
    def test_facts_that_are_none_are_refused(self, stage: Stage, words: tuple[str, str]) -> None:
        assert stage.ap("policy", "explain", "--type", "sop", *words).code == 2

    def test_the_policy_in_force_is_shown_with_places(self, stage: Stage) -> None:
        out = stage.ap("policy", "show", "--solution", "mvp").out
        assert "workflow  PERSIST" in out and "platform.yaml:2:3" in out
        document = stage.ap("policy", "show", "--json").document
        assert document["platform"]["rules"][0]["decision"] == "persist"
