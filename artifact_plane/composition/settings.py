"""Settings: from arguments, the environment and a file, in this order; an unknown key is refused.

The file is TOML: ``artifact-plane.toml`` in the working directory, or the file that ``ARTIFACT_PLANE_SETTINGS``
names. In the environment a key is written ``ARTIFACT_PLANE_<KEY>``, as in ``ARTIFACT_PLANE_CACHE_TTL=15m``. What one
component needs stands in a section of its own, ``[postgres]`` for instance (``ARTIFACT_PLANE_POSTGRES_DSN``).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

import attrs

from artifact_plane.composition import settings_sections as sections
from artifact_plane.composition.settings_values import (
    Parser,
    in_short,
    number,
    one_of,
    path,
    seconds,
    size,
    text,
    waiting,
)
from artifact_plane.domain.model.errors import InvalidInput

PREFIX: Final = "ARTIFACT_PLANE_"
FILE: Final = sections.FILE
PROFILES: Final = ("memory", "local", "cloud")
Section = TypeVar("Section")


@attrs.frozen(kw_only=True)
class Settings:
    """Everything that can be set, with its default. Sizes are bytes, times seconds.

    * ``profile``: ``memory`` (nothing outlives the process), ``local`` (SQLite and files under ``home``) or
      ``cloud`` (Postgres, GCS, ArangoDB, Redis).
    * ``home``: the folder of the local profile; on the cloud profile that of the policy files.
    * ``records``, ``payloads``, ``lineage``, ``working_memory``, ``policies``: an adapter for one port, other than
      the profile's own (see ``composition.choices``).
    * ``policy``: a YAML file that stands in for every solution's override.
    * ``cache_ttl``: how long a plain ``cache`` lasts; ``session_ttl``: the longest that ``ttl: session`` lasts.
    * ``digest``: ``blake3`` or ``sha256``, for what is stored from now on.
    * ``synchronous``: ``full`` survives power loss, ``normal`` only the death of the process.
    * ``busy_seconds``: how long to wait for a database that another process has locked.
    * ``inline_bytes``, ``cached_part_bytes``, ``meaning_bytes``, ``metadata_bytes``, ``cache_bytes``: see ``Limits``;
      the last is the most that working memory holds in all.
    * ``realm_seconds``: a realm's time limit; ``put_tries``: how often a payload is tried to be put.
    * ``events``: a file that events are appended to as JSON lines; none by default. ``sink_seconds``: how long a sink
      may take for one event.
    * ``server``: the address of a service that commands work on in the place of a home; ``token``: as whom.
    * ``sections``: what was said in sections, each an object of its component's settings class, or the error of one
      that lacks a setting, which is raised when it is needed: a secret in the environment needs no use of it.
    * ``file``: the settings file that was looked at; what is missing names it.
    """

    profile: str = "local"
    home: Path = Path(".artifact-plane")
    records: str | None = None
    payloads: str | None = None
    lineage: str | None = None
    working_memory: str | None = None
    policies: str | None = None
    policy: Path | None = None
    cache_ttl: int = 3_600
    session_ttl: int = 86_400
    digest: str = "blake3"
    synchronous: str = "full"
    busy_seconds: int = 10
    inline_bytes: int = 64 * 1024
    cached_part_bytes: int = 8 * 1024 * 1024
    meaning_bytes: int = 16 * 1024 * 1024
    metadata_bytes: int = 64 * 1024
    cache_bytes: int = 256 * 1024 * 1024
    realm_seconds: int = 600
    put_tries: int = 3
    events: Path | None = None
    sink_seconds: int = 10
    server: str | None = None
    token: str | None = attrs.field(default=None, repr=False)
    sections: Mapping[str, object] = attrs.field(factory=dict, repr=False)
    file: str = FILE

    def section(self, kind: type[Section]) -> Section:
        """What was set for a component, or its defaults.

        Raises:
            InvalidInput: a setting that it needs was not given; it says which, and where it was looked for.
        """
        found = self.said(kind)
        return sections.built(kind, sections.name_of(kind), {}, self.file) if found is None else found

    def said(self, kind: type[Section]) -> Section | None:
        """What was set for a component; None where nothing was said of it. Raises as ``section``."""
        found = self.sections.get(sections.name_of(kind))
        if isinstance(found, InvalidInput):
            raise found
        return found if isinstance(found, kind) else None


def load(arguments: Mapping[str, object], environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings in force. ``folder`` is where the settings file is looked for; arguments of None are not given.

    An argument of a section is a mapping, as in ``{"http": {"port": 0}}``.

    Raises:
        InvalidInput: a key is unknown or missing, a value is not legal, or the file cannot be read; it says which
            and where.
    """
    values: dict[str, object] = {}
    said: dict[str, dict[str, sections.Said]] = {}
    file, written = _from_file(environment, folder)
    for origin, given in (
        (file, written),
        ("the environment", _from_environment(environment)),
        ("the arguments", {key: value for key, value in arguments.items() if value is not None}),
    ):
        for key, value in given.items():
            if key in sections.SECTIONS and isinstance(value, Mapping):
                said.setdefault(key, {}).update(sections.said(value, origin))
            else:
                values[key] = _parsed(key, value, origin)
    built = {name: sections.built_or_lacking(name, found, file) for name, found in said.items()}
    return Settings(**values, sections=built, file=file)  # type: ignore[arg-type]  # each went through the parser of its key


def _from_file(environment: Mapping[str, str], folder: Path) -> tuple[str, Mapping[str, object]]:
    named = environment.get(f"{PREFIX}SETTINGS")
    file = Path(named) if named else folder / FILE
    if not named and not file.exists():
        return FILE, {}
    import tomllib

    try:
        return str(file), tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"the settings file cannot be read: {error}", where=str(file), remedy="mend the file, or name another"
        ) from error


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, object]:
    """What the environment says; a section's keys together."""
    found: dict[str, object] = {}
    grouped: dict[str, dict[str, object]] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name == f"{PREFIX}SETTINGS":
            continue
        key = name.removeprefix(PREFIX).lower()
        section, _, rest = key.partition("_")
        if section in sections.SECTIONS and key not in KEYS:
            grouped.setdefault(section, {})[rest] = value
        else:
            found[key] = value
    return {**found, **grouped}


def _parsed(key: str, value: object, origin: str) -> object:
    if key not in KEYS:
        known = (*KEYS, *(f"[{name}]" for name in sections.SECTIONS))
        near = difflib.get_close_matches(key, (*KEYS, *sections.SECTIONS), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InvalidInput(
            f"there is no setting {key!r}", where=origin, remedy=f"{hint}the settings are: {', '.join(known)}"
        )
    parser, example = KEYS[key]
    parsed = parser(value)
    if parsed is None:
        shown = "what was given" if key in _SECRETS else in_short(value)
        raise InvalidInput(
            f"{shown} is no value of the setting {key!r}", where=origin, remedy=f"write it as in {key} = {example}"
        )
    return parsed


KEYS: Final[Mapping[str, tuple[Parser, str]]] = {
    "profile": (one_of(PROFILES), '"local"'),
    "home": (path, '".artifact-plane"'),
    "records": (one_of(("memory", "sqlite", "postgres")), '"postgres"'),
    "payloads": (one_of(("memory", "filesystem", "gcs")), '"filesystem"'),
    "lineage": (one_of(("memory", "sqlite", "postgres", "arango")), '"postgres"'),
    "working_memory": (one_of(("memory", "sqlite", "redis", "none")), '"none"'),
    "policies": (one_of(("files", "postgres")), '"files"'),
    "policy": (path, '"policy.yaml"'),
    "cache_ttl": (seconds, '"1h"'),
    "session_ttl": (seconds, '"24h"'),
    "digest": (one_of(("blake3", "sha256")), '"blake3"'),
    "synchronous": (one_of(("full", "normal")), '"full"'),
    "busy_seconds": (waiting, "10"),
    "inline_bytes": (size, '"64KiB"'),
    "cached_part_bytes": (size, '"8MiB"'),
    "meaning_bytes": (size, '"16MiB"'),
    "metadata_bytes": (size, '"64KiB"'),
    "cache_bytes": (size, '"256MiB"'),
    "realm_seconds": (seconds, '"10m"'),
    "put_tries": (number, "3"),
    "events": (path, '"events.jsonl"'),
    "sink_seconds": (seconds, '"10s"'),
    "server": (text, '"https://plane.example"'),
    "token": (text, '"…"'),
}
_SECRETS: Final = frozenset(field.name for field in attrs.fields(Settings) if field.repr is False)
"""Settings whose values appear in no error."""
