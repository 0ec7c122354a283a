"""A database on the real servers of tests/conftest.py for each module of these tests, and what they stand on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.messaging.rabbit import connect
from panjareh_common.messaging.topology import declare
from panjareh_common.migrations.run import migrate_database
from tests.faults.core import scenes
from tests.faults.core.crashing import Crashes
from tests.faults.core.ground import Ground


@pytest.fixture(scope="module")
def database_url(servers: LocalServers) -> Iterator[str]:
    """A database with what every service has."""
    name = sql.Identifier(f"test_faults_{secrets.token_hex(4)}")
    with psycopg.connect(servers.database_url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {}").format(name))
        user = administrator.info.user
    url = servers.database_url.rpartition("/")[0] + f"/{name.as_string().strip(chr(34))}"
    migrate_database(url, "common", user)
    yield url
    with psycopg.connect(servers.database_url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="module")
def ground(
    database_url: str, amqp_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    database = Database(database_url, size=2)
    database.open()
    log = EventLog(database, Keyring(scenes.SEALING_KEY, database))
    crashes = Crashes(tmp_path_factory.mktemp("crashes") / "log")
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection,
        connect(amqp_url) as broker,
    ):
        connection.execute(scenes.TABLES)
        declare(broker, "feedback", ())
        yield Ground(database_url, amqp_url, log, connection, broker, crashes)
    crashes.close()
    database.close()
