"""Work in a process of its own, so that its memory is its own (``python -m benchmarks.apart MODULE FUNCTION JSON``)."""

from __future__ import annotations

import asyncio
import importlib
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

_STATUS: Final = Path("/proc/self/status")
_FORGET_PEAK: Final = "5"


def apart(module: str, function: str, **arguments: str | int) -> Mapping[str, float]:
    """What the coroutine function says, called with the arguments in a new process."""
    command = [sys.executable, "-m", "benchmarks.apart", module, function, orjson.dumps(arguments).decode()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    answer: Mapping[str, float] = orjson.loads(done.stdout)
    return answer


class Growth:
    """By how many bytes this process's resident memory has grown at its highest since the beginning."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text(_FORGET_PEAK)
        self._began = _status("VmRSS")

    def peak(self) -> int:
        """The highest since this was made, less what there was then."""
        return _status("VmHWM") - self._began


def _status(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"this system does not tell {field}")
    return int(found[1]) * 1024


def main() -> None:
    """Do the work and print its answer."""
    module, function, arguments = sys.argv[1:]
    work = getattr(importlib.import_module(module), function)
    print(orjson.dumps(asyncio.run(work(**orjson.loads(arguments)))).decode())


if __name__ == "__main__":
    main()
