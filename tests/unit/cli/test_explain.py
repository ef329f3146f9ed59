"""``ap explain``."""

from __future__ import annotations

import attrs

from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.execution import ExecutionState
from tests.doubles.samples import a_tombstone, an_execution
from tests.unit.cli.script import ID, outcome
from tests.unit.cli.stage import Stage


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
