"""The table of pages and what each needs."""

from __future__ import annotations

import re
from importlib.resources import files

from artifact_plane.adapters.http.scopes import Open
from artifact_plane.adapters.web import PAGES
from artifact_plane.adapters.web.assets import MEDIA_TYPES, asset, asset_address
from artifact_plane.adapters.web.scopes import SCOPES
from artifact_plane.domain.model.credential import Scope

TEMPLATES = {one.name: one.read_text() for one in (files("artifact_plane.adapters.web") / "templates").iterdir()}


def test_only_the_pages_own_files_are_public() -> None:
    """Nothing of a tenant's can be had without a caller."""
    assert [route for route, need in SCOPES.items() if need is Open.PUBLIC] == [("GET", "/static/{name}")]


def test_whatever_changes_something_needs_more_than_reading() -> None:
    """Each POST has a scope of its own kind (case T03)."""
    posts = {route[1]: need for route, need in SCOPES.items() if route[0] == "POST"}
    assert posts == {
        "/artifacts/{artifact_id}/delete": Scope.DELETE,
        "/executions/{execution_id}/cancel": Scope.EXECUTE,
        "/submit": Scope.EXECUTE,
        "/policy/check": Scope.POLICY,
    }
    assert PAGES.cookies and PAGES.needs is SCOPES


def test_every_form_that_posts_carries_its_token() -> None:
    """But the one that signs in, which has no session yet."""
    forms = [
        form for text in TEMPLATES.values() for form in re.findall(r"<form[^>]*method=\"post\"[^>]*>.{16}", text, re.S)
    ]
    assert len(forms) >= 5
    assert [form for form in forms if not form.endswith("{{ bits.token() }}"[:16]) and "/login" not in form] == []


def test_no_address_carries_the_token() -> None:
    """A browser keeps addresses in its history, and servers log them: the token stands in forms alone."""
    assert [name for name, text in TEMPLATES.items() if re.search(r"[?&]csrf|csrf\|urlencode", text)] == []
    assert [name for name, text in TEMPLATES.items() if "{{ csrf }}" in text] == ["bits.html"]


def test_no_template_holds_a_script_a_style_or_a_handler() -> None:
    """The pages' policy would refuse them; neither is anything loaded from elsewhere, nor escaping switched off."""
    for name, text in TEMPLATES.items():
        assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|\|\s*safe|autoescape", text) == [], name
        assert re.findall(r"<script(?! src=\"\{\{ asset)", text) == [], name
        assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//", text) == [], name


def test_the_files_are_marked_by_what_is_in_them() -> None:
    """So that they may be kept for ever."""
    for name in MEDIA_TYPES:
        assert asset_address(name) == f"/static/{name}?v={asset(name).mark}"
        assert b"http://" not in asset(name).data.replace(b"http://www.w3.org/2000/svg", b"")
