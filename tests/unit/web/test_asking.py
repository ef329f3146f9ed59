"""What a page is asked for."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import attrs
import pytest

from artifact_plane.adapters.web.artifact_list import criteria_of
from artifact_plane.adapters.web.asking import Asked, address
from artifact_plane.adapters.web.lineage.question import MOST_OPENED, Question, Way
from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.errors import InvalidInput


def asked(**fields: str) -> Asked:
    """A form of these fields."""
    return Asked(fields.items())


def test_a_field_that_is_left_empty_was_not_asked() -> None:
    """Forms send every field; white space is no answer."""
    assert criteria_of(asked(type="", label=" ", state="", decision="")) == ArtifactFilter()
    assert criteria_of(asked(state="all")).state is None
    assert criteria_of(asked(state="deleted")).state is ArtifactState.DELETED


@pytest.mark.parametrize(("name", "value"), [("state", "gone"), ("decision", "keep")])
def test_another_word_is_refused_with_the_legal_ones(name: str, value: str) -> None:
    """A misspelt filter must not show everything."""
    with pytest.raises(InvalidInput, match="is none of them") as caught:
        criteria_of(asked(**{name: value}))
    assert caught.value.remedy is not None and "give one of" in caught.value.remedy


@pytest.mark.parametrize("value", ["0", "501", "-1", "1e3", "٣", "9" * 30])
def test_a_number_out_of_bounds_is_refused(value: str) -> None:
    """Also one in other digits."""
    with pytest.raises(InvalidInput):
        asked(limit=value).number("limit", 1, 500)


def test_an_address_says_only_what_was_said() -> None:
    """Empty fields are left out, all others escaped."""
    assert address("/a", [("x", ""), ("y", None), ("z", "1&2")]) == "/a?z=1%262"


def again(question: Question, target: str) -> Question:
    """The question that an address asks."""
    return Question.of(question.artifact_id, Asked(parse_qsl(urlsplit(target).query)))


@pytest.mark.parametrize(
    "question",
    [
        Question(artifact_id="a"),
        Question(artifact_id="a", way=Way.UPSTREAM, steps=3, wanted="a b&c", fit=True, version=2),
        Question(artifact_id="a", way=Way.IMPACT, steps=50),
        Question(artifact_id="a", opened=("artifact:b@1", "execution:c", "attachment:blake3:00")),
    ],
)
def test_a_question_is_its_address(question: Question) -> None:
    """Whoever opens the address asks the same."""
    assert again(question, question.address()) == question


def test_a_node_is_opened_and_closed() -> None:
    """The second address leads back to where the first came from."""
    question = Question(artifact_id="a", opened=("execution:x",))
    opened = again(question, question.toggled("artifact:b@1"))
    assert opened.opened == ("execution:x", "artifact:b@1")
    assert again(opened, opened.toggled("artifact:b@1")) == question


@pytest.mark.parametrize("node", ["nothing:a", "artifact:a", "artifact:a@x"])
def test_what_is_no_node_is_refused(node: str) -> None:
    """Before any store is asked."""
    with pytest.raises(InvalidInput):
        Question.of("a", asked(open=node))


def test_there_is_a_bound_to_what_is_opened() -> None:
    """Each opened node asks the store."""
    many = Asked([("open", f"execution:e{number}") for number in range(300)])
    assert len(Question.of("a", many).opened) == MOST_OPENED


def test_an_address_that_opens_a_node_asks_the_same_besides() -> None:
    """Whether it is the first that is opened or one more; opened a second time, it is closed."""
    for asked in ("", "way=upstream&find=a+b", "steps=3&open=execution%3Aone"):
        question = Question.of("a1", Asked(parse_qsl(asked)))
        opened = question.toggled("artifact:x@1")
        assert Question.of("a1", Asked(parse_qsl(opened.partition("?")[2]))) == attrs.evolve(
            question, opened=(*question.opened, "artifact:x@1")
        )
        assert attrs.evolve(question, opened=(*question.opened, "artifact:x@1")).toggled("artifact:x@1") == (
            question.address()
        )
