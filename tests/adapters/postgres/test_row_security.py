"""Row security: what a tenant's transaction sees and may write, whatever the statement says (cases T06, T09)."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import asyncpg
import attrs
import pytest

from artifact_plane.adapters.postgres.database import WHERE
from artifact_plane.domain.model.errors import InvalidInput, NotFound, Unavailable
from artifact_plane.domain.model.lineage import artifact_node
from artifact_plane.domain.model.rendering import Digest
from tests.adapters.postgres.under_test import Handle, TableBackdoor, handle, settings_of
from tests.contracts.ledger import a_full_change
from tests.doubles.databases import OWNER, RUNTIME, PostgresDatabase, execute
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_claim,
    a_request,
    an_artifact,
    an_edge,
    an_event,
    an_execution,
)

_TABLES: Final = """
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = 'artifact_plane'::regnamespace AND c.relkind = 'r'
"""
_KEYS: Final = """
    SELECT k.conrelid::regclass::text, k.contype::text, a.attname, f.attname
    FROM pg_constraint AS k
        JOIN pg_attribute AS t ON t.attrelid = k.conrelid AND t.attname = 'tenant_id'
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        LEFT JOIN pg_attribute AS f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[1]
    WHERE k.connamespace = 'artifact_plane'::regnamespace AND k.contype IN ('p', 'f')
"""
_OF_THE_WORKER: Final = {
    "blob_reference",
    "change",
    "claim",
    "credential",
    "edge",
    "event",
    "execution",
    "journal",
    "node",
    "request",
    "swept_claim",
}


@pytest.fixture
async def filled(opened_handle: Handle) -> Handle:
    """A record store with something of one tenant in most tables."""
    await opened_handle.store.references.claim(a_claim())
    change = attrs.evolve(a_full_change(), request=a_request())
    await opened_handle.store.ledger.commit(change)
    return opened_handle


async def connect(dsn: str) -> asyncpg.Connection[asyncpg.Record]:
    """A connection past the adapter."""
    return await asyncpg.connect(dsn)


async def tables(backdoor: TableBackdoor) -> list[str]:
    """The tables that hold tenants' rows."""
    return sorted(row[0] for row in await backdoor.rows(_TABLES))


async def seen(connection: asyncpg.Connection[asyncpg.Record], names: list[str]) -> dict[str, int]:
    """How many rows of each table the connection sees."""
    return {name: await connection.fetchval(f"SELECT count(*) FROM artifact_plane.{name}") for name in names}  # noqa: S608


async def test_security_is_forced_and_keys_begin_with_the_tenant(opened_handle: Handle) -> None:
    """Every table of tenants' rows; foreign keys too, for row security does not check them."""
    found = await opened_handle.backdoor.rows(_TABLES)
    assert len(found) >= 14
    assert all(row["forced"] for row in found)
    keys = await opened_handle.backdoor.rows(_KEYS)
    assert {row[1] for row in keys} == {"p", "f"}
    assert {row[2] for row in keys} == {"tenant_id"}
    assert {row[3] for row in keys if row[1] == "f"} == {"tenant_id"}


async def test_there_is_no_view_that_could_see_more(opened_handle: Handle) -> None:
    """A view sees what its owner sees, unless it is told otherwise: there is none; functions run as who calls them."""
    views = "SELECT FROM pg_class WHERE relnamespace = 'artifact_plane'::regnamespace AND relkind IN ('v', 'm')"
    definers = "SELECT FROM pg_proc WHERE pronamespace = 'artifact_plane'::regnamespace AND prosecdef"
    assert not await opened_handle.backdoor.rows(views)
    assert not await opened_handle.backdoor.rows(definers)


@pytest.mark.parametrize("role", [RUNTIME, OWNER])
async def test_who_names_no_tenant_sees_nothing(filled: Handle, postgres_database: PostgresDatabase, role: str) -> None:
    """NULL, and '' as it is left after a transaction, name nobody: not for the runtime, not for the tables' owner."""
    names = await tables(filled.backdoor)
    connection = await connect(postgres_database.server.dsn(postgres_database.name, role))
    try:
        assert set((await seen(connection, names)).values()) == {0}
        async with connection.transaction():
            await connection.execute("SELECT set_config('artifact_plane.tenant', $1, true)", TENANT)
            assert (await seen(connection, names))["artifact"] == 1
        assert await connection.fetchval("SELECT current_setting('artifact_plane.tenant', true)") == ""
        assert set((await seen(connection, names)).values()) == {0}
    finally:
        await connection.close()


async def test_another_tenant_sees_and_changes_nothing(filled: Handle, postgres_database: PostgresDatabase) -> None:
    """Whatever the statement says: rows of others are neither read, changed, removed nor written."""
    names = await tables(filled.backdoor)
    connection = await connect(postgres_database.runtime)
    try:
        await connection.execute("SELECT set_config('artifact_plane.tenant', $1, false)", OTHER_TENANT)
        assert set((await seen(connection, names)).values()) == {0}
        assert await connection.execute("UPDATE artifact_plane.artifact SET standing = 2") == "UPDATE 0"
        assert await connection.execute("DELETE FROM artifact_plane.body") == "DELETE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(
                "INSERT INTO artifact_plane.claim (tenant_id, digest, claim_id, holder) VALUES ($1, 'd', 'c', 'h')",
                TENANT,
            )
    finally:
        await connection.close()


async def test_the_next_user_of_a_connection_finds_no_tenant(filled: Handle) -> None:
    """The tenant is named for one transaction: nothing of it stays with the connection."""
    for _ in range(3):
        async with filled.home.database.tenant(TENANT) as connection:
            assert await connection.fetch("SELECT FROM artifact_plane.artifact")
        async with filled.home.database.everyone() as connection:
            assert await connection.fetchval("SELECT current_setting('artifact_plane.tenant', true)") in (None, "")


async def test_the_worker_sees_what_is_its_business_and_no_meaning(filled: Handle) -> None:
    """The worker role reads all tenants' rows in the tables of its work; artifacts and bodies are not among them."""
    visible = set()
    for name in await tables(filled.backdoor):
        try:
            async with filled.home.database.everyone() as connection:
                await connection.fetch(f"SELECT FROM artifact_plane.{name}")
                visible.add(name)
        except Unavailable:
            continue
    assert visible == _OF_THE_WORKER


async def test_ids_of_another_tenant_are_free(filled: Handle) -> None:
    """An id that another tenant has taken behaves as a free one, of whatever kind it is."""
    same = a_full_change()
    await filled.store.references.claim(attrs.evolve(a_claim(), tenant_id=OTHER_TENANT))
    theirs = a_change(
        an_artifact("artifact-1", tenant_id=OTHER_TENANT),
        change_id=same.change_id,
        execution=an_execution("execution-1", intent_id="intent-1", tenant_id=OTHER_TENANT),
        events=[an_event("event-1", subject="artifact-1", tenant_id=OTHER_TENANT)],
        request=attrs.evolve(a_request(), fingerprint=Digest("blake3:other")),
    )
    committed = await filled.store.ledger.commit(theirs)
    assert not committed.repeated
    assert (await filled.store.registry.get(OTHER_TENANT, "artifact-1")).artifact.tenant_id == OTHER_TENANT


async def test_an_edge_to_another_tenants_artifact_finds_nothing(filled: Handle) -> None:
    """Not yours and not there give the same answer, word for word."""
    answers = []
    for origin in ("artifact-1", "never-was"):
        edge = an_edge(artifact_node("a", 1), artifact_node(origin, 1))
        with pytest.raises(NotFound) as caught:
            await filled.store.ledger.commit(a_change(an_artifact("a", tenant_id=OTHER_TENANT), edges=[edge]))
        answers.append(str(caught.value).replace(origin, "…"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("tenant", ["", "acme\x1fglobex", "ac\x00me"], ids=["empty", "two in one", "NUL"])
async def test_a_tenant_cannot_be_two_or_nobody(filled: Handle, tenant: str) -> None:
    """What would name several tenants, or none, is refused before the database is asked."""
    with pytest.raises(InvalidInput):
        async with filled.home.database.tenant(tenant):
            pytest.fail("a transaction has begun")
    with pytest.raises(InvalidInput):
        await filled.store.ledger.commit(a_change(an_artifact("a", tenant_id=tenant)))


async def test_tenants_that_look_alike_are_told_apart(opened_handle: Handle) -> None:
    """Separators, case, dots, blanks and the two forms of an accent: each is a tenant of its own."""
    tenants = ["a:b", "a/b", "..", "A", "a", "\u00e9", "e\u0301", "x" * 300, "a.", "a ", "'; --", "a,b", '"']
    await asyncio.gather(
        *(opened_handle.store.ledger.commit(a_change(an_artifact("same", tenant_id=tenant))) for tenant in tenants)
    )
    for tenant in tenants:
        assert (await opened_handle.store.registry.get(tenant, "same")).artifact.tenant_id == tenant
    assert (await opened_handle.backdoor.census())["versions"] == len(tenants)


@pytest.mark.parametrize(
    ("role", "words"),
    [("postgres", "superuser"), (OWNER, "owns the tables")],
)
async def test_a_role_that_security_does_not_hold_for_is_refused(
    postgres_database: PostgresDatabase, stack: AsyncExitStack, role: str, words: str
) -> None:
    """A superuser and the owner are turned away at the door, with what to do."""
    dsn = postgres_database.server.dsn(postgres_database.name, role)
    settings = attrs.evolve(settings_of(postgres_database), dsn=dsn)
    with pytest.raises(Unavailable, match=words) as caught:
        await handle(stack, settings, postgres_database.raw)
    assert "ap migrate" in (caught.value.remedy or "")
    assert (caught.value.where, caught.value.retryable) == (WHERE, False)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("ALTER TABLE artifact_plane.body NO FORCE ROW LEVEL SECURITY", "not forced"),
        ("ALTER TABLE artifact_plane.node DISABLE ROW LEVEL SECURITY", "not forced"),
    ],
)
async def test_tables_that_were_loosened_are_refused(
    postgres_database: PostgresDatabase, stack: AsyncExitStack, spoil: str, words: str
) -> None:
    """What would let a runtime see other tenants' rows is noticed before it works."""
    await execute(postgres_database.raw, spoil)
    with pytest.raises(Unavailable, match=words):
        await handle(stack, settings_of(postgres_database), postgres_database.raw)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [("", "may not turn into the worker"), ("BYPASSRLS", "bypass"), ("INHERIT", "inherits the worker")],
)
async def test_a_role_that_was_given_too_much_or_too_little_is_refused(
    postgres_database: PostgresDatabase, stack: AsyncExitStack, spoil: str, words: str
) -> None:
    """Another role than the one that was migrated for: it may bypass security, inherits, or is no member."""
    role = "ill_prepared"
    await execute(postgres_database.raw, f"CREATE ROLE {role} LOGIN {spoil}")
    grants = f"GRANT USAGE ON SCHEMA artifact_plane TO {role}; GRANT SELECT ON artifact_plane.migration TO {role}"
    await execute(postgres_database.raw, grants)
    if spoil:
        await execute(postgres_database.raw, f"GRANT artifact_plane_worker TO {role}")
    dsn = postgres_database.server.dsn(postgres_database.name, role)
    try:
        with pytest.raises(Unavailable, match=words):
            await handle(stack, attrs.evolve(settings_of(postgres_database), dsn=dsn), postgres_database.raw)
    finally:
        await execute(postgres_database.raw, f"DROP OWNED BY {role}; DROP ROLE {role}")
