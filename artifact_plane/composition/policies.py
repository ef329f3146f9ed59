"""Where policies come from, and how a text is put in force where they are kept in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from artifact_plane.composition.choices import choices_of
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.errors import InvalidInput, InvalidPolicy
from artifact_plane.ports.policy_source import PolicySource

if TYPE_CHECKING:
    from artifact_plane.adapters.postgres.policy_texts import PostgresPolicyTexts
    from artifact_plane.domain.model.policy_document import PolicyDocument

POLICIES: Final = "policy"
PLATFORM: Final = "platform"
GOVERNANCE: Final = "governance"
SOLUTION: Final = "solution"

Override = Path | Mapping[str, object] | None
"""What stands in for every solution's override: a file or plain data."""


@attrs.frozen(kw_only=True)
class Reading:
    """How policies are read: digested, with the time to live of a plain ``cache``, and what stands in for overrides."""

    settings: Settings
    digest: Callable[[PolicyDocument], str]
    override: Override


def from_files(reading: Reading) -> PolicySource:
    """Policies from the YAML files of the home."""
    from artifact_plane.adapters.filesystem.policy_source import YamlPolicySource

    return YamlPolicySource(
        reading.settings.home / POLICIES,
        digest=reading.digest,
        cache_ttl=reading.settings.cache_ttl,
        override=reading.override,
    )


def from_database(texts: PostgresPolicyTexts, reading: Reading) -> PolicySource:
    """Policies from texts in the database, the same for all processes.

    Raises:
        InvalidInput: the file that stands in for overrides cannot be read.
    """
    from artifact_plane.adapters.filesystem.policy_source import PLATFORM_POLICY
    from artifact_plane.adapters.filesystem.yaml_text import read_yaml
    from artifact_plane.adapters.postgres.policy_source import PostgresPolicySource

    return PostgresPolicySource(
        texts,
        parse=read_yaml,
        built_in=PLATFORM_POLICY.read_bytes(),
        digest=reading.digest,
        cache_ttl=reading.settings.cache_ttl,
        override=_text_of(reading.override) if isinstance(reading.override, Path) else reading.override,
    )


async def put_policy(settings: Settings, layer: str, place: tuple[str, str], text: bytes | None, name: str) -> None:
    """Put a text in force, or take it out of force where it is None; checked before anything is changed.

    ``layer`` is ``platform``, ``governance`` or ``solution``; ``place`` is the tenant and the solution of the last.

    Raises:
        InvalidInput: policies are kept in files here.
        InvalidPolicy: the text does not load; what was in force stays.
        Unavailable: the database is away.
    """
    if choices_of(settings).policies != "postgres":
        raise InvalidInput(
            "policies are files here",
            where="the setting 'policies'",
            remedy=f'put the file below {settings.home / POLICIES}, or set policies = "postgres"',
        )
    from artifact_plane.adapters.filesystem.policy_source import check_text
    from artifact_plane.adapters.postgres.database import Database
    from artifact_plane.adapters.postgres.policy_texts import PostgresPolicyTexts
    from artifact_plane.adapters.postgres.settings import PostgresSettings

    problems = [] if text is None else check_text(text, name, governance=layer == GOVERNANCE)
    if problems:
        raise InvalidPolicy(problems)
    database = Database(settings.section(PostgresSettings))
    try:
        texts = PostgresPolicyTexts(database)
        if layer == SOLUTION:
            await texts.put_override(*place, text)
        else:
            await {PLATFORM: texts.put_platform, GOVERNANCE: texts.put_governance}[layer](text)
    finally:
        await database.close()


def _text_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"the policy file cannot be read ({error.strerror})", where=str(path), remedy="name a file that is there"
        ) from error
