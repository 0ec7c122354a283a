"""How long a service takes, told from what is finished, with what is late apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tests.integration.requests.test_clocks import DAY, SATURDAY, Office, tehran

from panjareh_common.database import Database
from panjareh_requests.domain.refusals import UnknownService
from panjareh_requests.domain.values import Outcome
from panjareh_requests.read_model.typical_times import TypicalTimes


class Monotonic:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Office]:
    database = Database(make_database_url("requests"), size=4)
    database.open()
    yield Office(database)
    database.close()


def decide(office: Office, request_id: UUID) -> None:
    officer = uuid4()

    def decided(request: object) -> None:
        request.start_review(officer, office.now)  # type: ignore[attr-defined]
        request.decide_by_officer(  # type: ignore[attr-defined]
            Outcome.GRANTED, officer_id=officer, reason="", at=office.now
        )

    office.tell(request_id, decided)


def finish(office: Office, hours: list[int]) -> None:
    """Requests that begin now and are decided after so many hours each."""
    begun = office.now
    ids = [office.submit() for _ in hours]
    for request_id, took in sorted(zip(ids, hours, strict=True), key=lambda each: each[1]):
        office.now = begun + timedelta(hours=took)
        decide(office, request_id)


def test_half_and_nine_in_ten_are_told_of_what_is_finished(office: Office) -> None:
    withdrawn, running = office.submit(), office.submit()
    office.tell(withdrawn, lambda request: request.withdraw("", office.now))
    finish(office, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100])

    told = TypicalTimes(office.log, office.terms).of("SUB-001", "en")

    assert (told["finished"], told["median_hours"], told["nine_in_ten_hours"]) == (10, 50, 90)
    assert told["text"].startswith(
        "Days until the decision: at most 3 for half of the requests, at most 4"
    )
    assert told["late"] == {"count": 1, "oldest_deadline": office.clock(running)["deadline_at"]}


def test_past_cases_of_the_authority_count_too(office: Office) -> None:
    finish(office, [10, 10, 10])
    for days in (2, 4):
        office.change(
            "INSERT INTO request (request_id, reference, authority, service_code, service_version,"
            " status, submitted_at, changed_at, version)"
            " VALUES (%s, %s, 'welfare', 'SUB-001', 0, 'closed', %s, %s, 2)",
            uuid4(),
            uuid4().hex,
            office.now - days * DAY,
            office.now,
        )

    told = TypicalTimes(office.log, office.terms).of("SUB-001", "fa")

    assert (told["finished"], told["median_hours"], told["nine_in_ten_hours"]) == (5, 10, 96)
    assert "نیمی از درخواست‌ها تا ۱ روز" in told["text"]


def test_of_a_few_nothing_is_told_and_nothing_of_long_ago(office: Office) -> None:
    finish(office, [1, 2, 3, 4])
    few = TypicalTimes(office.log, office.terms).of("SUB-001", "en")
    finish(office, [5])
    enough = TypicalTimes(office.log, office.terms).of("SUB-001", "en")
    office.now = tehran(SATURDAY + 400 * DAY)
    long_ago = TypicalTimes(office.log, office.terms).of("SUB-001", "en")

    assert (few["median_hours"], few["since"]) == (None, None)
    assert few["text"].startswith("Too few requests are finished")
    assert enough["median_hours"] == 3
    assert long_ago["finished"] == 0


def test_it_is_looked_up_once_a_minute_whoever_asks(office: Office) -> None:
    monotonic = Monotonic()
    times = TypicalTimes(office.log, office.terms, monotonic)
    assert times.of("SUB-001", "en")["finished"] == 0
    finish(office, [1, 2, 3, 4, 5])

    monotonic.now += 59
    assert times.of("SUB-001", "en")["finished"] == 0
    monotonic.now += 2

    assert times.of("SUB-001", "en")["finished"] == 5


def test_a_service_that_nobody_knows_is_refused(office: Office) -> None:
    with pytest.raises(UnknownService):
        TypicalTimes(office.log, office.terms).of("NONE-999", "en")
