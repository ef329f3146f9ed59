"""``ap token``: made, listed, revoked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.driving import Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A folder to work in."""
    return Room(tmp_path)


def test_a_token_is_shown_once(room: Room) -> None:
    """In the answer that makes it; the list, and every file of the home, know its hash at most."""
    made = room.json("token", "create", "--scope", "read,write", "--name", "ci", "--expires", "30d", "--tenant", "acme")
    listed = room.json("token", "list", "--tenant", "acme")["tokens"]
    assert made["token"].startswith("ap_")
    assert (made["tenant_id"], made["name"], made["scopes"]) == ("acme", "ci", ["read", "write"])
    assert listed == [{key: value for key, value in made.items() if key != "token"}]
    for path in room.home.rglob("*"):
        assert not path.is_file() or made["token"].encode() not in path.read_bytes()


def test_a_token_can_be_revoked(room: Room) -> None:
    """Its row stays, with the time; repeating it changes nothing."""
    made = room.json("token", "create", "--scope", "read")
    revoked = room.json("token", "revoke", made["token_id"])
    assert revoked["revoked_at"]
    assert room.json("token", "revoke", made["token_id"]) == revoked
    assert room.json("token", "list")["tokens"] == [revoked]


def test_another_tenants_tokens_are_not_there(room: Room) -> None:
    """Neither listed nor revoked."""
    made = room.json("token", "create", "--scope", "read", "--tenant", "acme")
    assert room.json("token", "list", "--tenant", "globex") == {"tokens": []}
    room.refused("token", "revoke", made["token_id"], "--tenant", "globex", code=3)
    assert room.json("token", "list", "--tenant", "acme")["tokens"][0]["revoked_at"] is None


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--scope", "raed"), "read, write, delete, execute, policy, admin"),
        (("--scope", ""), "scope"),
        (("--scope", "read;write"), "read, write"),
        (("--expires", "soon"), "30d"),
        (("--expires", "0d"), "30d"),
        (("--expires", "20y"), "days"),
        (("--name", "a\nb"), "printable"),
        (("--tenant", "a:b"), "tenant"),
    ],
)
def test_what_is_no_token_is_refused(room: Room, words: tuple[str, ...], part: str) -> None:
    """With what to do; and nothing is made."""
    assert part in room.refused("token", "create", *words)
    assert room.json("token", "list") == {"tokens": []}


def test_people_see_what_a_token_may_and_until_when(room: Room) -> None:
    """The page: the secret on a line of its own, first."""
    said = room.ap("token", "create", "--scope", "write,read", "--expires", "2h").ok().text
    secret, *rest = said.splitlines()
    assert secret.startswith("ap_") and " " not in secret
    assert "not shown again" in said and "read, write" in said and "until" in said
    listed = room.ap("token", "list").ok().text
    assert "read, write" in listed and secret not in listed
    assert len(rest) >= 2


def test_listing_makes_no_home(room: Room) -> None:
    """A home that is absent lists nothing, and says what to do."""
    assert "ap token create" in room.ap("token", "list").ok().text
    assert not room.home.exists()
