"""How a question ends that a server in trouble was asked: soon, with a remedy, and with no word of the password."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final

import pytest

from artifact_plane.domain.model.errors import ArtifactPlaneError, Unavailable
from tests.adapters.arango.conftest import PASSWORD

SOON: Final = 8.0
"""Seconds that an answer about a server that is away may take at the very most, on a slow machine."""


async def failure(question: Awaitable[object]) -> ArtifactPlaneError:
    """The error that a question ends with, soon."""
    with pytest.raises(ArtifactPlaneError) as raised:
        async with asyncio.timeout(SOON):
            await question
    assert PASSWORD not in f"{raised.value} {raised.value.remedy} {raised.value!r} {raised.value.__cause__}"
    assert raised.value.remedy
    return raised.value


async def retryable(question: Awaitable[object]) -> Unavailable:
    """The same, which has to be worth asking again."""
    error = await failure(question)
    assert isinstance(error, Unavailable)
    assert error.retryable
    return error
