"""The profiles that whole-plane tests run on: how a home of each is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests.doubles.homes import Home, LocalHomeOfTests, MemoryHomeOfTests

HomeMaker: TypeAlias = Callable[[Path], Home]

PROFILES: Final = ("memory", "local", "cloud")


def home_maker(profile: str, request: pytest.FixtureRequest) -> HomeMaker:
    """What makes homes of that profile, each in the folder it is given; servers are started where it needs them."""
    if profile == "memory":
        return lambda _: MemoryHomeOfTests()
    if profile == "local":
        return LocalHomeOfTests
    from tests.doubles.cloud_home import CloudHomeOfTests

    servers = request.getfixturevalue("cloud_servers")
    return lambda _: CloudHomeOfTests(servers)
