"""From bodies to what the plane takes: payloads, intents and results, with the files that came beside them.

A rendering may be given as ``{"media_type": "image/png", "part": "chart"}``: its bytes are then the part ``chart`` of
the multipart form. Everything else about outputs is read by ``codec.legacy``, as files and the command line have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import attrs
import orjson

from artifact_plane.adapters.codec.legacy import realm_result_of
from artifact_plane.adapters.http.bodies import ArtifactBody, IntentBody, PayloadBody
from artifact_plane.adapters.http.multipart import FormFile
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import Payload

Files = Mapping[str, FormFile]

_KEY: Final = "artifact"
_PART: Final = "part"
_NUL: Final = b"\\u0000"
"""How NUL is written in JSON, and nothing else but a backslash before ``u0000``."""


def payload_of(body: PayloadBody, artifact_type: str, files: Files, settings: HttpSettings) -> Payload:
    """The payload of an artifact; a file that no rendering names is a rendering under its own name.

    Raises:
        InvalidInput: a rendering is not legal; ``where`` is its path.
        RequestProblem: 422, for one names a part that is not there.
    """
    _check_numbers_of(attrs.asdict(body, recurse=False), "body.payload", settings)
    if not body.renderings and not files:
        return Payload(semantic_payload=body.semantic_payload, derived_from=body.derived_from, labels=body.labels)
    entry: dict[str, Json] = {
        "result_type": artifact_type,
        "semantic_payload": body.semantic_payload,
        "renderings": body.renderings,
        "derived_from": body.derived_from,
        "labels": body.labels,
    }
    with _relocated(f"$.artifacts.{_KEY}", "body.payload"):
        taken, rest = _without_parts({"artifacts": {_KEY: entry}}, files)
        (output,) = realm_result_of(rest)[0].artifacts.values()
        renderings = (*output.renderings, *taken.get(_KEY, ()))
        free = [_rendered(file.name, file.media_type, file) for file in _unnamed(files, taken)]
        check_number((*renderings, *free), settings.renderings, "body.payload.renderings")
    for name in {rendering.name for rendering in renderings} & {file.name for file in free}:
        raise _mismatch("a rendering has this name already", f"part {name!r}", "give the part another name")
    return Payload(
        semantic_payload=output.semantic_payload,
        renderings=(*renderings, *free),
        derived_from=output.derived_from,
        labels=output.labels,
    )


def metadata_of(body: ArtifactBody, most: int) -> JsonObject:
    """The caller's metadata.

    Raises:
        InvalidInput: as JSON it is larger than ``most`` bytes, or a text in it holds NUL, which no database should
            meet (A12).
    """
    written = orjson.dumps(body.metadata)
    if len(written) > most:
        raise InvalidInput(
            f"metadata of {len(written)} bytes is more than the {most} that are taken",
            where="body.metadata",
            remedy="put what is large into the payload, or have `metadata_bytes` raised in the service's settings",
        )
    if _NUL in written and any("\0" in text for text in _texts(body.metadata)):
        raise InvalidInput("a text holds NUL", where="body.metadata", remedy="leave the NUL out")
    return body.metadata


def _texts(value: Json) -> Iterator[str]:
    """Every text in a value, keys too."""
    level: list[Json] = [value]
    while level:
        yield from (one for one in level if isinstance(one, str))
        objects = [one for one in level if isinstance(one, Mapping)]
        yield from (key for one in objects for key in one)
        lists = [one for one in level if isinstance(one, list)]
        level = [inner for one in (*lists, *(one.values() for one in objects)) for inner in one]


def result_of(data: JsonObject, files: Files, settings: HttpSettings) -> tuple[RealmResult, tuple[str, ...]]:
    """A realm's result, and a sentence for everything that was inferred.

    Raises:
        InvalidInput: it is in no format, or is ambiguous; ``where`` is the path.
        RequestProblem: 422, for a rendering names a part that is not there, or a part is named nowhere.
    """
    with _relocated("$", "body.result"):
        _check_numbers(data, settings)
        taken, rest = _without_parts(data, files)
        result, inferred = realm_result_of(rest)
        outputs = {key: _with(output, taken.get(key, ())) for key, output in result.artifacts.items()}
    for file in _unnamed(files, taken):
        raise _mismatch(
            "no rendering names this part",
            f"part {printable(file.name)}",
            'name it in the result, as in {"media_type": "image/png", "part": "…"}, or leave it out',
        )
    told = tuple(sentence.replace("$", "body.result", 1) for sentence in inferred)
    return attrs.evolve(result, artifacts=outputs), told


def context_of(body: ArtifactBody, tenant_id: str) -> ExecutionContext:
    """Where an artifact belongs. Raises InvalidInput where an id is not legal."""
    return ExecutionContext(
        tenant_id=tenant_id,
        session_id=body.session_id,
        solution_id=body.solution_id,
        execution_id=body.execution_id,
        intent_id=body.intent_id,
        intent_type=body.intent_type,
        realm=body.realm,
    )


def intent_of(body: IntentBody, tenant_id: str, new_id: str, files: Files) -> Intent:
    """The intent, with the files as its attachments. Raises InvalidInput where an id or name is not legal."""
    return Intent(
        intent_id=new_id if body.intent_id is None else body.intent_id,
        intent_type=body.intent_type,
        tenant_id=tenant_id,
        session_id=body.session_id,
        solution_id=body.solution_id,
        parameters=body.parameters,
        attachments={name: file.source for name, file in files.items()},
    )


# How many


def _check_numbers(data: JsonObject, settings: HttpSettings) -> None:
    """Refuse a result with more of anything than is taken; what is of another shape is refused elsewhere."""
    check_number(data.get("events"), settings.events, "$.events")
    outputs = data.get("artifacts")
    if isinstance(outputs, Mapping):
        check_number(outputs, settings.outputs, "$.artifacts")
        for key, output in outputs.items():
            if isinstance(output, Mapping) and "semantic_payload" in output:
                _check_numbers_of(output, f"$.artifacts.{printable(key)[1:-1]}", settings)


def _check_numbers_of(output: JsonObject, where: str, settings: HttpSettings) -> None:
    for field, most in settings.of_output.items():
        check_number(output.get(field), most, f"{where}.{field}")


def check_number(value: object, most: int, where: str) -> None:
    """Refuse more than ``most`` things. Raises InvalidInput."""
    if isinstance(value, Mapping | list | tuple) and len(value) > most:
        raise InvalidInput(f"there are {len(value)}, and {most} are taken", where=where, remedy="send fewer at once")


# Renderings that are parts of the form


def _without_parts(data: JsonObject, files: Files) -> tuple[dict[str, tuple[Rendered, ...]], JsonObject]:
    """The renderings that are parts of the form, by output, and the result without them."""
    artifacts = data.get("artifacts")
    if not isinstance(artifacts, Mapping):
        return {}, data
    taken: dict[str, tuple[Rendered, ...]] = {}
    rest: dict[str, Json] = dict(artifacts)
    for key, entry in artifacts.items():
        views = entry.get("renderings") if isinstance(entry, Mapping) else None
        if isinstance(entry, Mapping) and isinstance(views, Mapping):
            named = {name: view for name, view in views.items() if isinstance(view, Mapping) and _PART in view}
            where = f"$.artifacts.{key}.renderings"
            taken[key] = tuple(_from_part(name, view, files, f"{where}.{name}") for name, view in named.items())
            rest[key] = {**entry, "renderings": {name: view for name, view in views.items() if name not in named}}
    return taken, {**data, "artifacts": rest}


def _from_part(name: str, view: JsonObject, files: Files, where: str) -> Rendered:
    part, media_type = view[_PART], view.get("media_type")
    if view.keys() - {_PART, "media_type"} or not isinstance(part, str) or not isinstance(media_type, str | None):
        raise InvalidInput(
            "beside part stands media_type, both texts, and nothing else",
            where=where,
            remedy='write it as in {"media_type": "image/png", "part": "chart"}',
        )
    if part not in files:
        raise _mismatch("there is no such part in the form", f"{where}.part", "send a file part of this name")
    with _at(where):
        return _rendered(name, media_type or files[part].media_type, files[part])


def _mismatch(message: str, where: str, remedy: str) -> RequestProblem:
    """Document and files are each as they may be, and do not fit together (422)."""
    return RequestProblem(422, "parts_do_not_fit", message, where=where, remedy=remedy)


def _rendered(name: str, media_type: str, file: FormFile) -> Rendered:
    return Rendered(name=name, media_type=media_type, source=file.source)


def _unnamed(files: Files, taken: Mapping[str, tuple[Rendered, ...]]) -> Iterator[FormFile]:
    used = {id(rendering.source) for renderings in taken.values() for rendering in renderings}
    return (file for file in files.values() if id(file.source) not in used)


def _with(output: Output, renderings: tuple[Rendered, ...]) -> Output:
    return attrs.evolve(output, renderings=(*output.renderings, *renderings)) if renderings else output


# Places


@contextmanager
def _relocated(inner: str, outer: str) -> Iterator[None]:
    """Errors raised inside name the field of the request's body."""
    try:
        yield
    except RequestProblem as error:
        where = _moved(error.where, inner, outer)
        raise RequestProblem(error.status, error.code, error.message, where=where, remedy=error.remedy) from error
    except InvalidInput as error:
        raise InvalidInput(error.message, where=_moved(error.where, inner, outer), remedy=error.remedy) from error


def _moved(where: str | None, inner: str, outer: str) -> str:
    if where is None:
        return outer
    return outer + where.removeprefix(inner) if where.startswith(inner) else where


@contextmanager
def _at(where: str) -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(error.message, where=where, remedy=error.remedy) from error
