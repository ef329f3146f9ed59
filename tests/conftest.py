"""What holds for every test: the suites' asserts explain themselves as those of test modules do."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

pytest_plugins = ["tests.servers"]
pytest.register_assert_rewrite("tests.contracts")

# A verdict on a submission must be the same for the same tree; developers' runs search on, with new examples each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The servers that tests may be run against, beside those that they start themselves."""
    parser.addoption(
        "--arango-url",
        help="run the lineage suites on this ArangoDB 3.12 server too; ARANGO_USERNAME (root) and ARANGO_PASSWORD are "
        "who asks, and may make a database",
    )
