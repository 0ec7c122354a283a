"""A log restored into a cluster that counts transactions from the start goes on where it was."""

from __future__ import annotations

from uuid import uuid4

import psycopg

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog
from panjareh_common.following import Follower, catch_up
from panjareh_common.migrations.run import migrate_database
from tests.integration.common.notes import BECAUSE, Note

AHEAD = 1_000_000  # transactions that the lost cluster had counted more than this one


class Titles(Follower):
    name = "titles"
    topics = ("TestNote.Opened",)

    def __init__(self) -> None:
        self.seen: list[str] = []

    def tell(self, events: object) -> None:
        self.seen += [event.event.title for event in events]  # type: ignore[attr-defined]


def kept(log: EventLog, title: str) -> int:
    with log.unit_of_work(BECAUSE) as unit:
        unit.save(Note.open(uuid4(), title=title))
    return unit.saved[0].position


def migrate(url: str) -> None:
    with psycopg.connect(url) as connection:
        owner = connection.execute("SELECT current_user").fetchone()
    assert owner is not None
    migrate_database(url, "common", owner[0])


def restored_from_a_busier_cluster(url: str) -> None:
    """What a dump of such a cluster looks like here: rows and follower positions far ahead of our counter."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SET session_replication_role = replica"
        )  # past the append-only triggers
        connection.execute("UPDATE event SET position = position + (%s::bigint << 16)", (AHEAD,))
        connection.execute("UPDATE follower SET position = position + (%s::bigint << 16)", (AHEAD,))


def test_a_restored_log_goes_on_and_followers_miss_nothing(
    event_log: EventLog, database_url: str
) -> None:
    follower = Titles()
    kept(event_log, "before")
    catch_up(event_log, follower)
    kept(event_log, "not yet followed")
    restored_from_a_busier_cluster(database_url)
    newest = event_log.database.fetch("SELECT max(position) FROM event")[0][0]

    migrate(database_url)

    assert kept(event_log, "after") > newest
    catch_up(event_log, follower)
    assert follower.seen == ["before", "not yet followed", "after"]


def test_without_the_offset_followers_would_be_blind(
    event_log: EventLog, database_url: str
) -> None:
    """Shows that the test above can fail."""
    kept(event_log, "before")
    restored_from_a_busier_cluster(database_url)
    newest = event_log.database.fetch("SELECT max(position) FROM event")[0][0]

    assert kept(event_log, "after") < newest
    assert [event.event.title for event in event_log.after(newest, None, 10)] == []


def test_a_migration_of_a_log_that_was_not_restored_leaves_positions_alone(
    event_log: EventLog, database: Database, database_url: str
) -> None:
    kept(event_log, "one")

    migrate(database_url)

    assert database.fetch("SELECT value FROM log_offset") == [(0,)]
