"""The quick way to the canonical form, for what nearly every meaning is: plain values that need no private copy.

``admit`` copies what it walks, for it may have to change some of it. Here the value is only looked at, and written as
it is. The one change that is common, ``12.0`` to ``12``, is made in the bytes, where it is sure that no text looks the
same. Whatever else there is, is left to ``admit``: it changes it, or says what is wrong and where.
"""

from __future__ import annotations

import re
from math import copysign
from typing import Final

import orjson

from artifact_plane.domain.model.json import MAX_INTEGER, MIN_INTEGER, JsonLimits, JsonObject, LargerThanBudget

_LEAST_BYTES: Final = 2  # of a value in the canonical form: a digit and a comma
_LONG_TEXT: Final = 256
_TEXT_PER_VALUE: Final = 64
_WHOLE: Final = re.compile(rb"\.0(?=[,\]}])")


def plain_bytes(value: JsonObject, limits: JsonLimits, budget: int | None) -> bytes | None:
    """The canonical form of ``value``, or None where it has to be admitted. Its size is not compared to ``limits``.

    Raises:
        LargerThanBudget: as ``admit``.
    """
    if type(value) is not dict:
        return None
    try:
        whole = _whole_floats(value, limits, budget)
        if whole is None:
            return None
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, RuntimeError):  # a key or a text that orjson does not write; a dict that a thread is changing
        return None
    if not whole:
        return data
    data, cut = _WHOLE.subn(b"", data)
    return data if cut == whole else None


def _whole_floats(value: JsonObject, limits: JsonLimits, budget: int | None) -> int | None:
    """How many floats in ``value`` say a whole number; None where anything has to be refused or changed otherwise.

    Each value of each create passes here: exact types are asked for inline, and keys and texts are left to the encoder.
    """
    most = limits.max_bytes // _LEAST_BYTES + 1
    left = most if budget is None else min(budget, most)
    whole = 0
    level: list[dict[object, object] | list[object]] = [[value]]
    for _ in range(limits.max_depth + 1):
        below: list[dict[object, object] | list[object]] = []
        left -= sum(map(len, level))
        for container in level:
            for item in container.values() if type(container) is dict else container:
                if type(item) is str:
                    if len(item) > _LONG_TEXT:
                        left -= len(item) // _TEXT_PER_VALUE
                elif type(item) is int:
                    if not MIN_INTEGER <= item <= MAX_INTEGER:
                        return None
                elif type(item) is dict or type(item) is list:
                    below.append(item)
                elif type(item) is float:
                    if not item.is_integer():
                        if item - item:
                            return None
                    elif MIN_INTEGER <= item <= MAX_INTEGER:
                        if not item and copysign(1, item) < 0:
                            return None
                        whole += 1
                elif item is not None and type(item) is not bool:
                    return None
        if left < 0:
            if budget is not None and budget <= most:
                raise LargerThanBudget
            return None
        if not below:
            return whole
        level = below
    return None
