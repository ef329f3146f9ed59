"""Sections of the settings: each component's own, read into its own settings class.

A section's keys are the fields of its class. A field without a default must be given. A field that is not shown in
the object's repr is a secret: its value appears in no error. ``metadata["example"]`` shows how it is written.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import Final, TypeVar

import attrs

from artifact_plane.composition.settings_values import alternatives, in_short, parser_for
from artifact_plane.domain.model.errors import InvalidInput

FILE: Final = "artifact-plane.toml"
SECTIONS: Final[Mapping[str, str]] = {
    "postgres": "artifact_plane.adapters.postgres.settings:PostgresSettings",
    "migration": "artifact_plane.adapters.postgres.settings:MigrationSettings",
    "gcs": "artifact_plane.adapters.gcs.settings:GcsSettings",
    "arango": "artifact_plane.adapters.arango.settings:ArangoSettings",
    "redis": "artifact_plane.adapters.redis.settings:RedisSettings",
    "http": "artifact_plane.adapters.http.settings:HttpSettings",
    "oidc": "artifact_plane.adapters.http.settings:OidcSettings",
}
"""Where each section's class is; it is imported when its section is used and not before."""

Kind = TypeVar("Kind")


class MissingSetting(InvalidInput):
    """A setting that has no default was not given."""


@attrs.frozen
class Said:
    """A value as it was given, and where."""

    value: object = attrs.field(repr=False)
    origin: str


def kind_of(name: str) -> type[object]:
    """The settings class of a section."""
    module, _, kind = SECTIONS[name].partition(":")
    found: type[object] = getattr(import_module(module), kind)
    return found


def name_of(kind: type[object]) -> str:
    """The section of a settings class."""
    place = f"{kind.__module__}:{kind.__qualname__}"
    return next(name for name, known in SECTIONS.items() if known == place)


def said(section: Mapping[str, object], origin: str) -> dict[str, Said]:
    """The values of one section from one origin; what is None was not given."""
    return {key: Said(value, origin) for key, value in section.items() if value is not None}


def built(kind: type[Kind], name: str, given: Mapping[str, Said], file: str = FILE) -> Kind:
    """The settings of a component; ``file`` is where a missing one was looked for.

    Raises:
        InvalidInput: a key is unknown or missing, or a value is not legal.
    """
    fields = fields_of(kind)
    for key, one in given.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InvalidInput(
                f"there is no setting {key!r} in the section [{name}]",
                where=one.origin,
                remedy=f"{hint}its settings are: {', '.join(fields)}",
            )
    values = {key: _value(name, fields[key], one) for key, one in given.items()}
    missing = [key for key, field in fields.items() if field.default is attrs.NOTHING and key not in given]
    if missing:
        raise MissingSetting(
            f"the setting {missing[0]!r} of the section [{name}] is missing",
            where=f"looked for in {file}, in the environment as "
            f"ARTIFACT_PLANE_{name.upper()}_{missing[0].upper()}, and in the arguments",
            remedy=f"write it as in [{name}] {missing[0]} = {_example(fields[missing[0]])}",
        )
    try:
        return kind(**values)
    except InvalidInput as error:
        origins = " and ".join(dict.fromkeys(one.origin for one in given.values()))
        raise InvalidInput(error.message, where=f"{error.where}, read from {origins}", remedy=error.remedy) from error


def built_or_lacking(name: str, given: Mapping[str, Said], file: str = FILE) -> object:
    """The settings of a component, or the error that says what is missing.

    Raises:
        InvalidInput: a key is unknown, or a value is not legal.
    """
    try:
        return built(kind_of(name), name, given, file)
    except MissingSetting as error:
        return error


def fields_of(kind: type[object]) -> dict[str, attrs.Attribute[object]]:
    """The keys of a section; a field that is another section's object is none."""
    attrs.resolve_types(kind)  # type: ignore[type-var]  # every settings class is one of attrs
    return {
        field.name: field
        for field in attrs.fields(kind)  # type: ignore[arg-type]
        if not any(attrs.has(one) for one in alternatives(field.type) if isinstance(one, type))
    }


def _value(section: str, field: attrs.Attribute[object], given: Said) -> object:
    parsed = parser_for(field.name, field.type)(given.value)
    if parsed is None:
        shown = "what was given" if field.repr is False else in_short(given.value)
        raise InvalidInput(
            f"{shown} is no value of the setting {field.name!r} of the section [{section}]",
            where=given.origin,
            remedy=f"write it as in {field.name} = {_example(field)}",
        )
    return parsed


def _example(field: attrs.Attribute[object]) -> str:
    example: object = field.metadata.get("example", field.default)
    if example is attrs.NOTHING or example is None or isinstance(example, attrs.Factory):  # type: ignore[arg-type]
        return '"…"'
    if isinstance(example, bool):
        return str(example).lower()
    if isinstance(example, tuple):
        return str(list(example))
    if isinstance(example, float):
        return f'"{example:g}s"'  # all that is counted in decimals is time
    return str(example) if isinstance(example, int) else f'"{example}"'
