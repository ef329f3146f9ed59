"""What pages say that one can do: what can be done on a page, not on a command line."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from artifact_plane.adapters.web.advice import Advice
from artifact_plane.domain.model.artifact import no_such_artifact
from artifact_plane.domain.model.execution import no_such_execution

ADVICE = Advice("a/1")


@pytest.mark.parametrize(
    ("remedy", "where", "told"),
    [
        ("see `ap ls`", "artifact nobody", 'href="/artifacts?state=all"'),
        (no_such_artifact("x").remedy, no_such_artifact("x").where, 'href="/artifacts?state=all"'),
        (no_such_execution("x").remedy, no_such_execution("x").where, 'href="/executions"'),
        ("see `ap explain` for the rule that dropped it", None, 'href="/artifacts/a%2F1#why"'),
        ("its record, receipts and lineage remain: see `ap explain` and `ap lineage`", None, 'a%2F1/lineage"'),
        ("use a token that has it: `ap token create --scope delete`", None, "ap token create --scope delete</code>"),
        ("correct the policy and check it with `ap policy check FILE`", None, 'href="/policy#check"'),
        ("submit the intent again with --retry and the attachment", None, 'href="/submit"'),
        ("give --param workflow_id=ID", None, "&#34;workflow_id&#34;: &#34;ID&#34;"),
        (
            "give --param 'goals=[\"Pay claims\"]' or so",
            None,
            "[&#34;Pay claims&#34;]}</code> among the parameters or so",
        ),
        ("attach it, for instance --attach sop=procedure.md", None, "a file named <code>sop</code>"),
        ("make it anew with `ap lineage rebuild`", None, "Whoever runs the service can mend it: Make it anew"),
        ("give a number from 1 to 500", "limit", "Give a number from 1 to 500"),
    ],
)
def test_a_remedy_is_told_in_the_words_of_a_page(remedy: str, where: str | None, told: str) -> None:
    assert told in ADVICE(remedy, where)


def test_what_a_remedy_quotes_is_text() -> None:
    """A realm may repeat what it was given (X06)."""
    for remedy in ("<b>", "--param a=<b>", "--param 'a=\"<b>\"'", "--attach a=<b> <b>", "run `ap <b>`"):
        assert "<b>" not in ADVICE(remedy)


def test_no_remedy_of_the_plane_sends_a_reader_to_the_command_line() -> None:
    """Of all that the code can say, what still names a command says that it is for whoever runs the service."""
    package = Path(str(files("artifact_plane")))
    sources = [one for one in package.rglob("*.py") if "cli" not in one.parts and "composition" not in one.parts]
    said = {text for one in sources for text in re.findall(r'remedy=f?"([^"]*)"', one.read_text())}
    spoken = [text for text in said if re.search(r"`ap |--[a-z]", text)]
    assert len(spoken) > 10
    for text in spoken:
        told = ADVICE(text).striptags()
        assert not re.search(r"`ap |--[a-z]", told) or re.search("[Ww]hoever runs the service", told), text
