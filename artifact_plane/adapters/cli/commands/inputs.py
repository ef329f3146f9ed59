"""What the user gives an intent: parameters and attachments, checked before anything is opened."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from artifact_plane.adapters.cli.toolbox import Toolbox
from artifact_plane.domain.model.errors import InvalidInput, InvalidJson
from artifact_plane.domain.model.identity import check_name, printable
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import ByteSource

MAX_FILE_BYTES: Final = 16 * 1024 * 1024

_BEGINS_AS_JSON: Final = re.compile(r"""\s*(\[\s*["\[{]|\{\s*")""")


def parameters(given: Sequence[str], file: Path | None, toolbox: Toolbox) -> JsonObject:
    """The parameters of ``--param K=V`` and of a file together.

    A value is JSON where it reads as JSON, else it is text.

    Raises:
        InvalidInput: a key is missing, empty or given twice, a text is not UTF-8, or the file cannot be read.
        InvalidJson: a value or the file is JSON of a kind that the plane does not take.
    """
    found = {} if file is None else dict(_of_file(file, toolbox))
    for key, text in _pairs("--param", given).items():
        if key in found:
            where = f"--param {printable(key)}"
            raise InvalidInput("the parameter is in the --params-file too", where=where, remedy="give it once")
        found[key] = _value(key, text, toolbox)
    return found


def attachments(given: Sequence[str], toolbox: Toolbox) -> Mapping[str, ByteSource]:
    """The input files of ``--attach NAME=PATH``.

    Raises:
        InvalidInput: a name is missing, not legal or given twice, or a file cannot be read.
    """
    found: dict[str, ByteSource] = {}
    for name, path in _pairs("--attach", given).items():
        check_name("attachment name", name)
        found[name] = source = toolbox.attachment(Path(path))
        source.open().close()  # what cannot be read is refused before anything is accepted
    return found


def _pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """``K=V`` words taken apart; every key once."""
    pairs: dict[str, str] = {}
    for word in given:
        key, separator, value = word.partition("=")
        if not (key and separator):
            raise InvalidInput(f"{printable(word)} has no name", where=option, remedy=f"write {option} NAME=VALUE")
        if key in pairs:
            raise InvalidInput(f"{printable(key)} is given twice", where=option, remedy="give it once")
        pairs[key] = value
    return pairs


def _value(key: str, text: str, toolbox: Toolbox) -> Json:
    where = f"--param {printable(key)}"
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the value is not UTF-8 text", where=where, remedy="write it in UTF-8") from None
    try:
        return toolbox.parse_json(data, where)
    except InvalidJson:
        if _means_json(text):
            raise
        return text


def _means_json(text: str) -> bool:
    """Whether ``text`` was meant as JSON: it begins as an array or an object does, or somebody less strict would
    read it (NaN, a duplicate key, 100,000 brackets). Then it is refused, and not taken for text."""
    if _BEGINS_AS_JSON.match(text):
        return True
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    except (ValueError, RecursionError):
        return True
    return True


def _of_file(file: Path, toolbox: Toolbox) -> JsonObject:
    value = toolbox.parse_json(read_file(file), str(file))
    if not isinstance(value, Mapping):
        raise InvalidInput("the file holds no JSON object", where=str(file), remedy='write {"name": value, …}')
    return value


def read_file(file: Path, most: int = MAX_FILE_BYTES) -> bytes:
    """A small file of the user's, whole.

    Raises:
        InvalidInput: it cannot be read, or has more than ``most`` bytes.
    """
    try:
        with file.open("rb") as reader:
            data = reader.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"cannot be read: {reason}", where=str(file), remedy="name a file that is there") from error
    if len(data) > most:
        raise InvalidInput(f"larger than {most:,} bytes", where=str(file), remedy="give less at once")
    return data
