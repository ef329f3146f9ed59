"""Enough of curl to run the documents and compose.yaml on a machine that has none: the options that they use alone.

Run as a program, with curl's words.
"""

from __future__ import annotations

import argparse
import mimetypes
import shutil
import sys
from pathlib import Path
from typing import Any

import httpx


def path(folder: Path) -> dict[str, str]:
    """What an environment has to say to find a curl: nothing where the machine has one, else where this one is."""
    return {} if shutil.which("curl") else stand_in(folder)


def stand_in(folder: Path) -> dict[str, str]:
    """What an environment has to say to find this curl, whatever the machine has."""
    program = folder / "bin" / "curl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{Path(shutil.which('sh') or '/bin/sh').parent}:/usr/bin:/bin"}


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("url")
    parser.add_argument("-s", "--silent", "-N", action="store_true")
    parser.add_argument("-I", action="store_true", dest="head")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", "--header", action="append", default=[], dest="headers")
    parser.add_argument("-d", "--data", "--data-binary", dest="data")
    parser.add_argument("-F", action="append", default=[], dest="form")
    parser.add_argument("-o", "--output", dest="output")
    parser.add_argument("-w", "--write-out", dest="told", default="")
    return parser.parse_args()


def _field(word: str) -> tuple[str, tuple[str | None, bytes, str]]:
    """``name=text``, ``name=<file`` (its text) or ``name=@file``, each perhaps with ``;type=kind``."""
    name, _, rest = word.partition("=")
    value, _, kind = rest.rpartition(";type=") if ";type=" in rest else (rest, "", "")
    if value.startswith("<"):
        return name, (None, Path(value[1:]).read_bytes(), kind or "text/plain")
    if not value.startswith("@"):
        return name, (None, value.encode(), kind or "text/plain")
    file = Path(value[1:])
    return name, (file.name, file.read_bytes(), kind or mimetypes.guess_type(file)[0] or "application/octet-stream")


def main() -> None:
    """Send one request, and write what is answered where curl would."""
    words = _words()
    sent: dict[str, Any] = {}  # Any: keywords of the library, each of a type of its own
    if words.form:
        sent["files"] = dict(map(_field, words.form))
    elif words.data is not None:
        sent["content"] = Path(words.data[1:]).read_bytes() if words.data.startswith("@") else words.data.encode()
    method = words.method or ("HEAD" if words.head else "POST" if sent else "GET")
    headers = [tuple(one.split(": ", 1)) for one in words.headers]
    with httpx.Client(timeout=60, trust_env=False) as client:
        answer = client.request(method, words.url, headers=headers, **sent)
    shown = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items()).encode()
    data = shown if words.head else answer.content
    if words.output is None:
        sys.stdout.buffer.write(data)
    else:
        Path(words.output).write_bytes(data)
    sys.stdout.buffer.write(words.told.replace("%{http_code}", str(answer.status_code)).replace("\\n", "\n").encode())


if __name__ == "__main__":
    main()
