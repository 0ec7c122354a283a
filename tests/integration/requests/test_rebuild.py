"""Writing the view of requests again from the events: afterwards it is what it was, also while commands run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.log import Cause
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, Outcome, ServiceTerms, Step
from panjareh_requests.read_model.requests_view import RequestsView, rebuild

AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
BECAUSE = Cause(actor="tester", role="service", channel="test")
OFFICER = uuid4()
TERMS = ServiceTerms(
    code="DRV-002",
    version=1,
    authority="police",
    name={"fa": "گواهینامه", "en": "Licence"},
    required_assurance=AssuranceLevel.LOW,
    decision_mode=DecisionMode.OFFICERS,
    evidence=(),
    form={"type": "object"},
    time_limit_days=15,
    evidence_titles={},
    rules=None,
    output=None,
)


@pytest.fixture
def database(make_database_url: Any) -> Iterator[Database]:
    database = Database(make_database_url("requests"), size=8)
    database.open()
    yield database
    database.close()


@pytest.fixture
def log(database: Database) -> EventLog:
    return EventLog(database, Keyring(b"k" * 32, database))


@pytest.fixture
def view(database: Database) -> RequestsView:
    return RequestsView(database)


def submitted(number: int) -> ServiceRequest:
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel.LOW,
        terms=TERMS,
        form={"n": number},
        channel="web",
        reference=f"{number:012d}",
        at=AT + timedelta(seconds=number),
    )


def imported(number: int) -> ServiceRequest:
    request = ServiceRequest.import_case(
        request_id=uuid4(),
        service_code="DRV-002",
        authority="police",
        source="log",
        case=str(number),
        channel="post",
        department=None,
        responsible=None,
        reference=f"{number:012d}",
        started_at=AT,
        promised_by=None,
    )
    request.complete_step(Step(step="T1", officer=None, unit=None, instance="1"), AT)
    return request


def write(log: EventLog, view: RequestsView, *requests: ServiceRequest) -> None:
    with log.unit_of_work(BECAUSE) as unit:
        unit.save(*requests)
        view.write(unit, *requests)


def some_of_every_kind(log: EventLog, view: RequestsView) -> list[UUID]:
    waiting = [submitted(n) for n in range(150)]
    reviewed = [submitted(n) for n in range(200, 260)]
    decided = [submitted(n) for n in range(300, 360)]
    past = [imported(n) for n in range(400, 440)]
    for request in (*reviewed, *decided):
        request.send_to_officers("officers_decide", AT)
        request.start_review(OFFICER, AT)
    for request in decided:
        request.decide_by_officer(Outcome.REFUSED, officer_id=OFFICER, reason="No.", at=AT)
    for request in past[:20]:
        request.close(AT)
    write(log, view, *waiting, *reviewed, *decided, *past)
    return [request.id for request in waiting]


def table(database: Database) -> list[dict[str, Any]]:
    with database.connection() as connection:
        return connection.execute("SELECT * FROM request ORDER BY request_id").fetchall()


WRECKED = [
    "DELETE FROM request",
    "DELETE FROM request WHERE version = 1",
    "UPDATE request SET status = 'closed', outcome = 'granted', officer_id = NULL",
    "UPDATE request SET changed_at = now(), promised_by = NULL, document_number = 'x'",
    "UPDATE request SET version = 0",
    "UPDATE request SET authority = 'nobody', channel = NULL, service_version = 9",
    "UPDATE request SET applicant_id = NULL, reference = reverse(reference) || request_id",
    "UPDATE request SET version = version + 5, status = 'closed'",
]


@pytest.mark.parametrize("wreck", WRECKED)
def test_whatever_happened_to_the_rows_they_are_again_what_they_were(
    log: EventLog, view: RequestsView, database: Database, wreck: str
) -> None:
    some_of_every_kind(log, view)
    before = table(database)
    with database.connection() as connection:
        connection.execute(wreck)  # type: ignore[call-overload]
    assert table(database) != before

    assert rebuild(log, view) == len(before) == 310

    assert table(database) == before


def test_a_row_without_events_does_not_outlive_a_rebuild(
    log: EventLog, view: RequestsView, database: Database
) -> None:
    some_of_every_kind(log, view)
    before = table(database)
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO request (request_id, reference, authority, service_code, service_version,"
            " status, submitted_at, changed_at, version)"
            " VALUES (gen_random_uuid(), 'x', 'a', 'X-001', 1, 'submitted', now(), now(), 1)"
        )

    rebuild(log, view)

    assert table(database) == before


def test_commands_that_run_meanwhile_are_neither_lost_nor_set_back(
    log: EventLog, view: RequestsView, database: Database
) -> None:
    waiting = some_of_every_kind(log, view)
    begun, stop = threading.Event(), threading.Event()
    made: list[UUID] = []

    def command() -> None:
        for number, stream in enumerate(waiting):

            def work(unit: Any, stream: UUID = stream) -> None:
                request = unit.load(ServiceRequest, stream)
                request.send_to_officers("officers_decide", AT)
                request.start_review(OFFICER, AT)
                unit.save(request)
                view.write(unit, request)

            log.run(BECAUSE, work)
            new = submitted(1000 + number)
            write(log, view, new)
            made.append(new.id)
            begun.set()
        stop.set()

    thread = threading.Thread(target=command)
    thread.start()
    assert begun.wait(20)
    rebuilt = 0
    while not stop.is_set() or not rebuilt:
        rebuild(log, view)
        rebuilt += 1
    thread.join()

    seen = {row["request_id"]: row for row in table(database)}
    assert all(seen[stream]["officer_id"] == OFFICER for stream in waiting)
    assert all(seen[stream]["version"] == 3 for stream in waiting)
    assert set(made) <= set(seen)
    told = table(database)
    with database.connection() as connection:
        connection.execute("DELETE FROM request")
    rebuild(log, view)
    assert table(database) == told
