"""A plane with one artifact, for command lines to be about."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.artifact import Place
from tests.doubles.samples import a_receipt, a_rendering, an_artifact
from tests.unit.cli.script import ID, Script
from tests.unit.cli.stage import Stage


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
