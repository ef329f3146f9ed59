"""What forms send: fields, and files beside them, within bounds."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import attrs

from artifact_plane.adapters.http import csrf
from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.adapters.http.gate import body_of, check_media_type
from artifact_plane.adapters.http.multipart import MEDIA_TYPE as MULTIPART
from artifact_plane.adapters.http.multipart import Form, FormLimits, boundary_of, read_form
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_name
from artifact_plane.domain.model.rendering import ByteSource

ROWS: Final = 6
"""Files that the form for an intent takes."""

_URLENCODED: Final = "application/x-www-form-urlencoded"
_FIELD_BYTES: Final = 1024
_DOCUMENT: Final = "parameters"
_FIELDS: Final = ("intent_type", "intent_id", "session", "solution", *(f"name_{row}" for row in range(1, ROWS + 1)))


@attrs.frozen(kw_only=True)
class IntentForm:
    """The form for an intent as it was sent: its fields, the text of the parameters, and the files by row."""

    fields: Asked
    parameters: str
    files: tuple[ByteSource | None, ...] = attrs.field(repr=False)

    def attachments(self) -> dict[str, ByteSource]:
        """The files by the names that they were given.

        Raises:
            InvalidInput: a file has no name, a name no file, two have the same name, or a name is not legal.
        """
        found: dict[str, ByteSource] = {}
        for row, source in enumerate(self.files, start=1):
            name = self.fields.text(f"name_{row}")
            if source is None and name is None:
                continue
            if source is None or name is None:
                missing = "no file was chosen for it" if source is None else "it has no name"
                raise InvalidInput(missing, where=f"file {row}", remedy="give each file a name, and each name a file")
            if check_name("attachment name", name) in found:
                raise InvalidInput("two files have this name", where=f"file {row}", remedy="give each its own name")
            found[name] = source
        return found


async def fields_of(request: HttpRequest, *, max_bytes: int) -> Asked:
    """The fields of a form without files. Raises RequestProblem, InvalidInput."""
    check_media_type(request, (_URLENCODED,))
    data = await body_of(request, max_bytes=max_bytes)
    try:
        return Asked(parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=50))
    except ValueError as error:
        raise InvalidInput("the form cannot be read", where="form", remedy="send it again from its page") from error


async def intent_form(request: HttpRequest) -> IntentForm:
    """The form for an intent, its files as they arrived. Raises RequestProblem, InvalidInput, Unavailable."""
    check_media_type(request, (MULTIPART,))
    settings = service_of(request).settings
    limits = FormLimits(
        files=len((csrf.FIELD, *_FIELDS)) + ROWS, document=settings.body_bytes, file=settings.upload_bytes
    )
    boundary = boundary_of(request.headers.get("content-type", ""))
    form = await read_form(request.stream(), boundary=boundary, document=_DOCUMENT, limits=limits)
    return IntentForm(
        fields=Asked((name, _text(form, name)) for name in _FIELDS),
        parameters=form.document.decode("utf-8", "replace"),
        files=tuple(_file(form, row) for row in range(1, ROWS + 1)),
    )


def _text(form: Form, name: str) -> str:
    """A field's text: to the reader of forms, every part but the document is a file."""
    part = form.files.get(name)
    if part is None:
        return ""
    if (part.source.size or 0) > _FIELD_BYTES:
        raise InvalidInput("the field is too long", where=name, remedy=f"give at most {_FIELD_BYTES} bytes")
    with part.source.open() as stream:
        return stream.read().decode("utf-8", "replace")


def _file(form: Form, row: int) -> ByteSource | None:
    """The file of a row; a browser sends an empty one where none was chosen."""
    part = form.files.get(f"file_{row}")
    return None if part is None or part.source.size == 0 else part.source
