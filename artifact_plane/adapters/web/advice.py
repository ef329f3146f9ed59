"""What to do, as it is told on a page: in links, fields and files, where an error speaks of the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import attrs
from markupsafe import Markup, escape

from artifact_plane.adapters.http.remedies import Parameter, Piece, is_operators, pieces
from artifact_plane.adapters.web.words import sentence

_OPERATOR: Final = Markup("Whoever runs the service can mend it: {}")
_PARAMETER: Final = Markup("<code>{}</code> among the parameters")
_FILE: Final = Markup("a file named <code>{}</code>")

_INSTEAD: Final[tuple[tuple[re.Pattern[str], Markup], ...]] = tuple(
    (re.compile(said, re.DOTALL), Markup(told))  # noqa: S704 - each is written here, with places for what is not
    for said, told in (
        (
            "`ap explain` and `ap lineage`",
            'Its record, receipts and lineage remain: see <a href="{artifact}">its page</a> and '
            '<a href="{artifact}/lineage">its lineage</a>.',
        ),
        (
            "`ap explain` for the rule, and run",
            '<a href="{artifact}#why">Its page</a> names the rule; run the intent again to have it made anew.',
        ),
        ("`ap explain`", '<a href="{artifact}#why">Its page</a> names the rule that dropped it.'),
        (
            "^execution .*`ap ls`",
            'Ids are exact: look for it in <a href="/executions">the list of executions</a>.',
        ),
        ("`ap ls`", 'Ids are exact: look for it in <a href="/artifacts?state=all">the list of artifacts</a>.'),
        ("`ap policy check", 'Correct the policy, and <a href="/policy#check">check it</a> before it is in force.'),
        (
            r"`(?P<command>ap token create --scope \w+)`",
            "Sign out, and in again with a token that has it; whoever runs the service makes one with "
            "<code>{command}</code>.",
        ),
        ("`Authorization: Bearer", '<a href="/login">Sign in</a>, then try again.'),
        ("^see /openapi.json|the page’s source", 'Begin at <a href="/">the first page</a>.'),
        ("--retry", 'Begin with <a href="/submit">a new form</a>, and choose its files again.'),
    )
)
"""What a remedy says, with what it is about before it, and what a page says instead."""


@attrs.frozen
class Advice:
    """Tells what to do about something; the links lead round the artifact whose page it stands on."""

    artifact_id: str | None = None

    @staticmethod
    def on(path_params: Mapping[str, object]) -> Advice:
        """The advice for the page with these parts of its path."""
        given = path_params.get("artifact_id")
        return Advice(given if isinstance(given, str) else None)

    def __call__(self, remedy: str, where: str | None = None) -> Markup:
        """The remedy as a sentence of a page; ``where`` is what the error says that it is about."""
        about = f"{where} {remedy}" if where else remedy
        for said, told in _INSTEAD:
            if found := (said.search(about) or said.search(remedy)):
                return told.format(artifact=self._address, **found.groupdict())
        told = Markup().join(map(_shown, pieces(sentence(remedy))))
        return _OPERATOR.format(told) if is_operators(told.striptags()) else told

    @property
    def _address(self) -> str:
        return f"/artifacts/{quote(self.artifact_id, safe='')}" if self.artifact_id else "/artifacts"


def _shown(piece: Piece) -> Markup:
    """A piece of a remedy: its options of the command line are fields of a form here."""
    if isinstance(piece, str):
        return escape(piece)
    return _PARAMETER.format(piece.written) if isinstance(piece, Parameter) else _FILE.format(piece.name)
