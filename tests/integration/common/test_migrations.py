"""Bringing a database up to date: repeatable, side by side, never rewritten, and with as few rights as will do."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from kombu import Connection
from psycopg import sql

from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.messaging.topology import Subscription
from panjareh_common.migrations import run
from panjareh_common.migrations.run import MigrationChanged, migrate, migrate_database
from panjareh_common.migrations.state import not_migrated
from panjareh_common.refusals import Unavailable
from tests.integration.common.notes import BECAUSE, Note

SERVICE = "catalog"


class Place:
    """A database and a role that are not there yet."""

    def __init__(self, servers: LocalServers) -> None:
        self.admin_url = servers.database_url
        self.name = f"test_migrate_{secrets.token_hex(4)}"
        self.password = secrets.token_hex(8)
        admin = urlsplit(self.admin_url)
        host = admin.netloc.rpartition("@")[2]
        self.url = urlunsplit(
            ("postgresql", f"{self.name}:{self.password}@{host}", f"/{self.name}", "", "")
        )
        self.admin_here = urlunsplit(admin._replace(path=f"/{self.name}"))

    def drop(self) -> None:
        name = sql.Identifier(self.name)
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))

    def ledger(self) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.admin_here) as connection:
            return connection.execute("SELECT * FROM migration ORDER BY 1, 2").fetchall()


@pytest.fixture
def place(servers: LocalServers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(servers)
    monkeypatch.setenv("PANJAREH_DATABASE_URL", servers.database_url)
    monkeypatch.setenv("PANJAREH_AMQP_URL", servers.amqp_url)
    monkeypatch.setenv("PANJAREH_CATALOG_DATABASE_URL", made.url)
    yield made
    made.drop()


def test_a_new_place_is_made_and_its_service_can_work_there(place: Place) -> None:
    migrate(SERVICE, ())

    database = Database(place.url)
    database.open()
    log = EventLog(database, Keyring(secrets.token_bytes(32), database))
    note = Note.open(uuid4())
    with log.unit_of_work(BECAUSE) as unit:
        unit.save(note)
        unit.wait_until(unit.now, "kind", note.id)
    assert len(log.history(note.id)) == 1
    database.close()


def test_a_repeat_changes_nothing(place: Place) -> None:
    migrate(SERVICE, ())
    first = place.ledger()

    migrate(SERVICE, ())

    assert place.ledger() == first
    assert {(row[0], row[1]) for row in first} >= {("catalog", 1), ("common", 1)}


def test_two_at_once_do_not_collide(place: Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(migrate, SERVICE, ()) for _ in range(4)]
        for each in done:
            each.result(60)

    at_once = [row[:2] for row in place.ledger()]
    migrate(SERVICE, ())
    assert at_once == [row[:2] for row in place.ledger()]


def test_a_process_knows_whether_a_database_is_as_it_needs_it(place: Place) -> None:
    early = Database(place.url)
    early.open()
    with pytest.raises(Unavailable):  # nobody has made it yet
        not_migrated(early, SERVICE)
    early.close()
    migrate(SERVICE, ())
    database = Database(place.url)
    database.open()
    with psycopg.connect(place.admin_here, autocommit=True) as owner:
        assert not_migrated(database, SERVICE) is None

        owner.execute(
            "INSERT INTO migration (component, number, checksum) VALUES ('common', 999, '')"
        )
        assert not_migrated(database, SERVICE) is None  # a newer one: what a rollback finds

        owner.execute("DELETE FROM migration WHERE component = 'catalog' AND number = 1")
        assert not_migrated(database, SERVICE) == "not migrated: catalog 0001"

        owner.execute(sql.SQL("REVOKE ALL ON migration FROM {}").format(sql.Identifier(place.name)))
        assert not_migrated(database, SERVICE) == "not migrated"

        owner.execute("DROP TABLE migration")
        assert not_migrated(database, SERVICE) == "not migrated"
    database.close()


def test_a_migration_that_was_rewritten_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(SERVICE, ())
    before = place.ledger()
    read = run._migrations

    def rewritten(component: str) -> list[tuple[int, str]]:
        return [
            (n, text + ("-- prettier" if component == SERVICE else ""))
            for n, text in read(component)
        ]

    monkeypatch.setattr(run, "_migrations", rewritten)
    with pytest.raises(MigrationChanged, match="catalog 0001"):
        migrate(SERVICE, ())

    assert place.ledger() == before


def test_a_migration_that_fails_leaves_nothing_half_done(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(SERVICE, ())
    before = place.ledger()
    read = run._migrations

    def longer(component: str) -> list[tuple[int, str]]:
        broken = [(9999, "CREATE TABLE half (a int); SELECT nonsense")]
        return read(component) + (broken if component == SERVICE else [])

    monkeypatch.setattr(run, "_migrations", longer)
    with pytest.raises(psycopg.Error):
        migrate(SERVICE, ())

    with psycopg.connect(place.admin_here) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
    assert place.ledger() == before


FORBIDDEN = [
    "UPDATE event SET topic = 'x'",
    "DELETE FROM event",
    "TRUNCATE event",
    "UPDATE event_p00 SET topic = 'x'",
    "DELETE FROM event_p00",
    "TRUNCATE event_p07",
    "DELETE FROM tree_leaf",
    "UPDATE tree_node SET hash = ''",
    "UPDATE tree_stamp SET head = ''",
    "DELETE FROM tree_stamp",
    "DROP TABLE event",
    "ALTER TABLE event DISABLE TRIGGER ALL",
    "SELECT * FROM migration",
    "INSERT INTO migration (component, number, checksum) VALUES ('x', 1, '')",
    "CREATE TABLE mine (a int)",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "CREATE ROLE friend",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a_service_may_not_touch_history_or_the_ledger_of_migrations(
    migrated: Place, statement: str
) -> None:
    with (
        psycopg.connect(migrated.url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def migrated(servers: LocalServers) -> Iterator[Place]:
    """A place with an event in it, seen by its service's own role."""
    made = Place(servers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANJAREH_DATABASE_URL", servers.database_url)
        patch.setenv("PANJAREH_AMQP_URL", servers.amqp_url)
        patch.setenv("PANJAREH_CATALOG_DATABASE_URL", made.url)
        migrate(SERVICE, ())
    yield made
    made.drop()


def test_a_service_reaches_no_other_services_database(
    migrated: Place, servers: LocalServers
) -> None:
    other = Place(servers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANJAREH_DATABASE_URL", servers.database_url)
        patch.setenv("PANJAREH_AMQP_URL", servers.amqp_url)
        patch.setenv("PANJAREH_FEEDBACK_DATABASE_URL", other.url)
        migrate("feedback", ())
    there = urlunsplit(urlsplit(migrated.url)._replace(path=f"/{other.name}"))

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(there)

    other.drop()


def test_a_forgotten_transaction_of_a_service_is_ended(migrated: Place) -> None:
    with psycopg.connect(migrated.url) as connection:
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            assert connection.execute(f"SHOW {limit}".encode()).fetchone() == ("10s",)


def test_the_queues_of_a_service_are_there_before_it_starts(
    place: Place, servers: LocalServers
) -> None:
    name = f"on_{secrets.token_hex(4)}"

    migrate(SERVICE, (Subscription(SERVICE, name, SERVICE, ("test_migrated.v1",)),))

    with Connection(servers.amqp_url) as connection:
        channel = connection.channel()
        for queue in (
            f"{SERVICE}.{name}",
            f"{SERVICE}.dead",
            f"rpc-{SERVICE}",
            "panjareh.unrouted",
        ):
            assert channel.queue_declare(queue, passive=True).queue == queue
        channel.queue_delete(f"{SERVICE}.{name}")


def test_the_administrators_own_database_needs_no_rights(database_url: str) -> None:
    owner = urlsplit(database_url).username or ""

    migrate_database(database_url, "common", owner)
