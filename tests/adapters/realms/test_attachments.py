"""What an intent gives a realm: parameters and attachments, refused with their place and a remedy."""

from __future__ import annotations

import asyncio
import codecs
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.realms.attachments import (
    MAX_LIST_ITEMS,
    Parameters,
    document_text,
    no_attachments,
    off_loop,
    one_attachment_of,
    read_document,
    the_attachment,
)
from artifact_plane.adapters.realms.attachments_text import (
    CHUNK_BYTES,
    MAX_LINE_CHARACTERS,
    Checkpoint,
    Text,
    first_bytes,
)
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.rendering import BytesSource, Renderable
from artifact_plane.ports.realm import RefusedInput
from tests.adapters.realms.conftest import DribblingSource, intent


def parameters(**given_ones: Json) -> Parameters:
    return Parameters.of(intent("parse_content", None, **given_ones), given_ones)


def refused_text(data: bytes, limit: int = 10**6) -> RefusedInput:
    with pytest.raises(RefusedInput) as caught:
        document_text(BytesSource(data), "data", limit=limit)
    return caught.value


# Parameters


def test_an_unknown_parameter_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(RefusedInput) as caught:
        Parameters.of(intent("parse_content", None, formt="csv"), ("format", "artifact_id"))
    assert caught.value.where == "parameter 'formt'"
    assert "did you mean 'format'" in (caught.value.remedy or "")


def test_a_parameter_where_none_is_taken_is_refused() -> None:
    with pytest.raises(RefusedInput, match="takes no parameter 'x'"):
        Parameters.of(intent("parse_content", None, x=1), ())


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, "a number"), (True, "a boolean"), (["a"], "a list"), ({"a": 1}, "an object"), (1.5, "a number")],
)
def test_a_parameter_of_another_type_is_refused_and_both_types_are_named(value: Json, found: str) -> None:
    with pytest.raises(RefusedInput, match=f"text is expected, not {found}") as caught:
        parameters(title=value).find_text("title")
    assert caught.value.where == "parameter 'title'"


@pytest.mark.parametrize("value", ["", "  ", "x" * 10_001])
def test_a_text_that_is_empty_or_too_long_is_refused(value: str) -> None:
    with pytest.raises(RefusedInput):
        parameters(title=value).find_text("title")


def test_a_parameter_that_is_absent_or_null_is_none_and_a_required_one_is_refused_with_an_example() -> None:
    assert parameters().find_text("title") is None
    assert parameters(title=None).find_text("title") is None
    assert not parameters(title=None).has("title")
    with pytest.raises(RefusedInput) as caught:
        parameters().text("title", "--param title=Claims")
    assert "--param title=Claims" in (caught.value.remedy or "")


def test_a_list_of_texts_keeps_its_order_and_a_single_text_is_a_list_of_one() -> None:
    assert parameters(goals=["b", "a"]).texts("goals") == ("b", "a")
    assert parameters(goals="a").texts("goals") == ("a",)
    assert parameters().texts("goals") == ()


def test_what_is_wrong_in_a_list_is_refused_with_its_index() -> None:
    with pytest.raises(RefusedInput) as caught:
        parameters(goals=["a", 3]).texts("goals")
    assert caught.value.where == "parameter 'goals[1]'"
    with pytest.raises(RefusedInput, match=str(MAX_LIST_ITEMS)):
        parameters(goals=["a"] * (MAX_LIST_ITEMS + 1)).texts("goals")
    with pytest.raises(RefusedInput, match="a list of texts is expected, not a number"):
        parameters(goals=3).texts("goals")


def test_ids_are_checked_and_each_is_kept_once() -> None:
    assert parameters(ids=["b", "a", "b"]).identifiers("ids") == ("b", "a")
    for wrong in ("a:b", "a/b", "x" * 300, "\N{SNOWMAN}"):
        with pytest.raises(RefusedInput):
            parameters(artifact_id=wrong).find_identifier("artifact_id")


def test_a_word_that_is_not_legal_is_refused_with_the_nearest() -> None:
    with pytest.raises(RefusedInput) as caught:
        parameters(format="jsn").find_choice("format", ("csv", "json"))
    assert "did you mean 'json'" in (caught.value.remedy or "")


def test_views_are_named_after_their_format_and_drawn_by_its_renderer() -> None:
    legal = {"svg": "chart", "html": "document", "pdf": "document"}
    assert parameters().views(legal, ("svg", "html")) == (
        Renderable(name="svg", renderer="chart", format="svg"),
        Renderable(name="html", renderer="document", format="html"),
    )
    assert [view.name for view in parameters(formats=["pdf", "pdf", "svg"]).views(legal, ("html",))] == ["pdf", "svg"]
    with pytest.raises(RefusedInput, match="'gif' is not known here"):
        parameters(formats=["gif"]).views(legal, ("html",))


# Attachments


def test_a_missing_attachment_is_refused_with_an_example_of_giving_it() -> None:
    with pytest.raises(RefusedInput) as caught:
        the_attachment(intent("parse_content"), "data", example="--attach data=FILE")
    assert caught.value.where == "attachment 'data'"
    assert "--attach data=FILE" in (caught.value.remedy or "")


def test_an_attachment_of_another_name_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(RefusedInput) as caught:
        the_attachment(intent("create_workflow", b"x"), "date", example="")
    assert caught.value.where == "attachment 'data'"
    assert "did you mean 'date'" in (caught.value.remedy or "")
    with pytest.raises(RefusedInput, match="takes no attachment 'data'"):
        no_attachments(intent("create_poc", b"x"))


def test_only_one_out_of_several_attachments_is_taken() -> None:
    both = intent("create_workflow")
    source = BytesSource(b"x")
    both = type(both)(
        intent_id="i",
        intent_type="create_workflow",
        tenant_id="t",
        session_id="s",
        solution_id="s",
        attachments={"sop": source, "bpmn": source},
    )
    with pytest.raises(RefusedInput, match="takes only one attachment out of 'sop' or 'bpmn'"):
        one_attachment_of(both, ("sop", "bpmn"), example="")


# Text


async def test_a_document_is_read_without_its_byte_order_mark() -> None:
    assert await read_document(BytesSource(codecs.BOM_UTF8 + "a\r\nb…".encode()), "sop") == "a\r\nb…"


@pytest.mark.parametrize(
    ("encoding", "message", "byte"),
    [
        ("utf-16", "it is UTF-16 text", 0),
        ("utf-32", "it is UTF-32 text", 0),
        ("utf-16-be", "it holds a NUL byte", 0),
        ("utf-16-le", "it holds a NUL byte", 1),
    ],
)
def test_text_in_another_encoding_is_refused(encoding: str, message: str, byte: int) -> None:
    """By its byte order mark; without one, for what no text holds."""
    error = refused_text("a,b\n1,2\n".encode(encoding))
    assert message in error.message and error.where == f"attachment 'data', byte {byte}"


@pytest.mark.parametrize("at", [0, 5, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 17])
def test_a_nul_byte_and_a_byte_that_is_no_text_are_refused_at_their_place(at: int) -> None:
    before = b"x" * at
    assert refused_text(before + b"\x00tail").where == f"attachment 'data', byte {at}"
    assert refused_text(before + b"\xfftail").where == f"attachment 'data', byte {at}"


def test_a_character_cut_by_the_end_or_across_pieces_is_told_apart() -> None:
    snowman = "\N{SNOWMAN}".encode()
    across = b"x" * (CHUNK_BYTES - 1) + snowman + b"y"
    assert document_text(BytesSource(across), "data") == across.decode()
    broken = b"x" * (CHUNK_BYTES - 1) + snowman[:2]
    assert refused_text(broken).where == f"attachment 'data', byte {CHUNK_BYTES - 1}"


def test_a_document_over_its_limit_is_refused_whether_its_size_is_known_or_not() -> None:
    assert "limit of 10 bytes" in refused_text(b"x" * 11, limit=10).message
    with pytest.raises(RefusedInput, match="limit of 10 bytes"):
        document_text(DribblingSource(b"x" * 11), "data", limit=10)
    assert document_text(DribblingSource(b"x" * 10), "data", limit=10) == "x" * 10


def test_a_refusal_never_repeats_the_content() -> None:
    for data in (b"secret\x00", b"secret\xff", b"secret" * 10):
        error = refused_text(data, limit=30)
        assert "secret" not in f"{error} {error.remedy}"


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_their_own_text_or_refused_where_python_finds_the_fault(data: bytes) -> None:
    """The oracle is the whole input decoded at once; the first NUL or broken character is the place."""
    try:
        text = data.decode("utf-8")
        fault = data.find(0)
    except UnicodeDecodeError as error:
        nul = data.find(0)
        fault = min(error.start, nul) if nul >= 0 else error.start
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if fault < 0:
        assert document_text(DribblingSource(data, 3), "data") == text.removeprefix("\ufeff")
    elif not data.startswith(marks):
        assert refused_text(data).where == f"attachment 'data', byte {fault}"


@given(st.lists(st.sampled_from(["a", "bc", "\n", "\r\n", "\r", "\u2028", "\x0b", "é"]), max_size=40))
def test_lines_end_with_lf_cr_lf_or_cr_and_with_nothing_else(parts: list[str]) -> None:
    text = "".join(parts)
    with Text(DribblingSource(text.encode()), "data", limit=10**6) as opened:
        lines = list(opened.lines())
        assert opened.size == len(text.encode())
    assert "".join(lines) == text
    ends = text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(lines) == ends.count("\n") + (not ends.endswith("\n") and bool(ends))


def test_a_line_without_end_is_refused_before_it_fills_memory() -> None:
    data = b"a\n" + b"x" * (MAX_LINE_CHARACTERS + 1)
    with (
        Text(BytesSource(data), "data", limit=10**7) as text,
        pytest.raises(RefusedInput, match="longer than") as caught,
    ):
        list(text.lines())
    assert caught.value.where == "attachment 'data', line 2"


def test_the_text_comes_in_pieces_of_a_bounded_size() -> None:
    with Text(BytesSource(b"x" * (3 * CHUNK_BYTES + 1)), "data", limit=10**7) as text:
        assert max(map(len, text.pieces())) <= CHUNK_BYTES


def test_the_beginning_is_read_whole_from_a_source_that_dribbles() -> None:
    assert first_bytes(DribblingSource(b"abcdefghijklmnop", 3), 10) == b"abcdefghij"


async def test_work_that_nobody_waits_for_any_more_ends_at_its_next_checkpoint() -> None:
    began, ended = threading.Event(), threading.Event()

    def work(checkpoint: Checkpoint) -> None:
        try:
            while True:
                began.set()
                checkpoint()
        finally:
            ended.set()

    task = asyncio.ensure_future(off_loop(work))
    await asyncio.to_thread(began.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 60)
