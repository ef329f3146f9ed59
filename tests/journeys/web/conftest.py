"""One browser and one service for each module of journeys."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.journeys.web.browser import Visit, chromium, visiting
from tests.journeys.web.stage import Stage, staged


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """The service with everything on it."""
    async with staged() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, stage: Stage) -> AsyncIterator[Visit]:
    """Somebody who may do everything; at the end the browser has complained about nothing."""
    async with visiting(browser, stage.running) as found:
        yield found
        assert found.complaints == []
