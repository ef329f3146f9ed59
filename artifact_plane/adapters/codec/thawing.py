"""Frozen values made fast, for rows that come by the hundred.

The initialiser of a frozen class goes through ``object.__setattr__`` for each attribute. A thawed value is assigned to
like any other object, five times as fast, and frozen by giving it its class::

    edge = new_edge()
    edge.source, edge.relation, edge.target = row
    edge.__class__ = LineageEdge
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs


# Any: a thawed value is of its class in all but that it can be assigned to, which no type can say.
def thawed(kind: type) -> Callable[[], Any]:
    """A function that makes a thawed value of a frozen attrs class with slots; every field has to be assigned.

    Raises:
        TypeError: the class does more than assign when it is made, so this would go past its checks.
    """
    if any(field.validator or field.converter for field in attrs.fields(kind)) or hasattr(kind, "__attrs_post_init__"):
        raise TypeError(f"{kind.__name__} does more than assign when it is made")
    plain = {
        "__slots__": (),
        "__init__": object.__init__,
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    return type(f"Thawed{kind.__name__}", (kind,), plain)
