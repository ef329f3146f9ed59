"""``ap token``: tokens for those who call a service."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Line, Listing, Paragraph, line, name, quiet
from artifact_plane.domain.model.credential import Credential, Scope
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier, printable
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.policy_text import parse_duration
from artifact_plane.ports.access import Issued

_HEADINGS: Final = ("token", "name", "scopes", "made", "standing")


async def create(
    *,
    scope: Annotated[str, Parameter(help="What it may do, separated by commas: " + ", ".join(Scope) + ".")] = "read",
    expires: Annotated[
        str | None, Parameter(help="How long it lasts, as in 30d or 12h; for ever if not given.")
    ] = None,
    name_: Annotated[str, Parameter(name="--name", show_default=False, help="What it is for.")] = "",
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Make a token of the tenant's. It is shown now and never again."""
    scopes, seconds = _scopes(scope), _seconds(expires)
    async with desk.open(shared, create=True) as app:
        issued = await app.access.issue(shared.tenant, scopes, name=name_, expires_in=seconds)
    desk.answer(
        shared,
        lambda: {"token": issued.secret, **_view(issued.credential)},
        lambda: _issued_page(issued, desk),
    )


async def list_(*, shared: Shared = DEFAULTS, desk: HandedIn) -> None:
    """List the tenant's tokens, oldest first; revoked and expired ones too."""
    async with desk.open(shared) as app:
        tokens = await app.access.tokens(shared.tenant)
    desk.answer(shared, lambda: {"tokens": [_view(one) for one in tokens]}, lambda: _list_page(tokens, desk))


async def revoke(
    token_id: Annotated[str, Parameter(name="TOKEN_ID", help="The token's id, as `ap token list` shows it.")],
    /,
    *,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """End a token at once, and the browser sessions that were opened with it."""
    check_identifier("token id", token_id)
    async with desk.open(shared) as app:
        ended = await app.access.revoke(token_id, shared.tenant)
    desk.answer(
        shared,
        lambda: _view(ended),
        lambda: (Paragraph(line("revoked ", name(ended.credential_id))),),
    )


def _scopes(given: str) -> frozenset[Scope]:
    asked = [word.strip() for word in given.split(",") if word.strip()]
    known = {scope.value: scope for scope in Scope}
    for word in asked:
        if word not in known:
            raise InvalidInput(
                f"{printable(word)} is no scope", where="--scope", remedy="the scopes are: " + ", ".join(known)
            )
    return frozenset(known[word] for word in asked)


def _seconds(given: str | None) -> int | None:
    seconds = None if given is None else parse_duration(given)
    if given is not None and seconds is None:
        raise InvalidInput(
            f"{printable(given)} is no length of time", where="--expires", remedy="write it as in 30d, 12h or 15m"
        )
    return seconds


def _view(credential: Credential) -> JsonObject:
    return {
        "token_id": credential.credential_id,
        "tenant_id": credential.tenant_id,
        "name": credential.name,
        "scopes": [scope.value for scope in Scope if scope in credential.scopes],
        "created_at": credential.created_at.isoformat(),
        "expires_at": _moment(credential.expires_at),
        "revoked_at": _moment(credential.ended_at),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _issued_page(issued: Issued, desk: Desk) -> tuple[Block, ...]:
    return (
        Paragraph(line(name(issued.secret))),
        Paragraph(line(quiet("it is not shown again; its id is "), issued.credential.credential_id), 2),
        Paragraph(
            line(quiet("it may "), _words(issued.credential), quiet(", "), _standing(issued.credential, desk)), 2
        ),
    )


def _list_page(tokens: tuple[Credential, ...], desk: Desk) -> tuple[Block, ...]:
    if not tokens:
        return (Paragraph(line("No tokens yet. Make one with ", name("ap token create --scope read,write"), ".")),)
    return (Listing(tuple(_row(one, desk) for one in tokens), _HEADINGS, whole=(0, 4)),)


def _row(token: Credential, desk: Desk) -> tuple[Line, ...]:
    return (
        line(name(token.credential_id)),
        line(token.name or quiet("–")),
        line(_words(token)),
        line(words.ago(token.created_at, desk.now)),
        line(_standing(token, desk)),
    )


def _words(token: Credential) -> str:
    return ", ".join(scope.value for scope in Scope if scope in token.scopes)


def _standing(token: Credential, desk: Desk) -> str:
    if token.ended_at is not None:
        return f"revoked {words.ago(token.ended_at, desk.now)}"
    if token.expires_at is None:
        return "until revoked"
    return f"until {words.exactly(token.expires_at)}" if token.is_live(desk.now) else "expired"
