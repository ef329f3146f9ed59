"""Bearer tokens of an OpenID Connect issuer, good ones and forged ones (case T12)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import httpx
import pytest

from artifact_plane.adapters.memory.clock import SettableClock
from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.errors import InvalidInput
from tests.journeys.http.faces import echo_faces
from tests.journeys.http.issuer import AUDIENCE, ISSUER, NOW, Issuer, KeyServer, key_server
from tests.journeys.http.serving import PATIENCE, Running, serving

ISSUED: Final = Issuer()
"""Keys take a while to make: one issuer serves every test."""


@attrs.frozen
class Scene:
    """A service that knows the issuer, on a clock that the test moves."""

    running: Running
    clock: SettableClock

    async def ask(self, token: str) -> httpx.Response:
        """Who is calling with that token?"""
        async with self.running.client(token) as client:
            return await client.get("/api/echo")


@asynccontextmanager
async def known_by(keys: Path | str, **more: object) -> AsyncIterator[Scene]:
    """A service that takes the issuer's tokens."""
    clock = SettableClock()
    oidc = {"issuer": ISSUER, "audience": AUDIENCE, "keys": str(keys), "scope_prefix": "ap:", **more}
    bounds = {"failures": 1_000}
    async with serving(faces=echo_faces, http=bounds, oidc=oidc, extras=Extras(clock=clock)) as running:
        yield Scene(running, clock)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with the issuer's public keys."""
    path = tmp_path / "keys.json"
    path.write_bytes(ISSUED.keys())
    return path


@pytest.fixture
async def scene(key_file: Path) -> AsyncIterator[Scene]:
    """A service that has the keys from a file."""
    async with known_by(key_file) as one:
        yield one


async def test_a_good_token_says_tenant_and_scopes(scene: Scene) -> None:
    """By the claims that are set; words that are no scopes of ours mean nothing here. No first link is printed."""
    answer = await scene.ask(ISSUED.token())
    assert (answer.json()["tenant"], answer.json()["scopes"]) == ("acme", ["read", "write"])
    assert "somebody" not in answer.json()["credential"]
    assert scene.running.prepared.started.link is None


@pytest.mark.parametrize(
    ("algorithm", "kid"), [("RS256", "rsa-1"), ("PS256", "rsa-1"), ("ES256", "ec-1"), ("EdDSA", "ed-1")]
)
async def test_asymmetric_algorithms_are_known(scene: Scene, algorithm: str, kid: str) -> None:
    """The usual ones."""
    assert (await scene.ask(ISSUED.signed(algorithm, kid))).status_code == 200


async def test_the_planes_own_tokens_work_beside(scene: Scene) -> None:
    """Neither stands in the other's way."""
    assert (await scene.ask(await scene.running.token())).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda: ISSUED.unsigned({"alg": "none"}),
        lambda: ISSUED.unsigned({"alg": "None", "kid": "rsa-1"}),
        lambda: ISSUED.unsigned({"alg": "nOnE", "kid": "rsa-1"}, "x"),
        lambda: ISSUED.unsigned({"alg": "RS256", "kid": "rsa-1"}),
        lambda: ISSUED.unsigned({"alg": "RS256", "kid": "rsa-1"}, "AAAA"),
        lambda: ISSUED.unsigned({"alg": ["RS256"], "kid": "rsa-1"}, "AAAA"),
        lambda: ISSUED.unsigned({}, "AAAA"),
        lambda: ISSUED.by_secret(ISSUED.rsa.as_pem(private=False)),
        lambda: ISSUED.by_secret(ISSUED.keys()),
        lambda: ISSUED.by_secret(b"secret-secret-secret-secret-secret"),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "crit": ["exp"], "exp": NOW}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "crit": ["b64"], "b64": False}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "crit": []}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "../../../../etc/passwd"}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "/dev/null"}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": 1}),
        lambda: ISSUED.with_header({"alg": "RS256"}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "ec-1"}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "jku": "http://127.0.0.1:1/keys"}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "jwk": Issuer().rsa.as_dict(private=False)}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "x5u": "file:///etc/passwd"}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "typ": "secevent+jwt"}),
        lambda: ISSUED.with_header({"alg": "RS256", "kid": "rsa-1", "typ": ["JWT"]}),
        lambda: Issuer().token(),
        lambda: ISSUED.token() + "A",
        lambda: ISSUED.token()[:-4],
        lambda: ISSUED.token(iss="https://evil.example/"),
        lambda: ISSUED.token(iss=ISSUER.rstrip("/")),
        lambda: ISSUED.token(iss=None),
        lambda: ISSUED.token(aud="another"),
        lambda: ISSUED.token(aud=["another", "artifact-plane-2"]),
        lambda: ISSUED.token(aud=None),
        lambda: ISSUED.token(exp=NOW - 61),
        lambda: ISSUED.token(exp=None),
        lambda: ISSUED.token(exp="tomorrow"),
        lambda: ISSUED.token(exp=True),
        lambda: ISSUED.token(nbf=NOW + 61),
        lambda: ISSUED.token(iat=NOW + 61),
        lambda: ISSUED.token(sub=None),
        lambda: ISSUED.token(tenant=None),
        lambda: ISSUED.token(tenant=""),
        lambda: ISSUED.token(tenant="a/b"),
        lambda: ISSUED.token(tenant=["acme"]),
        lambda: ISSUED.token(tenant={"id": "acme"}),
        lambda: "a.b.c",
        lambda: "..",
        lambda: ISSUED.token().replace(".", "..", 1),
        lambda: "x" * 20_000 + ".a.b",
    ],
)
async def test_a_forged_or_unfit_token_is_nobodys(scene: Scene, forge: Callable[[], str]) -> None:
    """401, the same answer for all, and the service lives."""
    answer = await scene.ask(forge())
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"


async def test_several_audiences_may_be_named(scene: Scene) -> None:
    """Ours must be one of them."""
    assert (await scene.ask(ISSUED.token(aud=["another", AUDIENCE]))).status_code == 200


async def test_without_scopes_nothing_is_allowed(scene: Scene) -> None:
    """Known, and allowed nothing: 403."""
    for claim in (None, "", "read write", 5, ["ap:reader"], {"ap:read": True}):
        assert (await scene.ask(ISSUED.token(scope=claim))).status_code == 403
    assert (await scene.ask(ISSUED.token(scope=["ap:read"]))).status_code == 200


async def test_clocks_may_differ_a_little(scene: Scene) -> None:
    """By ``leeway``, and no more."""
    assert (await scene.ask(ISSUED.token(exp=NOW - 59))).status_code == 200
    scene.clock.advance(2)
    assert (await scene.ask(ISSUED.token(exp=NOW - 59))).status_code == 401


class TestKeysFromAnAddress:
    """Keys that are fetched."""

    async def test_they_are_fetched_once_in_a_while(self) -> None:
        """Not for each request; anew after ``keys_seconds``."""
        with key_server(ISSUED.keys()) as server:
            async with known_by(server.url, keys_seconds=600) as scene:
                for _ in range(5):
                    assert (await scene.ask(ISSUED.token())).status_code == 200
                assert len(server.asked) == 1
                scene.clock.advance(600)
                assert (await scene.ask(ISSUED.token())).status_code == 200
            assert len(server.asked) == 2

    async def test_a_new_key_is_noticed(self) -> None:
        """A token that names a key nobody knows has them fetched anew, but not by every such token."""
        fresh = Issuer()
        with key_server(Issuer(ec=ISSUED.ec).keys()) as server:
            renamed = json.loads(server.body)
            renamed["keys"][0]["kid"] = "rsa-0"
            server.body = json.dumps(renamed).encode()
            async with known_by(server.url, keys_seconds=3_000) as scene:
                scene.clock.advance(31)
                server.body = fresh.keys()
                assert (await scene.ask(fresh.token())).status_code == 200
                asked = len(server.asked)
                for number in range(5):
                    assert (
                        await scene.ask(fresh.with_header({"alg": "RS256", "kid": f"k{number}"}))
                    ).status_code == 401
                assert len(server.asked) == asked

    async def test_while_the_issuer_is_away_the_keys_at_hand_serve(self) -> None:
        """And where there are none, it is 503 and not 401; the plane's own tokens go on working."""
        with key_server(ISSUED.keys()) as server:
            async with known_by(server.url, keys_seconds=600) as scene:
                server.status = 500
                scene.clock.advance(601)
                assert (await scene.ask(ISSUED.token())).status_code == 200
        with key_server(b"") as server:
            server.status = 503
            async with known_by(server.url) as scene:
                answer = await scene.ask(ISSUED.token())
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                assert (await scene.ask(await scene.running.token())).status_code == 200
                async with scene.running.client() as client:
                    ready = await client.get("/readyz")
                assert (ready.status_code, ready.json()["components"]["issuer"]) == (503, "away")
                asked = len(server.asked)
                await scene.ask(ISSUED.token())
                assert len(server.asked) == asked
                server.status, server.body = 200, ISSUED.keys()
                scene.clock.advance(6)
                assert (await scene.ask(ISSUED.token())).status_code == 200

    @pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (503, b"")])
    async def test_a_token_of_an_unknown_key_is_401_whatever_the_issuer_answers(self, status: int, body: bytes) -> None:
        """The keys at hand go on serving, and nobody is told where keys come from."""
        with key_server(ISSUED.keys()) as server:
            async with known_by(server.url, keys_seconds=3_000) as scene:
                scene.clock.advance(31)
                server.status, server.body = status, body
                answer = await scene.ask(ISSUED.with_header({"alg": "RS256", "kid": "unheard-of"}))
                assert (answer.status_code, len(server.asked)) == (401, 2)
                assert server.url not in answer.text
                assert (await scene.ask(ISSUED.token())).status_code == 200

    async def test_while_there_are_no_keys_of_any_use_it_is_503(self) -> None:
        """Without the place they should be at, and the issuer is not asked by everybody."""
        with key_server(b"") as server:
            server.status = 503
            async with known_by(server.url) as scene:
                server.status, server.body = 200, b"<html>"
                scene.clock.advance(6)
                for _ in range(2):
                    answer = await scene.ask(ISSUED.token())
                    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                    assert server.url not in answer.text
                assert len(server.asked) == 2

    async def test_a_redirect_is_not_followed(self) -> None:
        """Case S02: what the keys' address points to is not asked."""
        with key_server(ISSUED.keys()) as private, key_server(b"") as public:
            public.status, public.location = 302, private.url
            async with known_by(public.url) as scene:
                assert (await scene.ask(ISSUED.token())).status_code == 503
            assert (private.asked, len(public.asked)) == ([], 1)

    async def test_a_document_without_end_is_not_taken(self) -> None:
        """1 MiB is plenty for keys."""
        with key_server(b" " * (1024 * 1024) + ISSUED.keys()) as server:
            async with known_by(server.url) as scene:
                assert (await scene.ask(ISSUED.token())).status_code == 503

    @pytest.mark.parametrize(
        "keys", ["http://issuer.example/keys", "ftp://issuer.example/keys", "https://", "/nowhere/keys.json"]
    )
    async def test_what_is_no_place_for_keys_stops_the_start(self, keys: str) -> None:
        """No keys over the open network, and no guessing."""
        with pytest.raises(InvalidInput):
            async with known_by(keys):
                raise AssertionError("it must not start")


@pytest.mark.parametrize(
    "keys",
    [
        b"",
        b"[]",
        b'{"keys": []}',
        b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
        b'{"keys": [{"kty": "RSA"}]}',
        b"-----BEGIN PUBLIC KEY-----",
    ],
)
async def test_what_are_no_public_keys_stops_the_start(tmp_path: Path, keys: bytes) -> None:
    """With what to do; a shared secret is no key of an issuer."""
    file = tmp_path / "keys.json"
    file.write_bytes(keys)
    with pytest.raises(InvalidInput) as caught:
        async with known_by(file):
            raise AssertionError("it must not start")
    assert caught.value.remedy


def test_the_key_server_counts(key_file: Path) -> None:
    """The double itself: it answers with what it was given."""
    with key_server(key_file.read_bytes()) as server:
        assert isinstance(server, KeyServer)
        assert httpx.get(server.url, trust_env=False, timeout=PATIENCE).json() == json.loads(ISSUED.keys())
        assert server.asked == ["/keys"]
