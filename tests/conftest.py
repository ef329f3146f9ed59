"""What holds for every test: the suites' asserts explain themselves as those of test modules do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.journeys.web.finding import REMEDY, chromium_path

pytest_plugins = ["tests.servers"]
pytest.register_assert_rewrite("tests.contracts")

# A busy machine is no counterexample: no example has a time limit. A verdict on a submission must be the same for the
# same tree; developers' runs search on, with new examples each time.
settings.register_profile("developing", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developing")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The servers that tests may be run against, beside those that they start themselves."""
    parser.addoption(
        "--arango-url",
        help="run the lineage suites on this ArangoDB 3.12 server too; ARANGO_USERNAME (root) and ARANGO_PASSWORD are "
        "who asks, and may make a database",
    )


def _without_browser() -> bool:
    """Whether the pages cannot be shown here. In CI that is no excuse: the journeys run, and fail."""
    return chromium_path() is None and not os.environ.get("CI")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the journeys through the pages where there is no browser."""
    return True if _without_browser() and collection_path.match("tests/journeys/web") else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out."""
    if _without_browser():
        terminalreporter.write_line(f"left out: tests/journeys/web, for there is no browser here; {REMEDY}")
