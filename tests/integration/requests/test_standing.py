"""How many requests are open, and late, as metrics tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from panjareh_common.database import Database
from panjareh_requests.read_model.standing import Standing

NOW = datetime(2026, 11, 25, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)


class Monotonic:
    now = 5.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database(make_database_url: Callable[[str], str]) -> Iterator[Database]:
    database = Database(make_database_url("requests"))
    database.open()
    yield database
    database.close()


def put(database: Database, service: str, status: str, promised_by: datetime | None) -> None:
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO request (request_id, reference, authority, service_code, service_version,"
            " status, submitted_at, changed_at, promised_by, version)"
            " VALUES (%s, %s, 'welfare', %s, 1, %s, %s, %s, %s, 1)",
            (uuid4(), uuid4().hex, service, status, EARLIER, EARLIER, promised_by),
        )


def test_open_and_late_requests_are_counted_by_service(database: Database) -> None:
    put(database, "INET-001", "under_review", EARLIER)
    put(database, "INET-001", "under_review", LATER)
    put(database, "INET-001", "submitted", EARLIER)
    put(database, "INET-001", "decided", EARLIER)
    put(database, "DRV-002", "gathering_evidence", None)
    put(database, "DRV-002", "closed", EARLIER)
    standing = Standing(database, lambda: NOW)

    assert standing.open() == {
        ("INET-001", "under_review"): 2,
        ("INET-001", "submitted"): 1,
        ("DRV-002", "gathering_evidence"): 1,
    }
    assert standing.overdue() == {("INET-001",): 2, ("DRV-002",): 0}


def test_the_table_is_read_once_a_minute_whoever_asks(database: Database) -> None:
    monotonic = Monotonic()
    standing = Standing(database, lambda: NOW, monotonic)
    assert standing.open() == {}
    put(database, "INET-001", "submitted", LATER)

    monotonic.now += 59
    assert standing.open() == {}
    monotonic.now += 1

    assert standing.open() == {("INET-001", "submitted"): 1}
