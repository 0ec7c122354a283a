"""Catalogues that stand in a database without having been published through a door."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from tests import big_catalogue
from tests.integration.conftest import new_databases

from panjareh_catalog.read_model.measured_use import MeasuredUse
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring


@pytest.fixture
def empty_catalogue(catalog_database_url: str) -> Iterator[Database]:
    database = Database(catalog_database_url)
    database.open()
    yield database
    database.close()


@pytest.fixture
def view(empty_catalogue: Database) -> ServicesView:
    return ServicesView(empty_catalogue)


@pytest.fixture
def measured_use(empty_catalogue: Database) -> MeasuredUse:
    log = EventLog(empty_catalogue, Keyring(secrets.token_bytes(32), empty_catalogue))
    return MeasuredUse(log, empty_catalogue)


@pytest.fixture(scope="module")
def ten_thousand(servers: LocalServers) -> Iterator[ServicesView]:
    """A catalogue of 10,000 services, made once for the tests of a module; they only read."""
    with new_databases(servers) as make:
        url = make("catalog")
        big_catalogue.fill(url, big_catalogue.cards(10_000))
        database = Database(url)
        database.open()
        yield ServicesView(database)
        database.close()
