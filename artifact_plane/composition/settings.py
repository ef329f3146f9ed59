"""Settings: from arguments, the environment and a file, in this order; an unknown key is refused.

The file is TOML: ``artifact-plane.toml`` in the working directory, or the file that ``ARTIFACT_PLANE_SETTINGS``
names. In the environment a key is written ``ARTIFACT_PLANE_<KEY>``, as in ``ARTIFACT_PLANE_CACHE_TTL=15m``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.policy_text import parse_duration, parse_size

PREFIX: Final = "ARTIFACT_PLANE_"
FILE: Final = "artifact-plane.toml"
PROFILES: Final = ("memory", "local")


@attrs.frozen(kw_only=True)
class Settings:
    """Everything that can be set, with its default. Sizes are bytes, times seconds.

    * ``profile``: ``memory`` (nothing outlives the process) or ``local`` (SQLite and files under ``home``).
    * ``home``: the folder of the local profile.
    * ``policy``: a YAML file that stands in for every solution's override.
    * ``cache_ttl``: how long a plain ``cache`` lasts; ``session_ttl``: the longest that ``ttl: session`` lasts.
    * ``digest``: ``blake3`` or ``sha256``, for what is stored from now on.
    * ``synchronous``: ``full`` survives power loss, ``normal`` only the death of the process.
    * ``busy_seconds``: how long to wait for a database that another process has locked.
    * ``inline_bytes``, ``cached_part_bytes``, ``meaning_bytes``, ``cache_bytes``: see ``Limits``; the last is the
      most that working memory holds in all.
    * ``realm_seconds``: a realm's time limit; ``put_tries``: how often a payload is tried to be put.
    * ``events``: a file that events are appended to as JSON lines; none by default.
    """

    profile: str = "local"
    home: Path = Path(".artifact-plane")
    policy: Path | None = None
    cache_ttl: int = 3_600
    session_ttl: int = 86_400
    digest: str = "blake3"
    synchronous: str = "full"
    busy_seconds: int = 10
    inline_bytes: int = 64 * 1024
    cached_part_bytes: int = 8 * 1024 * 1024
    meaning_bytes: int = 16 * 1024 * 1024
    cache_bytes: int = 256 * 1024 * 1024
    realm_seconds: int = 600
    put_tries: int = 3
    events: Path | None = None


def load(arguments: Mapping[str, object], environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings in force. ``folder`` is where the settings file is looked for; arguments of None are not given.

    Raises:
        InvalidInput: a key is unknown, a value is not legal, or the file cannot be read; it says which and where.
    """
    values: dict[str, object] = {}
    for origin, given in (
        _from_file(environment, folder),
        ("the environment", _from_environment(environment)),
        ("the arguments", {key: value for key, value in arguments.items() if value is not None}),
    ):
        for key, value in given.items():
            values[key] = _parsed(key, value, origin)
    return Settings(**values)  # type: ignore[arg-type]  # each value went through the parser of its key


def _from_file(environment: Mapping[str, str], folder: Path) -> tuple[str, Mapping[str, object]]:
    named = environment.get(f"{PREFIX}SETTINGS")
    path = Path(named) if named else folder / FILE
    if not named and not path.exists():
        return FILE, {}
    import tomllib

    try:
        return str(path), tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"the settings file cannot be read: {error}", where=str(path), remedy="mend the file, or name another"
        ) from error


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, object]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != f"{PREFIX}SETTINGS"
    }


def _parsed(key: str, value: object, origin: str) -> object:
    if key not in _PARSERS:
        near = difflib.get_close_matches(key, _PARSERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InvalidInput(
            f"there is no setting {key!r}", where=origin, remedy=f"{hint}the settings are: {', '.join(_PARSERS)}"
        )
    parser, example = _PARSERS[key]
    parsed = parser(value)
    if parsed is None:
        raise InvalidInput(
            f"{value!r} is no value of the setting {key!r}", where=origin, remedy=f"write it as in {key} = {example}"
        )
    return parsed


def _one_of(words: Iterable[str]) -> Callable[[object], object | None]:
    legal = tuple(words)
    return lambda value: value if value in legal else None


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if type(value) in (int, str) and text.isascii() and text.isdigit() and int(text) > 0 else None


def _seconds(value: object) -> int | None:
    return _number(value) or (parse_duration(value) if isinstance(value, str) else None)


def _bytes(value: object) -> int | None:
    return _number(value) or (parse_size(value) if isinstance(value, str) else None)


def _path(value: object) -> Path | None:
    return Path(value).expanduser() if isinstance(value, str | Path) and str(value) and "\0" not in str(value) else None


_PARSERS: Final[Mapping[str, tuple[Callable[[object], object | None], str]]] = {
    "profile": (_one_of(PROFILES), '"local"'),
    "home": (_path, '".artifact-plane"'),
    "policy": (_path, '"policy.yaml"'),
    "cache_ttl": (_seconds, '"1h"'),
    "session_ttl": (_seconds, '"24h"'),
    "digest": (_one_of(("blake3", "sha256")), '"blake3"'),
    "synchronous": (_one_of(("full", "normal")), '"full"'),
    "busy_seconds": (_seconds, "10"),
    "inline_bytes": (_bytes, '"64KiB"'),
    "cached_part_bytes": (_bytes, '"8MiB"'),
    "meaning_bytes": (_bytes, '"16MiB"'),
    "cache_bytes": (_bytes, '"256MiB"'),
    "realm_seconds": (_seconds, '"10m"'),
    "put_tries": (_number, "3"),
    "events": (_path, '"events.jsonl"'),
}
