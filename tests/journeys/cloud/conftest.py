"""A deployment of a test: a settings file that names the servers, as the README shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings, load
from artifact_plane.domain.use_cases.limits import Limits
from tests.doubles.cloud_home import ARANGO_PASSWORD, CloudServers
from tests.doubles.databases import PostgresDatabase
from tests.doubles.world import check_world
from tests.journeys.driving import Room, Shell

LEASE = 3.0
"""A process on a busy machine renews it well before it runs out: that takes a third of it at most."""


@attrs.frozen(kw_only=True)
class Deployment:
    """A folder with settings for the cloud profile, and what they name."""

    folder: Path
    servers: CloudServers
    database: PostgresDatabase

    @property
    def environment(self) -> dict[str, str]:
        """What the settings file leaves to the environment: the secrets."""
        return {
            "ARTIFACT_PLANE_MIGRATION_DSN": self.database.owner,
            "ARTIFACT_PLANE_POSTGRES_DSN": self.database.runtime,
            "ARTIFACT_PLANE_ARANGO_PASSWORD": ARANGO_PASSWORD,
        }

    @property
    def shell(self) -> Shell:
        """The command line as processes of its own."""
        return Shell(self.folder, self.environment)

    @property
    def room(self) -> Room:
        """The command line in this process."""
        return Room(self.folder, self.environment)

    @property
    def settings_file(self) -> Path:
        """Where the settings are written."""
        return self.folder / "artifact-plane.toml"

    def replace(self, old: str, new: str) -> None:
        """Write the settings otherwise; ``old`` must be in them."""
        text = self.settings_file.read_text()
        assert old in text
        self.settings_file.write_text(text.replace(old, new))

    @property
    def settings(self) -> Settings:
        """The settings as the command line reads them."""
        return load({}, self.environment, self.folder)

    def opened(self, extras: Extras, **more: str) -> AbstractAsyncContextManager[tuple[ComposedApplication, Adapters]]:
        """A process of the deployment, with the settings of now and ``more`` in its environment: its application, and
        what it stands on."""
        return _process(load({}, {**self.environment, **more}, self.folder), extras)

    async def check(self, tenants: tuple[str, ...] = ("local",)) -> None:
        """``check_world`` over everything that is stored, swept before as the next process that opens it does."""
        async with adapters_of(self.settings, Extras()) as adapters:
            async with running(adapters, Limits()) as application:
                await application.runtime.recover()
            await check_world(adapters, tenants)


@asynccontextmanager
async def _process(settings: Settings, extras: Extras) -> AsyncIterator[tuple[ComposedApplication, Adapters]]:
    async with adapters_of(settings, extras) as adapters, running(adapters, Limits()) as application:
        yield application, adapters


@pytest.fixture
def deployment(tmp_path: Path, cloud_servers: CloudServers, postgres_database: PostgresDatabase) -> Deployment:
    """A deployment with a database and a bucket of its own."""
    bucket = f"bucket-{uuid4().hex}"
    cloud_servers.gcs.make_bucket(bucket)
    settings = f"""
profile = "cloud"

[postgres]
lease = {LEASE}

[gcs]
bucket = "{bucket}"
endpoint = "{cloud_servers.gcs.endpoint}"
unsafe_bucket = true

[arango]
urls = ["{cloud_servers.arango.url}"]
database = "plane-{uuid4().hex[:12]}"

[redis]
url = "{cloud_servers.redis.url}"
"""
    (tmp_path / "artifact-plane.toml").write_text(settings)
    return Deployment(folder=tmp_path, servers=cloud_servers, database=postgres_database)
