"""A realm's result given as JSON: 001's structured format, and its "current format", which is flat.

Structured, one entry of ``artifacts``::

    "workflow": {
      "result_type": "workflow",               stated by the producer (law 5)
      "semantic_payload": {...},               what it means, an object; its presence makes the entry structured
      "renderings": {"diagram": VIEW, ...},    optional
      "derived_from": ["artifact id", ...],    optional
      "labels": ["draft", ...]                 optional
    }

A VIEW is one of::

    {"media_type": "image/svg+xml", "text": "<svg…"}      bytes as UTF-8 text
    {"media_type": "image/png", "base64": "iVBORw0K…"}    bytes as base64
    {"media_type": "model/gltf+json", "json": {...}}      the canonical bytes of a JSON value
    {"renderer": "chart", "format": "svg", "options": {}} drawn from the meaning, on demand ("options" may be absent)
    anything else                                         kept as its canonical bytes, application/json

Flat, one entry of ``artifacts``: a JSON object, all of which is the meaning. Its type is

1. what it states itself under ``result_type`` (it stays in the meaning),
2. else its key, where the key is a known type,
3. else, where the key is ``X_visual``: it is a rendering of the flat or structured entry ``X``, if there is one, and
   else an output of type ``visual``,
4. else ``unknown``.

This is the one place where a type is inferred from a key, and everything inferred is said. What could be read in
two ways is refused with its path: an entry with ``renderings`` but no ``semantic_payload``, an object that is
nearly a VIEW, two views of one name, a key that the formats do not have.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn

import attrs

from artifact_plane.adapters.codec.canonical import canonical_bytes
from artifact_plane.domain.model.artifact import MEANING_MEDIA_TYPE
from artifact_plane.domain.model.errors import InvalidInput, InvalidJson
from artifact_plane.domain.model.identity import check_name, printable
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered, Rendering
from artifact_plane.domain.model.result import Output, RealmResult

KNOWN_TYPES: Final = frozenset({"workflow", "sop", "blueprint", "solution", "roadmap", "poc", "visual"})
"""The derived types of 001's tables."""

UNKNOWN_TYPE: Final = "unknown"
VISUAL_TYPE: Final = "visual"
_VISUAL_SUFFIX: Final = "_visual"
_STRUCTURED: Final = ("result_type", "semantic_payload", "renderings", "derived_from", "labels")


def realm_result_of(
    data: JsonObject, *, result_types: Collection[str] | None = None
) -> tuple[RealmResult, tuple[str, ...]]:
    """The result that ``data`` says (see the module's text), and a sentence for everything that was inferred.

    ``result_types`` are the types that a key may name; None means those of 001's tables.

    Raises:
        InvalidInput: it is in neither format, or can be read in two ways; ``where`` is the path.
    """
    known = KNOWN_TYPES if result_types is None else frozenset(result_types)
    _refuse_others(_object(data, "$"), ("artifacts", "events"), "$")
    entries = _object(data.get("artifacts", {}), "$.artifacts")
    views = _views_by_key(entries, known)
    inferred: list[str] = []
    outputs = {key: _output(key, entries[key], known, inferred) for key in entries if key not in views}
    for view, owner in views.items():
        outputs[owner] = _with_view(outputs[owner], view, entries[view])
        inferred.append(f"{_below('$.artifacts', view)}: taken as a rendering of {owner!r}, by its key")
    events = _array(data.get("events", ()), "$.events")
    return (
        RealmResult(artifacts=outputs, events=[_object(event, f"$.events[{at}]") for at, event in enumerate(events)]),
        tuple(inferred),
    )


# Outputs


def _output(key: str, value: Json, known: Collection[str], inferred: list[str]) -> Output:
    where = _below("$.artifacts", key)
    with _at(where):
        check_name("artifact key", key)
    entry = _object(value, where)
    if "semantic_payload" in entry:
        _refuse_others(entry, _STRUCTURED, where)
    elif "renderings" in entry:
        _refuse("there are renderings, but no semantic_payload that they show", where, "state semantic_payload")
    result_type = _result_type(key, entry, known, where, inferred)
    if "semantic_payload" in entry:
        return _structured(entry, result_type, where)
    inferred.append(f"{where}: all of it taken as the meaning, for it states no semantic_payload")
    with _at(where):
        return Output(result_type=result_type, semantic_payload=entry)


def _structured(entry: JsonObject, result_type: str, where: str) -> Output:
    meaning = _object(entry["semantic_payload"], f"{where}.semantic_payload")
    views = _object(entry.get("renderings", {}), f"{where}.renderings")
    renderings = [_rendering(name, view, _below(f"{where}.renderings", name)) for name, view in views.items()]
    derived_from = _texts(entry.get("derived_from", ()), f"{where}.derived_from")
    labels = _texts(entry.get("labels", ()), f"{where}.labels")
    with _at(where):
        return Output(
            result_type=result_type,
            semantic_payload=meaning,
            renderings=renderings,
            derived_from=derived_from,
            labels=labels,
        )


def _result_type(key: str, entry: JsonObject, known: Collection[str], where: str, inferred: list[str]) -> str:
    if "result_type" in entry:
        return _text(entry["result_type"], f"{where}.result_type")
    by_suffix = VISUAL_TYPE if key.endswith(_VISUAL_SUFFIX) else UNKNOWN_TYPE
    result_type = key if key in known else by_suffix
    inferred.append(f"{where}: result_type {result_type!r} inferred from the key")
    return result_type


def _views_by_key(entries: JsonObject, known: Collection[str]) -> dict[str, str]:
    """The keys of entries that are renderings of another entry, and the key of that one."""
    views = {
        key: key.removesuffix(_VISUAL_SUFFIX)
        for key, value in entries.items()
        if key.endswith(_VISUAL_SUFFIX) and key not in known and not _states_itself(value)
    }
    return {view: owner for view, owner in views.items() if owner in entries and owner not in views}


def _states_itself(value: Json) -> bool:
    return isinstance(value, Mapping) and ("result_type" in value or "semantic_payload" in value)


# Renderings


def _with_view(output: Output, name: str, value: Json) -> Output:
    where = _below("$.artifacts", name)
    rendering = _rendering(name, value, where)
    with _at(where):
        return attrs.evolve(output, renderings=(*output.renderings, rendering))


def _rendering(name: str, value: Json, where: str) -> Rendering:
    if isinstance(value, Mapping) and "renderer" in value:
        return _renderable(name, value, where)
    media_type, data = _content(value, where)
    with _at(where):
        return Rendered(name=name, media_type=media_type, source=BytesSource(data))


def _content(value: Json, where: str) -> tuple[str, bytes]:
    """The media type and the bytes of a view that exists already."""
    if not isinstance(value, Mapping) or "media_type" not in value:
        return MEANING_MEDIA_TYPE, _from_json(value, where)
    form = next((form for form in _FORMS if form in value), None)
    if form is None or len(value) > len(("media_type", form)):
        legal = ", ".join(_FORMS)
        _refuse(f"beside media_type stands one of {legal}, and nothing else", where, _KEEP_AS_IS)
    return _text(value["media_type"], f"{where}.media_type"), _FORMS[form](value[form], f"{where}.{form}")


def _renderable(name: str, value: JsonObject, where: str) -> Renderable:
    if not {"renderer", "format"} <= value.keys() <= {"renderer", "format", "options"}:
        _refuse("beside renderer stand format and, if wanted, options, and nothing else", where, _KEEP_AS_IS)
    renderer = _text(value["renderer"], f"{where}.renderer")
    form = _text(value["format"], f"{where}.format")
    options = _object(value.get("options", {}), f"{where}.options")
    with _at(where):
        return Renderable(name=name, renderer=renderer, format=form, options=options)


def _from_text(value: Json, where: str) -> bytes:
    try:
        return _text(value, where).encode()
    except UnicodeEncodeError:
        _refuse("the text holds a lone surrogate, which UTF-8 cannot carry", where, "give valid text, or base64")


def _from_base64(value: Json, where: str) -> bytes:
    try:
        return base64.b64decode(_text(value, where), validate=True)
    except ValueError:
        _refuse("it is not base64", where, "give standard base64 with padding and without line breaks")


def _from_json(value: Json, where: str) -> bytes:
    with _at(where):
        return canonical_bytes(value)


_FORMS: Final[dict[str, Callable[[Json, str], bytes]]] = {
    "text": _from_text,
    "base64": _from_base64,
    "json": _from_json,
}
_KEEP_AS_IS: Final = 'to keep the object as it is, give {"media_type": "application/json", "json": …}'


# Shapes


def _object(value: Json, where: str) -> JsonObject:
    if not isinstance(value, Mapping):
        _refuse("a JSON object is expected", where, _FORMAT)
    if not all(isinstance(key, str) for key in value):
        _refuse("a key is not text", where, "give JSON")
    return value


def _array(value: Json, where: str) -> Collection[Json]:
    if not isinstance(value, list | tuple):
        _refuse("a JSON array is expected", where, _FORMAT)
    return value


def _text(value: Json, where: str) -> str:
    if not isinstance(value, str):
        _refuse("text is expected", where, _FORMAT)
    return value


def _texts(value: Json, where: str) -> tuple[str, ...]:
    return tuple(_text(item, f"{where}[{at}]") for at, item in enumerate(_array(value, where)))


def _refuse_others(entry: JsonObject, legal: tuple[str, ...], where: str) -> None:
    for key in entry:
        if key not in legal:
            _refuse(f"the key is not known here ({', '.join(legal)} are)", _below(where, key), "remove or rename it")


_FORMAT: Final = 'an output is {"result_type": …, "semantic_payload": {…}, "renderings": {…}}'


def _refuse(message: str, where: str, remedy: str) -> NoReturn:
    raise InvalidInput(message, where=where, remedy=remedy)


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Errors raised inside say where in the result it was."""
    try:
        yield
    except InvalidInput as error:
        inner = (error.where or "").removeprefix("$") if isinstance(error, InvalidJson) else ""
        raise InvalidInput(error.message, where=where + inner, remedy=error.remedy) from error


def _below(where: str, key: str) -> str:
    return f"{where}.{printable(key)[1:-1]}"
