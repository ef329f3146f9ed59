"""What differs between two meanings: paths with what stands there on either side, within bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import islice
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.json import Json

MOST_DIFFERENCES: Final = 300
_PAIRS_ALIGNED: Final = 600_000
"""Pairs of items that one comparison looks at to align arrays: twice two of 500 items, or many small ones."""
_LONGEST: Final = 400
_DEEPEST: Final = 60


class How(StrEnum):
    """In what way something differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@attrs.frozen(kw_only=True)
class Difference:
    """One difference, at a path as in ``steps[3].name``; a side that has nothing there is None."""

    path: str
    how: How
    left: str | None
    right: str | None


_Missing: TypeAlias = "type[_Nothing]"
Run: TypeAlias = tuple[int, int]
"""From an index up to, and without, another."""


class _Nothing:
    """Stands for what is not there at all, as against a null."""


def differences(left: Json, right: Json) -> tuple[tuple[Difference, ...], bool]:
    """The differences in the order of the left document, and whether there are more than are given."""
    found = list(islice(_Comparison().between("", left, right, 0), MOST_DIFFERENCES + 1))
    return tuple(found[:MOST_DIFFERENCES]), len(found) > MOST_DIFFERENCES


class _Comparison:
    """Two documents held against each other. Aligning arrays is dear, so there is so much of it and no more."""

    def __init__(self) -> None:
        self._pairs_left = _PAIRS_ALIGNED

    def between(self, path: str, left: Json, right: Json, depth: int) -> Iterator[Difference]:
        """The differences of what stands at ``path``."""
        if left == right and _written(left) == _written(right):  # to Python, true is 1
            return
        if depth < _DEEPEST and isinstance(left, Mapping) and isinstance(right, Mapping):
            yield from self._between_objects(path, left, right, depth)
        elif depth < _DEEPEST and isinstance(left, list) and isinstance(right, list):
            yield from self._between_arrays(path, left, right, depth)
        else:
            yield _difference(path, left, right)

    def _between_objects(
        self, path: str, left: Mapping[str, Json], right: Mapping[str, Json], depth: int
    ) -> Iterator[Difference]:
        for key in [*left, *(key for key in right if key not in left)]:
            at = f"{path}.{key}" if path else key
            if key in left and key in right:
                yield from self.between(at, left[key], right[key], depth + 1)
            else:
                yield _difference(at, left.get(key, _Nothing), right.get(key, _Nothing))

    def _between_arrays(
        self, path: str, left: Sequence[Json], right: Sequence[Json], depth: int
    ) -> Iterator[Difference]:
        for (start, stop), (first, last) in self._unequal_runs(left, right):
            pairs = min(stop - start, last - first)
            for offset in range(pairs):
                at = f"{path}[{first + offset}]"
                yield from self.between(at, left[start + offset], right[first + offset], depth + 1)
            for index in range(start + pairs, stop):
                yield _difference(f"{path}[{index}]", left[index], _Nothing)
            for index in range(first + pairs, last):
                yield _difference(f"{path}[{index}]", _Nothing, right[index])

    def _unequal_runs(self, left: Sequence[Json], right: Sequence[Json]) -> list[tuple[Run, Run]]:
        """Where two arrays differ, their equal items aligned; beyond the budget they are compared place by place."""
        self._pairs_left -= len(left) * len(right)
        if self._pairs_left < 0:
            return [((0, len(left)), (0, len(right)))]
        texts = [_written(one) for one in left], [_written(one) for one in right]
        matcher = SequenceMatcher(None, *texts, autojunk=False)
        return [((i, j), (k, m)) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]


def _difference(path: str, left: Json | _Missing, right: Json | _Missing) -> Difference:
    how = How.ADDED if left is _Nothing else How.REMOVED if right is _Nothing else How.CHANGED
    return Difference(path=path or "(the whole)", how=how, left=_told(left), right=_told(right))


def _told(value: Json | _Missing) -> str | None:
    if isinstance(value, type):
        return None
    text = _written(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _written(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
