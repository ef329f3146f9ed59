"""What an intent gives a realm: its parameters and its attachments, checked before they are used.

Everything wrong is a ``RefusedInput`` that names the parameter or the attachment, the place in it and what to
give instead, and never repeats the content of an attachment. Bytes are counted from 0, lines and columns from 1.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, TypeVar

import attrs

from artifact_plane.adapters.realms.attachments_text import Checkpoint, Text, no_checkpoint
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier, printable
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import ByteSource, Renderable
from artifact_plane.ports.realm import RefusedInput

T = TypeVar("T")

MAX_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
"""How large a text may be that is read as a whole (an SOP, a Markdown file, a BPMN diagram)."""

MAX_LIST_ITEMS: Final = 1_000
"""How many items a list in the parameters may have."""

MAX_PARAMETER_CHARACTERS: Final = 10_000
"""How long one text in the parameters may be."""

_BREATH: Final = 0.0001
"""How long, in seconds, a thread sleeps at each checkpoint."""

_VIEW_FORMATS: Final = "formats"


def nearest(word: str, legal: Iterable[str]) -> str:
    """A remedy: the legal words, beginning with the one that was probably meant."""
    words = sorted(legal)
    if not words:
        return "leave it out: none is taken here"
    close = get_close_matches(word, words, n=1, cutoff=0.5)
    listed = ", ".join(f"'{one}'" for one in words)
    return f"did you mean '{close[0]}'? Legal: {listed}" if close else f"give one of {listed}"


@attrs.frozen
class Parameters:
    """An intent's parameters, none of them unknown; each reader checks the type of one of them."""

    _values: JsonObject

    @classmethod
    def of(cls, intent: Intent, legal: Iterable[str]) -> Parameters:
        """The parameters of ``intent``.

        Raises:
            RefusedInput: there is one that is not in ``legal``.
        """
        known = frozenset(legal)
        for given in intent.parameters:
            if given not in known:
                raise RefusedInput(
                    f"'{intent.intent_type}' takes no parameter {printable(given)}",
                    where=f"parameter {printable(given)}",
                    remedy=nearest(given, known),
                )
        return cls(intent.parameters)

    def has(self, name: str) -> bool:
        """Whether the parameter is given (null counts as not given)."""
        return self._values.get(name) is not None

    def find_text(self, name: str) -> str | None:
        """The text given, or None where the parameter is absent or null.

        Raises:
            RefusedInput: it is no text, empty, or longer than ``MAX_PARAMETER_CHARACTERS``.
        """
        value = self._values.get(name)
        return None if value is None else _text(name, value)

    def text(self, name: str, example: str) -> str:
        """As ``find_text`` for a parameter that must be given; ``example`` shows how.

        Raises:
            RefusedInput: also when it is absent.
        """
        value = self.find_text(name)
        if value is None:
            raise _missing(name, example)
        return value

    def find_identifier(self, name: str) -> str | None:
        """As ``find_text``, for an id.

        Raises:
            RefusedInput: also when it is not a legal id.
        """
        value = self.find_text(name)
        return None if value is None else _identifier(name, value)

    def identifier(self, name: str, example: str) -> str:
        """As ``text``, for an id.

        Raises:
            RefusedInput: also when it is not a legal id.
        """
        return _identifier(name, self.text(name, example))

    def find_choice(self, name: str, legal: Iterable[str]) -> str | None:
        """As ``find_text``, for one of the words in ``legal``.

        Raises:
            RefusedInput: also when it is another word; the remedy names the nearest.
        """
        value = self.find_text(name)
        return None if value is None else _chosen(name, value, legal)

    def texts(self, name: str) -> tuple[str, ...]:
        """The list of texts given, in order; a single text is a list of one; absent is an empty list.

        Raises:
            RefusedInput: it is no list of texts, or has more than ``MAX_LIST_ITEMS``.
        """
        value = self._values.get(name)
        if value is None:
            return ()
        if isinstance(value, str):
            return (_text(name, value),)
        if not isinstance(value, Sequence):
            raise _wrong_type(name, value, "a list of texts")
        if len(value) > MAX_LIST_ITEMS:
            raise RefusedInput(
                f"the list has {len(value)} items, more than {MAX_LIST_ITEMS}",
                where=f"parameter '{name}'",
                remedy="give fewer",
            )
        return tuple(_text(f"{name}[{index}]", item) for index, item in enumerate(value))

    def identifiers(self, name: str) -> tuple[str, ...]:
        """As ``texts``, for ids; each is kept once.

        Raises:
            RefusedInput: also when one is not a legal id.
        """
        return tuple(dict.fromkeys(_identifier(name, value) for value in self.texts(name)))

    def views(self, legal: Mapping[str, str], default: Sequence[str]) -> tuple[Renderable, ...]:
        """The renderings to offer: those the parameter ``formats`` asks for, else ``default``.

        ``legal`` maps each format to the renderer that draws it; a view is named after its format.

        Raises:
            RefusedInput: a format is asked for that is not in ``legal``.
        """
        wanted = [_chosen(_VIEW_FORMATS, one, legal) for one in self.texts(_VIEW_FORMATS)]
        return tuple(Renderable(name=one, renderer=legal[one], format=one) for one in dict.fromkeys(wanted or default))


def the_attachment(intent: Intent, name: str, *, example: str) -> ByteSource:
    """The one attachment that the intent type takes; ``example`` is how to give it.

    Raises:
        RefusedInput: it is missing, or there is another one beside it.
    """
    return one_attachment_of(intent, (name,), example=example)[1]


def one_attachment_of(intent: Intent, names: Sequence[str], *, example: str) -> tuple[str, ByteSource]:
    """The name and the bytes of the one attachment given out of ``names``.

    Raises:
        RefusedInput: none or several of them are given, or one of another name.
    """
    _refuse_others(intent, names)
    given = [name for name in names if name in intent.attachments]
    listed = " or ".join(f"'{name}'" for name in names)
    if not given:
        raise RefusedInput(
            f"'{intent.intent_type}' needs the attachment {listed}",
            where=f"attachment '{names[0]}'",
            remedy=f"attach it, for instance {example}",
        )
    if len(given) > 1:
        raise RefusedInput(
            f"'{intent.intent_type}' takes only one attachment out of {listed}",
            where=f"attachment '{given[1]}'",
            remedy="leave out the others",
        )
    return given[0], intent.attachments[given[0]]


def no_attachments(intent: Intent) -> None:
    """Refuse any attachment, for an intent type that takes none.

    Raises:
        RefusedInput: there is one.
    """
    _refuse_others(intent, ())


def _refuse_others(intent: Intent, names: Sequence[str]) -> None:
    for given in sorted(intent.attachments):
        if given not in names:
            raise RefusedInput(
                f"'{intent.intent_type}' takes no attachment '{given}'",
                where=f"attachment '{given}'",
                remedy=nearest(given, names),
            )


async def read_document(source: ByteSource, name: str, *, limit: int = MAX_DOCUMENT_BYTES) -> str:
    """The whole text of the attachment ``name``, a byte order mark dropped, read off the event loop.

    Raises:
        RefusedInput: it is larger than ``limit`` bytes, or no UTF-8 text (the place is named).
    """
    return await off_loop(lambda checkpoint: document_text(source, name, limit=limit, checkpoint=checkpoint))


def document_text(
    source: ByteSource, name: str, *, limit: int = MAX_DOCUMENT_BYTES, checkpoint: Checkpoint = no_checkpoint
) -> str:
    """As ``read_document``, for code that is off the event loop already; it blocks.

    Raises:
        RefusedInput: it is larger than ``limit`` bytes, or no UTF-8 text (the place is named).
    """
    with Text(source, name, limit=limit, checkpoint=checkpoint) as text:
        return "".join(text.pieces())


class _Abandoned(Exception):
    """Nobody waits for the work any more."""


async def off_loop(work: Callable[[Checkpoint], T]) -> T:
    """Run blocking ``work`` in a thread and wait for it.

    ``work`` is given a function to call now and then; when the waiting task is cancelled, the next such call
    ends the work, so that an execution past its time limit leaves no thread busy.
    """
    cancelled = threading.Event()

    def checkpoint() -> None:
        # Short reads give the interpreter's lock up and take it back before a waiting event loop has woken, again
        # and again; only a thread that sleeps lets it in for sure.
        if cancelled.wait(_BREATH):
            raise _Abandoned

    try:
        return await asyncio.to_thread(work, checkpoint)
    finally:
        cancelled.set()


def _identifier(name: str, value: str) -> str:
    try:
        return check_identifier("id", value)
    except InvalidInput as error:
        raise RefusedInput(error.message, where=f"parameter '{name}'", remedy=error.remedy) from None


def _chosen(name: str, value: str, legal: Iterable[str]) -> str:
    words = tuple(legal)
    if value not in words:
        raise RefusedInput(
            f"{printable(value)} is not known here", where=f"parameter '{name}'", remedy=nearest(value, words)
        )
    return value


def _text(name: str, value: Json) -> str:
    if not isinstance(value, str):
        raise _wrong_type(name, value, "text")
    if not value.strip():
        raise RefusedInput("it is empty", where=f"parameter '{name}'", remedy="give a text, or leave it out")
    if len(value) > MAX_PARAMETER_CHARACTERS:
        raise RefusedInput(
            f"the text has {len(value)} characters, more than {MAX_PARAMETER_CHARACTERS}",
            where=f"parameter '{name}'",
            remedy="shorten it",
        )
    return value


def _missing(name: str, example: str) -> RefusedInput:
    return RefusedInput(
        f"the parameter '{name}' is missing", where=f"parameter '{name}'", remedy=f"give it, for instance {example}"
    )


def _wrong_type(name: str, value: Json, expected: str) -> RefusedInput:
    return RefusedInput(
        f"{expected} is expected, not {_json_type(value)}", where=f"parameter '{name}'", remedy=f"give {expected}"
    )


def _json_type(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, Mapping) else "a list"
