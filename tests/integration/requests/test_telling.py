"""Notices on a real database: owed in the commit of what happened, told once, and dropped when it is too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from tests.integration.requests.test_ends_of_requests import DAY, Office, asking

from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.refusals import Kind, RemoteRefusal, Unavailable
from panjareh_requests.application.commands import AppealRequest
from panjareh_requests.application.telling import NoticesOwed, Telling
from panjareh_requests.domain.notices import Notice
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Outcome


@dataclass
class Phone:
    """Identity, as requests sees it: it may be away, and it tells nobody twice."""

    told: list[tuple[str, str]] = field(default_factory=list)
    ids: set[UUID] = field(default_factory=set)
    fault: Exception | None = None
    answer_lost: bool = False

    def tell(self, notice_id: UUID, notice: Notice, request: ServiceRequest) -> str:
        if self.fault is not None:
            raise self.fault
        if notice_id in self.ids:
            return "before"
        self.ids.add(notice_id)
        self.told.append((str(notice.kind), request.reference))
        if self.answer_lost:
            self.answer_lost = False
            raise Unavailable()
        return "sent"

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told]


class TellingOffice(Office):
    """An office whose requests tell people, as in the wired service."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.requests._view._follow = (*self.requests._view._follow, NoticesOwed())
        self.phone = Phone()
        self.telling = Telling(self.log, self.phone)

    def pass_time(self, gone: timedelta = timedelta(0)) -> None:
        super().pass_time(gone)
        DueWorker(self.database, self.telling.handlers(), lambda: self.now).run_due()

    def left(self) -> int:
        [(count,)] = self.database.fetch("SELECT count(*) FROM due WHERE kind = 'tell'")
        return int(count)


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[TellingOffice]:
    database = Database(make_database_url("requests"), size=8)
    database.open()
    yield TellingOffice(database)
    database.close()


def test_a_refusal_and_the_end_of_its_appeal_are_told_in_their_time(office: TellingOffice) -> None:
    request_id = office.refused()
    assert office.phone.kinds == [], "nothing is sent in the officer's own call"

    office.pass_time()
    assert office.phone.kinds == ["decided"]
    office.pass_time(7 * DAY - timedelta(seconds=1))
    assert office.phone.kinds == ["decided"]
    office.pass_time(timedelta(seconds=1))

    assert office.phone.kinds == ["decided", "appeal_ends"]
    reference = office.look(request_id)["reference"]
    assert {told for _, told in office.phone.told} == {reference}
    assert office.left() == 0


def test_who_has_appealed_is_not_reminded(office: TellingOffice) -> None:
    request_id = office.refused()
    office.pass_time()
    office.appeals.appeal(AppealRequest(request_id, "No."), asking(office.person))

    office.pass_time(20 * DAY)

    assert (office.phone.kinds, office.left()) == (["decided"], 0)


def test_while_identity_is_away_a_notice_waits_and_then_is_told_once(office: TellingOffice) -> None:
    office.refused()
    office.phone.fault = Unavailable()
    office.pass_time()
    office.pass_time(timedelta(hours=1))
    assert (office.phone.told, office.left()) == ([], 2)

    office.phone.fault = None
    office.phone.answer_lost = True
    office.pass_time(timedelta(minutes=6))
    office.pass_time(timedelta(minutes=6))

    assert office.phone.kinds == ["decided"], "asked twice, told once"
    assert office.left() == 1, "the reminder of the appeal"


def test_what_could_not_be_told_in_three_days_is_dropped(office: TellingOffice) -> None:
    request_id = office.under_review()
    office.decide(request_id, Outcome.GRANTED)
    office.phone.fault = Unavailable()
    office.pass_time(DAY)
    assert office.left() == 1

    office.phone.fault = None
    office.pass_time(2 * DAY)

    assert (office.phone.told, office.left()) == ([], 0)


def test_nobody_is_told_of_a_person_who_is_not_there_any_more(office: TellingOffice) -> None:
    request_id = office.under_review()
    office.decide(request_id, Outcome.GRANTED)
    office.phone.fault = RemoteRefusal("not_found", Kind.NOT_FOUND, "Nobody.", {}, [])

    office.pass_time()

    assert (office.phone.told, office.left()) == ([], 0)


def test_who_has_corrected_is_not_reminded(
    office: TellingOffice,
) -> None:
    request_id = office.under_review()
    office.send_back(request_id, days=10)
    assert office.left() == 2

    office.pass_time()
    office.correct(request_id, {"n": 2})
    office.pass_time(9 * DAY)

    assert (office.phone.kinds, office.left()) == (["correction_asked"], 0)
