"""The administration on a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Database
from tests.integration.conftest import new_databases
from tests.integration.identity.providing import Ground, on_ground
from tests.integration.identity.representing import House as Scene
from tests.integration.identity.staffing import House


@pytest.fixture
def house(make_database_url: Callable[[str], str]) -> Iterator[House]:
    database = Database(make_database_url("identity"), size=8)
    database.open()
    yield House(database)
    database.close()


@pytest.fixture(scope="module")
def ground(servers: LocalServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The OpenID provider on a database of its own; its people and clients do not know each other."""
    with (
        new_databases(servers) as make,
        pytest.MonkeyPatch.context() as monkeypatch,
        on_ground(
            make("identity"), servers.amqp_url, tmp_path_factory.mktemp("cards"), monkeypatch
        ) as made,
    ):
        yield made


@pytest.fixture
def scene(make_database_url: Callable[[str], str]) -> Iterator[Scene]:
    """Mandates, consents and the privacy statement."""
    database = Database(make_database_url("identity"), size=8)
    database.open()
    yield Scene(database)
    database.close()
