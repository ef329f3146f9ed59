"""JSON as the plane knows it: the types, and the one walk that admits a value.

The canonical form (law 8) is UTF-8 with keys sorted by code point and no white space. A number that is
integral and at most 2^53 in size is written as an integer, so that ``1`` and ``1.0`` (and ``0`` and ``-0.0``)
are the same meaning with the same digest; every other finite number is written as the shortest decimal that
reads back equal (in the spirit of RFC 8785).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias, cast

import attrs

from artifact_plane.domain.model.errors import InvalidInput, InvalidJson

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

MAX_INTEGER: Final = 2**53
MAX_DEPTH: Final = 200
"""What every encoder and parser in use can do without recursion of their own failing."""

MIN_INTEGER: Final = -MAX_INTEGER
_LONG_TEXT: Final = 256
_LEAST_BYTES: Final = 2  # of a value in the canonical form: a digit and a comma
_TEXT_PER_VALUE: Final = 64
_LONG_PATH: Final = 200
_Container: TypeAlias = "dict[object, object] | list[object]"
_REMEDY: Final = "give a JSON document: objects, arrays, text, finite numbers up to 2^53, true, false and null"


@attrs.frozen(kw_only=True)
class JsonLimits:
    """How large (bytes of the canonical form) and how deep (``MAX_DEPTH`` at most) an admitted document may be."""

    max_bytes: int = 16 * 1024 * 1024
    max_depth: int = 100

    def __attrs_post_init__(self) -> None:
        if self.max_bytes < 1 or not 1 <= self.max_depth <= MAX_DEPTH:
            raise InvalidInput(
                f"a JSON document may have from 1 byte, and from 1 to {MAX_DEPTH} levels",
                where="JSON limits",
                remedy="correct the limits in the settings",
            )


DEFAULT_LIMITS: Final = JsonLimits()


@attrs.frozen(kw_only=True, eq=False)
class Admitted(Mapping[str, "Json"]):
    """A JSON object that was admitted when it was read: walking it again would give an equal copy.

    Who makes one says that ``admit`` would change and refuse nothing in it, and that nobody changes it any more.
    ``depth`` and ``size`` are at least the levels and the values that it has.
    """

    entries: JsonObject = attrs.field(repr=False)
    depth: int
    size: int

    def __getitem__(self, key: str) -> Json:
        return self.entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class LargerThanBudget(Exception):
    """The walk met more values than its budget: the caller should repeat it off the event loop."""


def admit(value: object, limits: JsonLimits = DEFAULT_LIMITS, *, budget: int | None = None) -> Json:
    """Return a private copy of ``value`` made of dict, list, str, int, float, bool and None only.

    One walk, level by level; integral floats become integers (see the module's text). Depth is bounded by
    ``limits``; the exact size is the encoder's to check, but a walk never meets more values than the largest
    document could hold. ``budget`` counts values, and every 64 characters of a long text as one.

    Raises:
        InvalidJson: NaN or infinity, an integer beyond 2^53, a lone surrogate, a key that is not text, a
            type that JSON has not (also subclasses of str, int and float), more depth or more values than
            allowed; ``where`` is the path, as in ``$.steps[3].id``.
        LargerThanBudget: ``budget`` is given and there is more to walk than it allows.
    """
    root = [value]
    walk = _Walk(limits, budget)
    try:
        walk.through(root)
    except _Rejected as rejected:
        where = _path(root, rejected)
        raise InvalidJson(rejected.reason, where=where, remedy=_REMEDY) from None
    return cast(Json, root[0])


def admit_object(value: object, limits: JsonLimits = DEFAULT_LIMITS, *, budget: int | None = None) -> JsonObject:
    """As ``admit``, for a value that must be a JSON object.

    Raises:
        InvalidJson: also when it is something else than an object.
    """
    if not isinstance(value, Mapping):
        raise InvalidJson(f"a JSON object is expected, not {_json_type(value)}", where="$", remedy=_REMEDY)
    return cast(JsonObject, admit(value, limits, budget=budget))


class _Rejected(Exception):
    """Why a value is no JSON; ``container`` and ``key`` (if it is one) say which entry it was, once that is known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.container: _Container | None = None
        self.key: object = None

    def at(self, container: _Container, key: object) -> _Rejected:
        self.container, self.key = container, key
        return self


class _Walk:
    """Walks containers that are private copies already, and puts private copies of what they hold in its place.

    The two loops over entries are the hottest lines of a create. They are written out, asking for the exact type
    inline, because a call for each value would cost more than all else together. Values are counted level by level,
    and a container larger than what is left is not even copied.
    """

    __slots__ = ("_below", "_budget", "_left", "_limits", "_most")

    def __init__(self, limits: JsonLimits, budget: int | None) -> None:
        self._limits = limits
        self._budget = budget
        self._most = limits.max_bytes // _LEAST_BYTES + 1
        self._left = self._most if budget is None else min(budget, self._most)
        self._below: list[_Container] = []

    def through(self, root: list[object]) -> None:
        """Walk ``root``, whose one item is the document."""
        level: list[_Container] = [root]
        for _ in range(self._limits.max_depth + 1):
            self._below = []
            self._spend(sum(map(len, level)))
            for container in level:
                if isinstance(container, dict):
                    self._object(container)
                else:
                    self._array(container)
            level = self._below
            if not level:
                return
        raise _Rejected(f"nested deeper than {self._limits.max_depth} levels").at(level[0], None)

    def _object(self, entries: dict[object, object]) -> None:
        below, left = self._below, self._left
        key: object = None
        try:
            for key, item in entries.items():
                if type(key) is not str or not key.isascii():
                    _check_key(key)
                if type(item) is str:
                    if not item.isascii() or len(item) > _LONG_TEXT:
                        self._check_text(item)
                elif type(item) is int:
                    if not MIN_INTEGER <= item <= MAX_INTEGER:
                        raise _beyond()
                elif type(item) is dict or type(item) is list:
                    if len(item) > left:
                        self._spend(len(item))
                    copy = entries[key] = item.copy()
                    below.append(copy)
                elif type(item) is float:
                    if item.is_integer() or item - item:
                        entries[key] = _number(item)
                elif item is not None and type(item) is not bool:
                    copy = entries[key] = self._copied(item)
                    below.append(copy)
        except _Rejected as rejected:
            raise rejected.at(entries, key if isinstance(key, str) else None) from None

    def _array(self, entries: list[object]) -> None:
        below, left = self._below, self._left
        index = 0
        try:
            for index, item in enumerate(entries):
                if type(item) is str:
                    if not item.isascii() or len(item) > _LONG_TEXT:
                        self._check_text(item)
                elif type(item) is int:
                    if not MIN_INTEGER <= item <= MAX_INTEGER:
                        raise _beyond()
                elif type(item) is dict or type(item) is list:
                    if len(item) > left:
                        self._spend(len(item))
                    copy = entries[index] = item.copy()
                    below.append(copy)
                elif type(item) is float:
                    if item.is_integer() or item - item:
                        entries[index] = _number(item)
                elif item is not None and type(item) is not bool:
                    copy = entries[index] = self._copied(item)
                    below.append(copy)
        except _Rejected as rejected:
            raise rejected.at(entries, index) from None

    def _copied(self, value: object) -> _Container:
        """A private, shallow copy of a container that is neither a plain dict nor a plain list."""
        if not isinstance(value, list | tuple | Mapping):
            raise _Rejected(f"{_json_type(value)} has no JSON form")
        if len(value) > self._left:
            self._spend(len(value))
        return dict(value) if isinstance(value, Mapping) else list(value)

    def _check_text(self, text: str) -> None:
        self._spend(len(text) // _TEXT_PER_VALUE)
        _check_encodable(text)

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            if self._budget is not None and self._budget <= self._most:
                raise LargerThanBudget
            raise _Rejected(f"larger than {self._limits.max_bytes} bytes")


def _check_key(key: object) -> None:
    if type(key) is not str:
        raise _Rejected(f"a key of type {type(key).__name__} is not text")
    _check_encodable(key)


def _check_encodable(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Rejected("the text holds a lone surrogate, which UTF-8 cannot carry") from None


def _beyond() -> _Rejected:
    return _Rejected("an integer beyond 2^53 would not read back equal everywhere; write it as text")


def _number(value: float) -> int | float:
    if not value.is_integer():
        raise _Rejected("NaN and infinity are not JSON")
    return int(value) if MIN_INTEGER <= value <= MAX_INTEGER else value


def _path(root: list[object], rejected: _Rejected) -> str:
    """The way from the document to the entry that was rejected, found in the private copy made so far."""
    container = rejected.container
    if container is None:
        return "$"
    parents = _parents(root, container)
    steps = [] if rejected.key is None else [rejected.key]
    while container is not root:
        container, key = parents[id(container)]
        steps.append(key)
    path = "$" + "".join(_step(step) for step in reversed(steps[:-1]))
    return path if len(path) <= _LONG_PATH else f"{path[: _LONG_PATH // 2]}…{path[-_LONG_PATH // 2 :]}"


def _parents(root: list[object], wanted: _Container) -> dict[int, tuple[_Container, object]]:
    """Which container holds which, by identity, level by level until ``wanted`` is found."""
    parents: dict[int, tuple[_Container, object]] = {}
    level: list[_Container] = [root]
    while wanted is not root and id(wanted) not in parents:
        below: list[_Container] = []
        for container in level:
            for key, item in container.items() if isinstance(container, dict) else enumerate(container):
                if isinstance(item, dict | list):
                    parents[id(item)] = (container, key)
                    below.append(item)
        level = below
    return parents


def _step(step: object) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{ascii(step)[1:-1]:.60}"


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "an array"}
    return names.get(type(value), type(value).__name__)
