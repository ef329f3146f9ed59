"""The system's clock keeps its port's law."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.system.clock import SystemClock
from tests.contracts.clock import ClockContract


class TestSystemClock(ClockContract):
    """Everything that ``ClockContract`` says."""

    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()
