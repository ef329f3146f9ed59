"""JSON read as a stream of values: strict (RFC 8259, no repeated keys), without recursion, in bounded memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, TypeAlias

from artifact_plane.adapters.realms.attachments_text import Text
from artifact_plane.ports.realm import RefusedInput

MAX_DEPTH: Final = 100
"""How deep objects and arrays may be nested."""

MAX_TEXT_CHARACTERS: Final = 512 * 1024
"""How long one text may be, as it is written."""

MAX_OPEN_KEYS: Final = 250_000
"""How many keys the objects may have together that enclose one place, theirs included."""


class JsonType(StrEnum):
    """The types of JSON values."""

    OBJECT = "object"
    ARRAY = "array"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"


JsonEvent: TypeAlias = tuple[int, str | None, JsonType, str]
"""A value as it begins: depth (0 for the document itself), key (in an object), type, and the text, the number as
written, or the word. A plain tuple: there are millions of them."""

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_PLAIN: Final = r'[^"\\\x00-\x1f]*+'
_CONTENT: Final = rf'{_PLAIN}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){_PLAIN})*+'
_STRING: Final = rf'"({_CONTENT})"'
_NUMBER: Final = r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?=[ \t\n\r,\]}]|\Z)"
_SCALAR: Final = rf"[ \t\n\r]*(?:{_STRING}|{_NUMBER}|(true|false)\b|(null)\b"
_VALUE: Final = re.compile(rf"{_SCALAR}|([\[{{]))")
_KEY: Final = re.compile(rf"[ \t\n\r]*{_STRING}[ \t\n\r]*:")
_PLAIN_ELEMENT: Final = re.compile(rf"[ \t\n\r]*,{_SCALAR})(?=[ \t\n\r,\]])")
_PLAIN_MEMBER: Final = re.compile(rf"[ \t\n\r]*,{_KEY.pattern}{_SCALAR})(?=[ \t\n\r,}}])")
_CLOSE: Final = {"{": re.compile(r"[ \t\n\r]*(\})"), "[": re.compile(r"[ \t\n\r]*(\])")}
_NEXT: Final = {"{": re.compile(r"[ \t\n\r]*([,}])"), "[": re.compile(r"[ \t\n\r]*([,\]])")}
_UNFINISHED: Final = re.compile(rf'(?:"{_CONTENT}(?:\\(?:u[0-9a-fA-F]{{0,3}})?|"[ \t\n\r]*)?|[-+.0-9eE]*)\Z')
"""What may become a text, a key with its colon, or a number with the next piece."""

_SHORT: Final = 16
_CLOSING: Final = {"{": "}", "[": "]"}
_CONTAINERS: Final = {"{": JsonType.OBJECT, "[": JsonType.ARRAY}
_TYPES: Final = (JsonType.TEXT, JsonType.NUMBER, JsonType.BOOLEAN, JsonType.NULL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REMEDY: Final = "attach a JSON document as RFC 8259 has it, or say with the parameter 'format' what the file is"


class JsonEvents:
    """The values of one document in the order in which they are written."""

    def __init__(self, text: Text) -> None:
        self._window = _Window(text)
        self._open: list[tuple[str, set[str]]] = []
        self._keys = 0

    def __iter__(self) -> Iterator[JsonEvent]:
        """Yield the events.

        Raises:
            RefusedInput: it is no JSON document, or nested too deep; line and column are named.
        """
        key: str | None = None
        while True:
            match = self._window.expect(_VALUE, "a JSON value is expected here")
            depth = len(self._open)
            bracket = match[5]
            if bracket is None:
                yield depth, key, _TYPES[(match.lastindex or 1) - 1], self._content(match, 1)
            else:
                yield depth, key, _CONTAINERS[bracket], ""
                self._enter(bracket)
                if self._window.match(_CLOSE[bracket]) is None:
                    key = self._key() if bracket == "{" else None
                    continue
                self._leave()
            while self._open:
                yield from self._plain_members()
                if self._goes_on():
                    break
                self._leave()
            else:
                break
            key = self._key() if self._open[-1][0] == "{" else None
        self._window.expect_end()

    def _plain_members(self) -> Iterator[JsonEvent]:
        """The members or elements from here on that are no objects or arrays: the most, and so by a short way."""
        depth = len(self._open)
        bracket = self._open[-1][0]
        if bracket == "[":
            for match in self._window.run(_PLAIN_ELEMENT):
                yield depth, None, _TYPES[(match.lastindex or 1) - 1], self._content(match, 1)
        else:
            for match in self._window.run(_PLAIN_MEMBER):
                key = self._text(match[1])
                self._take(key)
                yield depth, key, _TYPES[(match.lastindex or 2) - 2], self._content(match, 2)

    def _goes_on(self) -> bool:
        """Whether a comma follows in the innermost object or array, rather than its end."""
        bracket = self._open[-1][0]
        return self._window.expect(_NEXT[bracket], f"',' or '{_CLOSING[bracket]}' is expected here")[1] == ","

    def _enter(self, bracket: str) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._window.refused(f"it is nested deeper than {MAX_DEPTH} levels", "flatten it")
        self._open.append((bracket, set()))

    def _leave(self) -> None:
        self._keys -= len(self._open.pop()[1])

    def _key(self) -> str:
        match = self._window.expect(_KEY, "a key in double quotes and a ':' are expected here")
        key = self._text(match[1])
        self._take(key)
        return key

    def _take(self, key: str) -> None:
        keys = self._open[-1][1]
        if key in keys:
            raise self._window.refused("the object has this key already", "give each key of an object once", back=True)
        keys.add(key)
        self._keys += 1
        if self._keys > MAX_OPEN_KEYS:
            raise self._window.refused(f"there are more than {MAX_OPEN_KEYS} keys", "split the document")

    def _content(self, match: re.Match[str], first: int) -> str:
        index = match.lastindex or first
        return self._text(match[index]) if index == first else match[index]

    def _text(self, written: str) -> str:
        if "\\" not in written:
            return written
        text: str = json.loads(f'"{written}"')
        if _SURROGATE.search(text) is not None:
            raise self._window.refused(
                "the text holds a lone surrogate, which UTF-8 cannot carry", "write whole characters", back=True
            )
        return text


class _Window:
    """A view of the text that moves forward; patterns are matched at its position."""

    def __init__(self, text: Text) -> None:
        self._name = text.name
        self._pieces = text.pieces()
        self._buffer = ""
        self._position = 0
        self._text_began = 0
        self._lines_before = 0
        self._column_before = 0
        self._ended = False

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match here and move behind it; None, without moving, where the text is something else."""
        while True:
            match = pattern.match(self._buffer, self._position)
            # What ends with the buffer may go on in the next piece.
            if match is not None and (match.end() < len(self._buffer) or self._ended):
                self._text_began = match.start(1) - 1
                self._position = match.end()
                return match
            if not self._read_on():
                return match

    def run(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Match and move on as often as it goes within what has been read; the pattern must look beyond its end."""
        match = pattern.match
        while (found := match(self._buffer, self._position)) is not None:
            self._text_began = found.start(1) - 1
            self._position = found.end()
            yield found

    def expect(self, pattern: re.Pattern[str], otherwise: str) -> re.Match[str]:
        """As ``match``, where nothing else is allowed.

        Raises:
            RefusedInput: the text is something else.
        """
        match = self.match(pattern)
        if match is None:
            raise self.refused(otherwise)
        return match

    def expect_end(self) -> None:
        """Refuse anything but blanks from here on."""
        while not self._ended:
            self._skip_blanks()
            if self._position < len(self._buffer):
                break
            self._extend()
        self._skip_blanks()
        if self._position < len(self._buffer):
            raise self.refused(
                "something follows the document", "attach one JSON document; put JSON lines into an array"
            )

    def refused(self, message: str, remedy: str = _REMEDY, *, back: bool = False) -> RefusedInput:
        """The error at this place, or with ``back`` where the text began that was read last."""
        if back:
            self._position = self._text_began
        self._skip_blanks()
        line, column = self.place()
        return RefusedInput(message, where=f"attachment '{self._name}', line {line}, column {column}", remedy=remedy)

    def place(self) -> tuple[int, int]:
        """Line and column of the position."""
        line = self._lines_before + self._buffer.count("\n", 0, self._position) + 1
        begin = self._buffer.rfind("\n", 0, self._position)
        column = self._position - begin if begin >= 0 else self._column_before + self._position + 1
        return line, column

    def _skip_blanks(self) -> None:
        match = _BLANK.match(self._buffer, self._position)
        self._position = match.end() if match is not None else self._position

    def _read_on(self) -> bool:
        """Read one more piece; False where that cannot change the answer."""
        if self._ended:
            return False
        self._skip_blanks()
        left = len(self._buffer) - self._position
        if left > _SHORT and _UNFINISHED.match(self._buffer, self._position) is None:
            return False
        if left > MAX_TEXT_CHARACTERS:
            raise self.refused(f"a text or number is longer than {MAX_TEXT_CHARACTERS} characters", "shorten it")
        self._extend()
        return True

    def _extend(self) -> None:
        """Forget what is behind the position, and append the next piece."""
        line, column = self.place()
        self._lines_before, self._column_before = line - 1, column - 1
        piece = next(self._pieces, None)
        self._ended = piece is None
        self._buffer = self._buffer[self._position :] + (piece or "")
        self._position = self._text_began = 0
