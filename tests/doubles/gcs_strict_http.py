"""The HTTP side of the strict stand-in: requests taken apart, answers written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.doubles.gcs_strict import Conditions, Refusal

if TYPE_CHECKING:
    from tests.doubles.gcs_strict import StoredObject, StrictGcs

_OBJECT: Final = re.compile(r"(?:/download)?/storage/v1/b/([^/]+)/o/([^/]+)")
_OBJECTS: Final = re.compile(r"/storage/v1/b/([^/]+)/o")
_UPLOAD: Final = re.compile(r"/upload/storage/v1/b/([^/]+)/o")
_PIECE: Final = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    gcs: ClassVar[StrictGcs]

    @classmethod
    def serving(cls, gcs: StrictGcs) -> type[Handler]:
        """A handler for this stand-in."""
        return type("ServingHandler", (cls,), {"gcs": gcs})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._served()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _served(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.whole = len(body) == length
        self.gcs.requests.append(f"{self.command} {self.path}")
        url = urlsplit(self.path)
        self.query = dict(parse_qsl(url.query))
        try:
            self._routed(url.path, body)
        except Refusal as refusal:
            said = {"error": {"code": refusal.status, "message": refusal.message, "errors": []}}
            self._answer(refusal.status, json.dumps(said).encode())

    def _routed(self, path: str, body: bytes) -> None:
        conditions = Conditions.of(self.query)
        if found := _UPLOAD.fullmatch(path):
            self._upload(unquote(found[1]), body, conditions)
        elif found := _OBJECT.fullmatch(path):
            self._object(unquote(found[1]), unquote(found[2]), body, conditions)
        elif (found := _OBJECTS.fullmatch(path)) and self.command == "GET":
            self._json(self.gcs.page(unquote(found[1]), self.query))
        else:
            raise Refusal(404, "Not Found")

    def _upload(self, bucket: str, body: bytes, conditions: Conditions) -> None:
        if self.command == "PUT":
            self._piece(body)
        elif not self.whole:
            raise Refusal(400, "the request was cut")
        elif self.query["uploadType"] == "resumable":
            session = self.gcs.begin(bucket, json.loads(body), conditions)
            host = self.headers["Host"]
            where = f"http://{host}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={session}"
            self._answer(200, b"", {"Location": where})
        else:
            resource, data = _parts(body, self.headers["Content-Type"])
            made = self.gcs.insert(bucket, json.loads(resource), data, conditions, resumable=False)
            self._json(made.described())

    def _piece(self, body: bytes) -> None:
        piece = _PIECE.fullmatch(self.headers["Content-Range"])
        assert piece is not None
        start = int(piece[1]) if piece[1] else None
        total = int(piece[3]) if piece[3] != "*" else None
        session = self.gcs.receive(self.query["upload_id"], body, start, total, self.whole)
        if session.done is not None:
            self._json(session.done)
        else:
            there = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
            self._answer(308, b"", there)

    def _object(self, bucket: str, name: str, body: bytes, conditions: Conditions) -> None:
        if self.command == "DELETE":
            self.gcs.delete(bucket, name, conditions)
            self._answer(204, b"")
        elif self.command == "PATCH":
            self._json(self.gcs.patch(bucket, name, json.loads(body), conditions).described())
        elif self.query.get("alt") == "media":
            self._media(self.gcs.found(bucket, name, conditions))
        else:
            self._json(self.gcs.found(bucket, name, conditions).described())

    def _media(self, found: StoredObject) -> None:
        data, described = found.data, found.described()
        headers = {
            "Content-Type": "application/octet-stream",
            "x-goog-generation": str(found.generation),
            "x-goog-hash": f"crc32c={described['crc32c']},md5={described['md5Hash']}",
        }
        wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
        if wanted is None:
            self._answer(200, data, headers)
            return
        start = int(wanted[1] or max(0, len(data) - int(wanted[2])))
        stop = min(len(data), int(wanted[2]) + 1) if wanted[1] and wanted[2] else len(data)
        if start >= len(data):
            raise Refusal(416, "The requested range cannot be satisfied.")
        self._answer(206, data[start:stop], {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"})

    def _json(self, value: Mapping[str, object]) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json; charset=UTF-8"})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:  # the client has gone
            self.close_connection = True


def _parts(body: bytes, content_type: str) -> tuple[bytes, bytes]:
    """The two parts of a multipart/related body."""
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    first, second = body.split(boundary, 2)[1], body.split(boundary, 2)[2]
    resource = first.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
    data = second.partition(b"\r\n\r\n")[2]
    return resource, data[: data.rindex(b"\r\n" + boundary)]
