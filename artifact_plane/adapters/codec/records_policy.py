"""Policies as JSON for storage, and back; their digest is that of the canonical JSON.

A field is left out only where its default is None: so a later release may add fields without changing the digest
of an old policy, and may change a default without changing what an old policy says.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from artifact_plane.domain.model import decision, policy_document
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument

if TYPE_CHECKING:
    from attrs import AttrsInstance
    from cattrs import Converter

T = TypeVar("T", bound="AttrsInstance")


def policy_body(document: PolicyDocument) -> JsonObject:
    """A policy document as JSON; equal documents give equal bodies."""
    body: JsonObject = _converter().unstructure(document)
    return body


def policy_of(body: JsonObject) -> PolicyDocument:
    """The document that ``policy_body`` wrote.

    Raises:
        Damaged: it does not read back.
    """
    from cattrs import ClassValidationError, transform_error

    try:
        return _converter().structure(body, PolicyDocument)
    except (ClassValidationError, AttributeError, TypeError) as error:
        raise Damaged(
            "a stored policy does not read back",
            where=_place(transform_error(error, path="policy")),
            remedy="restore the record store from a backup",
        ) from error


def policy_digest(document: PolicyDocument, digest: Callable[[bytes], str]) -> str:
    """What ``digest`` says of the document's canonical JSON."""
    import orjson

    return digest(orjson.dumps(policy_body(document), option=orjson.OPT_SORT_KEYS))


@cache
def _converter() -> Converter:
    """The converter for policies, built when first used: cattrs takes its time to import."""
    import attrs
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True, unstruct_collection_overrides={Set: sorted})
    converter.register_unstructure_hook_factory(attrs.has, lambda kind: _without_nones(kind, converter))
    # The alias TimeToLive is text, made of names that the module of Choice has not imported.
    attrs.resolve_types(Choice, globalns=vars(decision) | vars(policy_document))
    time_to_live = attrs.fields(Choice).ttl.type
    converter.register_structure_hook_func(lambda kind: kind == time_to_live, lambda value, _: _time_to_live(value))
    for plain in (str, int, bool):
        converter.register_structure_hook(plain, _exactly)
    return converter


def _without_nones(kind: type[T], converter: Converter) -> Callable[[T], dict[str, object]]:
    import attrs
    from cattrs.gen import make_dict_unstructure_fn, override

    fields = attrs.fields_dict(kind).values()
    # Any: the keywords stand for the fields, but cattrs has settings of other kinds among its own.
    optional: dict[str, Any] = {field.name: override(omit_if_default=True) for field in fields if field.default is None}
    return make_dict_unstructure_fn(kind, converter, **optional)


def _place(lines: list[str]) -> str:
    """The path at the end of the first line, which is the field that could not be read."""
    return lines[0].rpartition("@ ")[2]


def _exactly(value: object, kind: type) -> object:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def _time_to_live(value: object) -> object:
    if value is None or value == "session" or type(value) is int:
        return value
    raise TypeError("seconds, 'session' or null expected")
