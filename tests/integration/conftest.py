"""A database of its own, on the real servers of tests/conftest.py, for each integration test."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.migrations.run import migrate_database

_migrated: dict[tuple[str, str], str] = {}


def _template(servers: LocalServers, service: str) -> str:
    """A database with the tables of one service, made once a server: a copy costs less than the migrations."""
    known = _migrated.get((servers.database_url, service))
    if known is not None:
        return known
    name = f"template_{service}_{secrets.token_hex(4)}"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = _url_of(servers, name)
    with psycopg.connect(url) as connection:
        owner = connection.execute("SELECT current_user").fetchone()
    assert owner is not None
    migrate_database(url, service, owner[0])
    _migrated[servers.database_url, service] = name
    return name


def _url_of(servers: LocalServers, name: str) -> str:
    return servers.database_url.rpartition("/")[0] + f"/{name}"


@contextmanager
def new_databases(servers: LocalServers) -> Iterator[Callable[[str], str]]:
    """Makes empty databases with the tables of one service in them, which go afterwards."""
    made: list[str] = []

    def make(service: str) -> str:
        name = f"test_{service}_{secrets.token_hex(4)}"
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(_template(servers, service))
        )
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute(copy)
        made.append(name)
        return _url_of(servers, name)

    yield make
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        for name in made:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)


@pytest.fixture
def make_database_url(servers: LocalServers) -> Iterator[Callable[[str], str]]:
    """Makes an empty database with the tables of one service in it."""
    with new_databases(servers) as make:
        yield make


@pytest.fixture
def database_url(make_database_url: Callable[[str], str]) -> str:
    """Only what every service has: the event log and what commits with it."""
    return make_database_url("common")


@pytest.fixture
def catalog_database_url(make_database_url: Callable[[str], str]) -> str:
    return make_database_url("catalog")


@pytest.fixture
def feedback_database_url(make_database_url: Callable[[str], str]) -> str:
    return make_database_url("feedback")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, size=8)
    database.open()
    yield database
    database.close()


@pytest.fixture
def keyring(database: Database) -> Keyring:
    return Keyring(secrets.token_bytes(32), database)


@pytest.fixture
def event_log(database: Database, keyring: Keyring) -> EventLog:
    return EventLog(database, keyring)
