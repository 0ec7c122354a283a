"""Which documents a person holds, as the catalogue asks for hints (I8): their own only, and the look is recorded."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.read_model.held_documents import HeldDocuments
from panjareh_requests.read_model.looks import PostgresLooks

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


@pytest.fixture
def database(make_database_url: Callable[[str], str]) -> Iterator[Database]:
    database = Database(make_database_url("requests"))
    database.open()
    yield database
    database.close()


def issue(database: Database, person: UUID, valid_until: datetime, revoked: bool = False) -> UUID:
    request_id = uuid4()
    title = Jsonb({"fa": "گواهینامه", "en": "Licence"})
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO request (request_id, reference, applicant_id, authority, service_code, service_version,"
            " status, submitted_at, changed_at, version)"
            " VALUES (%s, %s, %s, 'police', 'DRV-002', 1, 'decided', now(), now(), 1)",
            (request_id, uuid4().hex, person),
        )
        connection.execute(
            "INSERT INTO document VALUES (%s, %s, 'driving_licence', %s, 'police', now(), %s, %s)",
            (uuid4().hex, request_id, title, valid_until, NOW if revoked else None),
        )
    return request_id


def ask(database: Database, person: UUID, language: str = "en") -> list[dict[str, object]]:
    log = EventLog(database, Keyring(secrets.token_bytes(32), database))
    caller = Caller(
        CallerKind.SERVICE, person, AssuranceLevel(1), service="catalog", purpose="hints"
    )
    held = HeldDocuments(log, PostgresLooks()).of(caller, caller.cause("platform"), language)
    return list(held["items"])


def looks(database: Database) -> list[tuple[object, ...]]:
    with database.connection() as connection:
        rows = connection.execute("SELECT * FROM person_data_read").fetchall()
    return [(r["person_id"], r["reader"], r["role"], r["purpose"], r["about"]) for r in rows]


def test_what_ends_first_stands_first_and_what_ended_long_ago_is_left_out(
    database: Database,
) -> None:
    person = uuid4()
    for valid_until in (NOW + YEAR, NOW - YEAR / 2, NOW + YEAR / 2, NOW - 2 * YEAR):
        issue(database, person, valid_until)

    held = ask(database, person)

    ends = [each["valid_until"] for each in held]
    assert ends == sorted([NOW - YEAR / 2, NOW + YEAR / 2, NOW + YEAR])
    assert {each["title"] for each in held} == {"Licence"}
    assert {each["title"] for each in ask(database, person, "fa")} == {"گواهینامه"}


def test_another_persons_and_revoked_documents_are_not_told(database: Database) -> None:
    person = uuid4()
    issue(database, uuid4(), NOW + YEAR)
    issue(database, person, NOW + YEAR, revoked=True)

    assert ask(database, person) == []
    assert looks(database) == []


def test_every_document_that_is_told_is_on_record_as_looked_at(database: Database) -> None:
    person = uuid4()
    request_id = issue(database, person, NOW + YEAR)

    ask(database, person)

    assert looks(database) == [(person, "catalog", "service", "hints", request_id)]
