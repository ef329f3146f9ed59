"""Who asks, and by which way: what the settings say holds, passwords go nowhere else, tokens are renewed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import attrs
import pytest

from artifact_plane.adapters.arango.settings import ArangoSettings, Login
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.arango.conftest import PASSWORD, Opener
from tests.adapters.arango.ending import failure
from tests.doubles.arango.serving import HttpServer, Reply
from tests.doubles.arango.standin import ArangoStandIn


async def test_a_redirect_is_not_followed(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """It would take the credentials along to whoever it names."""
    elsewhere = HttpServer(
        lambda received: Reply(status=307, text="", headers={"location": f"{standin.url}{received.path}"})
    )
    elsewhere.start()
    try:
        graph = await open_graph(attrs.evolve(at_standin, urls=(elsewhere.url,)))
        assert isinstance(await failure(graph.position()), Unavailable)
    finally:
        elsewhere.stop()
    assert standin.requests == []


async def test_proxies_and_credentials_of_the_environment_are_not_used(
    open_graph: Opener,
    at_standin: ArangoSettings,
    standin: ArangoStandIn,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What the settings say is what holds."""
    others = tmp_path / "netrc"
    others.write_text("machine 127.0.0.1 login somebody password else\n")
    others.chmod(0o600)
    monkeypatch.setenv("NETRC", str(others))
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    graph = await open_graph(attrs.evolve(at_standin, password="", token=standin.gate.token()))
    await graph.prepare()
    assert await graph.position() == 0


@pytest.mark.parametrize("login", ["basic", "jwt"])
async def test_a_wrong_password_is_refused_for_good(
    open_graph: Opener, at_standin: ArangoSettings, login: Login
) -> None:
    """Not retryable; and the password is in no message."""
    wrong = attrs.evolve(at_standin, password=f"not {PASSWORD}", login=login)
    error = await failure((await open_graph(wrong)).position())
    assert isinstance(error, Unavailable)
    assert not error.retryable
    assert "refuses the credentials" in str(error)


async def test_a_login_by_token_is_renewed(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """One login for many questions; again when the server has withdrawn the token."""
    graph = await open_graph(attrs.evolve(at_standin, login="jwt"))
    await graph.prepare()
    assert standin.gate.logins <= 2  # one for the system's database, which makes the other
    before = standin.gate.logins
    standin.gate.withdraw()
    assert await graph.position() == 0
    assert standin.gate.logins == before + 1


async def test_a_token_whose_time_is_over_is_renewed(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """The driver alone would go on with it."""
    standin.gate.token_seconds = 2
    graph = await open_graph(attrs.evolve(at_standin, login="jwt"))
    await graph.prepare()
    expired = int(time.time()) + 3
    while time.time() < expired + 1:
        await asyncio.sleep(0.1)
    assert await graph.position() == 0


async def test_a_ready_made_token_does_as_well(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """It needs no password; once it is withdrawn, or was out of date before, there is nothing to renew it with."""
    graph = await open_graph(attrs.evolve(at_standin, password="", token=standin.gate.token()))
    await graph.prepare()
    assert await graph.position() == 0
    standin.gate.withdraw()
    old = await open_graph(attrs.evolve(at_standin, password="", token=standin.gate.token(seconds=-10)))
    for one in (graph, old):
        error = await failure(one.position())
        assert isinstance(error, Unavailable)
        assert not error.retryable
