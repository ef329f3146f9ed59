"""``ap migrate``: the record store's tables, brought up to date by their owner."""

from __future__ import annotations

from artifact_plane.composition.choices import choices_of
from artifact_plane.composition.opening import need
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.errors import InvalidInput


async def migrate(settings: Settings, *, dry_run: bool) -> tuple[str, ...]:
    """Carry out what is pending, or only say what that would be; the steps, as ``0001 record_store``.

    Raises:
        InvalidInput: the records are not in Postgres, or the section [migration] lacks a setting.
        Conflict: the database was migrated by another release than this one can go on from.
        Unavailable: the database cannot be reached, or refuses the role.
    """
    records = choices_of(settings).records
    if records != "postgres":
        raise InvalidInput(
            f"there is nothing to migrate by hand: the records are in {records}",
            where="the setting 'records'",
            remedy='choose the cloud profile, or records = "postgres"; a local home is brought up to date when opened',
        )
    need("asyncpg", "postgres")
    from artifact_plane.adapters.postgres.migrating import migrate as carry_out
    from artifact_plane.adapters.postgres.settings import MigrationSettings

    done = await carry_out(settings.section(MigrationSettings), dry_run=dry_run)
    return tuple(f"{step.number:04} {step.name}" for step in done.steps)
