"""Schemathesis, with all checks, finds nothing in the real server: its document is true, and no input breaks it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.http.api import Api, api

_HERE: Final = Path(__file__).parent
_PATIENCE: Final = 300.0
_UNHURRIED: Final = {"requests": 1_000, "failures": 1_000_000}


async def _run(one: Api, folder: Path, *words: str) -> str:
    """What schemathesis says; ``--seed`` and a bounded number of examples make it the same in every run."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(_HERE / "schemathesis.toml"),
        "run",
        f"{one.server.url}/openapi.json",
        "--header",
        f"Authorization: Bearer {await one.server.token()}",
        "--checks",
        "all",
        "--no-color",
        "--seed",
        "1",
        *words,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return f"exit code {process.returncode}\n{out.decode()}"


@pytest.mark.parametrize(
    "words",
    [
        ("--phases", "examples,coverage"),
        ("--phases", "fuzzing,stateful", "--max-examples", "8", "--generation-deterministic"),
    ],
    ids=["coverage", "fuzzing"],
)
async def test_schemathesis_finds_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    async with api(http=_UNHURRIED) as one:
        told = await _run(one, tmp_path, *words)
        assert told.startswith("exit code 0\n"), told
        assert (await one.client.get("/livez")).status_code == 200
