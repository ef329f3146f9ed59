"""An OpenID Connect issuer of the tests' own: keys, tokens, and a server for the keys that may misbehave."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import attrs
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

ISSUER: Final = "https://issuer.example/"
AUDIENCE: Final = "artifact-plane"
NOW: Final = 1_767_225_600
"""The start of 2026, as the tests' clock has it."""


@attrs.frozen
class Issuer:
    """Keys by their ids, and tokens signed with them."""

    rsa: RSAKey = attrs.field(factory=lambda: RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"}))
    ec: ECKey = attrs.field(factory=lambda: ECKey.generate_key("P-256", {"kid": "ec-1"}))
    ed: OKPKey = attrs.field(factory=lambda: OKPKey.generate_key("Ed25519", {"kid": "ed-1"}))

    def keys(self) -> bytes:
        """The public keys, as a JWK set."""
        return json.dumps(KeySet([self.rsa, self.ec, self.ed]).as_dict(private=False)).encode()

    def claims(self, **more: object) -> dict[str, object]:
        """Good claims; None takes one away."""
        good = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "somebody",
            "iat": NOW - 10,
            "exp": NOW + 3600,
            "tenant": "acme",
            "scope": "openid ap:read ap:write profile",
        }
        return {name: value for name, value in {**good, **more}.items() if value is not None}

    def token(self, header: Mapping[str, Any] | None = None, **more: object) -> str:
        """A token signed with the RSA key."""
        return jwt.encode({"alg": "RS256", "kid": "rsa-1", **(header or {})}, self.claims(**more), self.rsa)

    def signed(self, algorithm: str, kid: str) -> str:
        """A good token by another algorithm and key."""
        keys: dict[str, Key] = {"rsa-1": self.rsa, "ec-1": self.ec, "ed-1": self.ed}
        key = keys[kid]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # `EdDSA` is the old name of Ed25519
            return jwt.encode({"alg": algorithm, "kid": kid}, self.claims(), key, algorithms=[algorithm])

    def by_secret(self, secret: bytes) -> str:
        """A token signed with a secret that is known to everybody."""
        head, body = (_part(json.dumps(one).encode()) for one in ({"alg": "HS256", "kid": "rsa-1"}, self.claims()))
        return ".".join([head, body, _part(hmac.digest(secret, f"{head}.{body}".encode(), "sha256"))])

    def unsigned(self, header: Mapping[str, Any], signature: str = "") -> str:
        """Any header, good claims, and a signature of one's own."""
        parts = (json.dumps(part).encode() for part in (header, self.claims()))
        return ".".join([*map(_part, parts), signature])

    def with_header(self, header: Mapping[str, Any]) -> str:
        """A token whose header says anything, with a signature that is good."""
        head, body = (_part(json.dumps(one).encode()) for one in (header, self.claims()))
        return ".".join([head, body, _part(_rs256(self.rsa, f"{head}.{body}".encode()))])


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _rs256(key: RSAKey, message: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    assert key.private_key is not None
    return key.private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())


@attrs.define
class KeyServer:
    """What the address of the keys answers, and how often it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    location: str | None = None
    asked: list[str] = attrs.field(factory=list)


@contextmanager
def key_server(body: bytes) -> Iterator[KeyServer]:
    """A server on loopback."""
    state = KeyServer(body=body)

    class Handler(BaseHTTPRequestHandler):
        """Answers as ``state`` says."""

        def do_GET(self) -> None:
            """Answer one request."""
            state.asked.append(self.path)
            self.send_response(state.status)
            if state.location is not None:
                self.send_header("location", state.location)
            self.send_header("content-length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/keys"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
