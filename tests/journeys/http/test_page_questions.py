"""What a page is asked in its address: odd digits, versions that are none, another tenant's policy."""

from __future__ import annotations

import pytest

from tests.journeys.http.serving import OTHER_TENANT, serving


@pytest.mark.parametrize("version", ["%C2%B2", "9" * 4_400, "-1", ""])
async def test_a_node_whose_version_is_no_number_is_refused_and_no_bug(version: str) -> None:
    async with serving() as running, running.client(await running.token()) as client:
        await client.post("/api/artifacts", json={"artifact_type": "note", "artifact_id": "a1", "payload": NOTE})
        answer = await client.get(f"/artifacts/a1/lineage?open=artifact:a1@{version}")
        assert answer.status_code == 400, answer.text
        for side in (version, "0"):
            answer = await client.get(f"/compare?left=a1@{side}&right=a1")
            assert answer.status_code == 400, answer.text


async def test_a_policy_on_record_is_shown_by_what_is_ones_own_and_to_nobody_else() -> None:
    """A digest in an address is no right to what it names."""
    async with serving() as running:
        async with running.client(await running.token()) as owner:
            body = {"artifact_type": "note", "artifact_id": "a1", "payload": NOTE}
            await owner.post("/api/artifacts", json=body)
            (receipt,) = (await owner.get("/api/artifact/a1/receipts")).json()["receipts"]
            address = f"/policy/recorded?digest={receipt['policy_digest']}&about=a1"
            assert (await owner.get(address)).status_code == 200
            assert (await owner.get(address.replace("about=a1", "about=a2"))).status_code == 404
        async with running.client(await running.token(tenant=OTHER_TENANT)) as other:
            assert (await other.get(address)).status_code == 404
            assert (await other.get(address.partition("&")[0])).status_code == 404


NOTE = {"semantic_payload": {"text": "hello"}}
