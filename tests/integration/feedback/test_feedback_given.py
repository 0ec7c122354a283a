"""What an applicant says about a finished request is taken once, may be changed, and is told in sum (F1, F4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.messaging import Message
from panjareh_common.refusals import InvalidInput, KeyReused, NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_feedback.application.commands import GiveFeedback
from panjareh_feedback.application.giving import Giving
from panjareh_feedback.domain.feedback import Feedback
from panjareh_feedback.domain.values import stream_of
from panjareh_feedback.messaging.subscriptions import REQUESTS
from panjareh_feedback.read_model.known_requests import PostgresKnownRequests
from panjareh_feedback.read_model.ratings import Ratings

AT = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)


@dataclass
class Service:
    """Feedback without its doors."""

    log: EventLog
    known: PostgresKnownRequests
    ratings: Ratings
    giving: Giving

    def hears(self, *messages: Message) -> None:
        for message in messages:
            self.known.keep(message, REQUESTS.name)

    def give(self, request: Any, person: UUID, rating: int = 4, **said: Any) -> Any:
        caller = Caller(CallerKind.PERSON, person, AssuranceLevel.LOW)
        key = said.pop("key", uuid4().hex)
        code = said.pop("service_code", request.code)
        return self.giving.give(
            GiveFeedback(code, request.id, rating, **said),
            caller=caller,
            cause=caller.cause("web"),
            key=key,
            language="en",
        )


class Request:
    """A request as others tell of it; each has a service of its own unless told otherwise."""

    def __init__(self, code: str | None = None) -> None:
        self.id, self.applicant = uuid4(), uuid4()
        self.code = code or f"T-{uuid4().hex}"

    @property
    def submitted(self) -> Message:
        data = {"service_code": self.code, "service_version": 1, "authority": "municipality"}
        return self._told("request_submitted.v1", 1, data | {"applicant_id": str(self.applicant)})

    @property
    def decided(self) -> Message:
        return self._told("request_decided.v1", 7, {"outcome": "granted", "by": "rules"})

    def _told(self, type_: str, version: int, data: dict[str, Any]) -> Message:
        at = AT + timedelta(hours=version)
        return Message(f"{self.id}:{version}", "requests", type_, str(self.id), at, version, data)


@pytest.fixture
def service(feedback_database_url: str) -> Iterator[Service]:
    database = Database(feedback_database_url)
    database.open()
    log = EventLog(database, Keyring(b"k" * 32, database))
    known, ratings = PostgresKnownRequests(log), Ratings(database)
    yield Service(log, known, ratings, Giving(log, known, ratings))
    database.close()


@pytest.mark.parametrize(
    "order", ["submitted decided", "decided submitted", "decided decided submitted submitted"]
)
def test_a_request_is_known_in_whatever_order_it_is_told(service, order):
    request = Request()

    service.hears(*(getattr(request, name) for name in order.split()))

    assert service.give(request, request.applicant) == {
        "service_code": request.code,
        "request_id": str(request.id),
        "rating": 4,
    }


def test_a_request_that_is_not_decided_cannot_be_rated_yet(service):
    request = Request()
    service.hears(request.submitted)

    with pytest.raises(NotFound):
        service.give(request, request.applicant)
    service.hears(request.decided)

    assert service.give(request, request.applicant)["rating"] == 4


def test_nobody_rates_the_request_of_another(service):
    request = Request()
    service.hears(request.submitted, request.decided)

    with pytest.raises(NotFound):
        service.give(request, uuid4())
    with pytest.raises(NotFound):
        service.give(request, request.applicant, service_code="OTHER-001")


def test_a_repeat_of_the_same_key_is_answered_and_not_done_again(service):
    request = Request()
    service.hears(request.submitted, request.decided)

    first = service.give(request, request.applicant, key="one")
    again = service.give(request, request.applicant, key="one")

    assert first == again
    assert len(service.log.history(stream_of(request.id))) == 1
    with pytest.raises(KeyReused):
        service.give(request, request.applicant, rating=1, key="one")


def test_a_key_is_needed(service):
    request = Request()

    with pytest.raises(InvalidInput):
        service.give(request, request.applicant, key=None)


def test_feedback_is_changed_and_not_counted_twice(service):
    requests = [Request()]
    requests += [Request(requests[0].code) for _ in range(4)]
    for request in requests:
        service.hears(request.submitted, request.decided)
        service.give(request, request.applicant, rating=5)

    service.give(requests[0], requests[0].applicant, rating=1, text=" I was wrong ")

    assert service.ratings.of_service(requests[0].code) == {
        "service_code": requests[0].code,
        "count": 5,
        "mean": 4.2,
        "distribution": {"1": 1, "2": 0, "3": 0, "4": 0, "5": 4},
        "suppressed": False,
    }
    given, changed = service.log.history(stream_of(requests[0].id))
    assert isinstance(given.event, Feedback.Given)
    assert changed.event.text == "I was wrong"


def test_what_was_written_cannot_be_read_after_an_erasure(service):
    request = Request()
    service.hears(request.submitted, request.decided)
    service.give(request, request.applicant, text="my name is Maryam")

    service.log.keyring.erase(request.applicant)

    [given] = service.log.history(stream_of(request.id))
    assert given.event.text is None
    assert given.event.rating == 4
