"""A token is of one tenant: no other tenant's name is ever passed over."""

from __future__ import annotations

from typing import Final

import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.decision import Basis, Role, Subject
from artifact_plane.domain.model.errors import InvalidInput, NotPermitted
from artifact_plane.domain.model.intent import ExecutionContext
from tests.adapters.client.furnishing import Ask, an_odd_intent, failure
from tests.adapters.client.stage import Stage, connection, staged
from tests.journeys.http.serving import OTHER_TENANT, TENANT

THEIRS: Final = Subject(
    result_type="poc", role=Role.SEMANTIC, basis=Basis.MEANING, tenant_id=OTHER_TENANT, solution_id="default"
)


async def test_another_tenant_than_the_tokens_is_never_passed_over(stage: Stage) -> None:
    """Not even where nothing can be found, and before anything is written."""
    elsewhere = ExecutionContext(tenant_id=OTHER_TENANT)
    asks: tuple[Ask, ...] = (
        lambda app: app.plane.create_artifact("note", None, {}, {}, elsewhere),
        lambda app: app.plane.get_artifact("q3", OTHER_TENANT),
        lambda app: app.plane.list_artifacts(OTHER_TENANT, ArtifactFilter()),
        lambda app: app.plane.delete_artifact("q3", OTHER_TENANT),
        lambda app: app.runtime.execute(an_odd_intent(tenant_id=OTHER_TENANT)),
        lambda app: app.lineage.upstream("q3", OTHER_TENANT),
        lambda app: app.steward.would_rule(THEIRS),
    )
    stage.middleman.then()
    for ask in asks:
        told = await failure(ask, stage.app)
        assert isinstance(told, InvalidInput) and TENANT in str(told.remedy)
    assert stage.middleman.seen == []


async def test_whose_the_token_is_can_be_found_out_in_several_ways() -> None:
    """From the list of artifacts, from what the policy says, and at last from what was done."""
    async with staged() as stage:
        for scopes in ({Scope.READ, Scope.POLICY}, {Scope.POLICY, Scope.WRITE}):
            token = await stage.server.token(*scopes)
            async with connection(stage.server.url, token) as app:
                with pytest.raises(InvalidInput, match="another tenant"):
                    await app.plane.create_artifact("note", None, {}, {}, ExecutionContext(tenant_id=OTHER_TENANT))
        async with connection(stage.server.url, await stage.server.token(Scope.WRITE)) as app:
            with pytest.raises(NotPermitted):
                app.runtime.intent_types()
            with pytest.raises(InvalidInput, match="another tenant"):
                await app.plane.create_artifact("note", "late", {}, {}, ExecutionContext(tenant_id=OTHER_TENANT))
            with pytest.raises(NotPermitted, match="scope"):
                await app.plane.get_artifact("late", TENANT)


async def test_where_tenants_are_not_compared_the_tokens_own_is_meant() -> None:
    async with staged() as stage, connection(stage.server.url, await stage.server.token(), strict=False) as app:
        made = await app.plane.create_artifact("note", "n", {}, {}, ExecutionContext(tenant_id="whoever"))
        assert made.artifact.tenant_id == TENANT
        assert (await app.plane.get_artifact("n", "somebody")).artifact.tenant_id == TENANT


@pytest.mark.parametrize("token", [None, "ap_nobody"])
async def test_whoever_is_nobody_is_told_so_when_the_connection_is_opened(token: str | None) -> None:
    async with staged() as stage:
        with pytest.raises(NotPermitted) as caught:
            async with connection(stage.server.url, token):
                raise AssertionError("nobody was let in")
        assert "ap token create" in str(caught.value.remedy) and "nobody" not in f"{caught.value!r}{caught.value}"
