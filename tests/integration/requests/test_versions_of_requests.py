"""A request's version never changes under it, whatever is published, suspended or retired meanwhile.

The catalogue's real aggregate makes the history, its real translation the messages; they come late, twice and in
any order. Requests are submitted through the use case, on a real database.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.integration.conftest import new_databases
from tests.integration.requests.drafting import requests_on

from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.messaging.translation import PUBLISHED
from panjareh_cli.local.servers import LocalServers
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.messaging import Message
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.commands import SubmitRequest
from panjareh_requests.domain.refusals import (
    ServiceEnded,
    ServiceReplaced,
    ServiceSuspended,
    UnknownService,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.messaging.subscriptions import SERVICES, STANDINGS
from panjareh_requests.read_model.terms import PublishedTerms

REASON = {"fa": "به‌روز می‌شود.", "en": "It is being renewed."}
CARD: dict[str, Any] = {
    "authority": "welfare",
    "name": {"fa": "نام", "en": "name"},
    "required_loa": 1,
    "decision_mode": "officers",
    "time_limit_days": 5,
    "fee": {"amount": 0, "currency": "IRR"},
    "channels": ["web"],
    "form": {"type": "object", "additionalProperties": False, "properties": {}},
    "evidence": [],
}
_numbers = count(1)


class Office:
    """The requests service on a database: what it hears, and what persons ask of it."""

    def __init__(self, database: Database) -> None:
        self.log = EventLog(database, Keyring(secrets.token_bytes(32), database))
        self.terms = PublishedTerms(self.log)
        self.requests = requests_on(self.log, self.terms)

    def hear(self, message: Message) -> None:
        if message.type == "service_published.v1":
            self.terms.keep(message, SERVICES.name)
        else:
            self.terms.keep_standing(message, STANDINGS.name)
        self.terms._newest.clear()  # what was asked a moment ago may be told for a moment more

    def submit(self, code: str, language: str = "en") -> UUID:
        caller = Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(2))
        answer = self.requests.submit(
            SubmitRequest(code, {}),
            caller=caller,
            cause=caller.cause("web"),
            key=str(uuid4()),
            language=language,
        )
        return UUID(answer["request_id"])

    def request(self, request_id: UUID) -> ServiceRequest:
        with self.log.unit_of_work(Cause("test", "service", "platform")) as unit:
            return unit.load(ServiceRequest, request_id)

    def card(self, code: str, version: int) -> Any:
        with self.log.unit_of_work(Cause("test", "service", "platform")) as unit:
            [row] = unit.fetch(
                "SELECT card FROM public_service WHERE code = %s AND version = %s", (code, version)
            )
        return row["card"]


def messages_of(service: PublicService) -> list[Message]:
    """What the catalogue tells others of what the service decided."""
    told = []
    for event in service.collect_events():
        if type(event) not in PUBLISHED:
            continue
        type_, data = PUBLISHED[type(event)]
        version = event.originator_version
        told.append(
            Message(
                f"{service.id}:{version}",
                "catalog",
                type_,
                str(service.id),
                event.timestamp,
                version,
                data(event),
            )
        )
    return told


class Life(RuleBasedStateMachine):
    """One public service, and the persons who ask for it."""

    office: Office

    def __init__(self) -> None:
        super().__init__()
        self.code = f"LIFE-{next(_numbers):03}"
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.service = PublicService.register(self.code, "welfare", self.at)
        self.waiting: list[Message] = []
        self.heard: list[Message] = []
        self.published: dict[int, dict[str, Any]] = {}
        self.running: dict[UUID, tuple[int, datetime]] = {}

    def decide(self, command: Callable[[], Any]) -> None:
        self.at += timedelta(minutes=1)
        try:
            command()
        except Refusal:
            return
        if self.service.number not in self.published and self.service.card:
            self.published[self.service.number] = copy.deepcopy(self.service.card)
        self.waiting += messages_of(self.service)

    def card(self, days: int) -> dict[str, Any]:
        return copy.deepcopy(CARD) | {"code": self.code, "time_limit_days": days}

    @rule(days=st.integers(1, 4))
    def publishes(self, days: int) -> None:
        self.decide(lambda: self.service.publish(self.card(days), self.at))

    @rule(days=st.integers(1, 4))
    def saves_a_draft(self, days: int) -> None:
        draft = self.service.draft
        self.decide(
            lambda: self.service.save_draft(
                self.card(days), draft.revision if draft else 0, self.at
            )
        )

    @precondition(lambda self: self.service.draft)
    @rule(what=st.sampled_from(["publish", "discard", "consult"]))
    def goes_on_with_the_draft(self, what: str) -> None:
        number = self.service.draft_number
        if what == "publish":
            self.decide(lambda: self.service.publish_draft(number, self.at))
        elif what == "discard":
            self.decide(lambda: self.service.discard_draft(number, self.at))
        else:
            self.decide(lambda: self.service.open_consultation(number, uuid4(), self.at))

    @precondition(lambda self: self.service.consulted)
    @rule()
    def closes_the_consultation(self) -> None:
        self.decide(lambda: self.service.close_consultation(self.at))

    @rule()
    def is_suspended_or_resumed(self) -> None:
        if self.service.standing == "suspended":
            self.decide(lambda: self.service.resume(self.at))
        else:
            self.decide(lambda: self.service.suspend(REASON, None, self.at))

    @precondition(lambda self: len(self.published) > 2)
    @rule()
    def retires(self) -> None:
        self.decide(lambda: self.service.retire(REASON, None, self.at))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def messages_come(self, data: st.DataObject) -> None:
        """Some of those on their way, in any order."""
        coming = data.draw(st.permutations(self.waiting))[: data.draw(st.integers(1, 5))]
        for message in coming:
            self.waiting.remove(message)
            self.office.hear(message)
            self.heard.append(message)

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def a_message_comes_again(self, data: st.DataObject) -> None:
        self.office.hear(data.draw(st.sampled_from(self.heard)))

    @rule()
    def somebody_asks_for_it(self) -> None:
        versions = [m.data["version"] for m in self.heard if m.type == "service_published.v1"]
        standings = sorted(
            (m for m in self.heard if m.type != "service_published.v1"), key=lambda m: m.sequence
        )
        closed = {"service_suspended.v1": ServiceSuspended, "service_retired.v1": ServiceEnded}
        refusal = closed.get(standings[-1].type) if standings else None
        try:
            request = self.office.request(self.office.submit(self.code))
        except UnknownService:
            assert not versions
            return
        except Refusal as refused:
            assert refusal and refused.code == refusal.code
            return
        assert refusal is None
        assert request.service_version == max(versions)
        self.running[request.id] = (request.service_version, request.promised_by)

    @invariant()
    def every_request_runs_under_the_version_it_began_with(self) -> None:
        for request_id, began_with in self.running.items():
            request = self.office.request(request_id)
            assert (request.service_version, request.promised_by) == began_with

    @invariant()
    def a_published_version_never_changes(self) -> None:
        for message in self.heard:
            if message.type == "service_published.v1":
                number = message.data["version"]
                assert self.office.card(self.code, number) == self.published[number]


@pytest.fixture(scope="module")
def office(servers: LocalServers) -> Iterator[Office]:
    with new_databases(servers) as make:
        database = Database(make("requests"))
        database.open()
        yield Office(database)
        database.close()


def test_a_requests_version_never_changes_under_it(office: Office) -> None:
    Life.office = office

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def heard(office: Office, *commands: Callable[[PublicService, datetime], Any]) -> str:
    """A service of which the office heard everything, published first; its code."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    service = PublicService.register(f"LIFE-{next(_numbers):03}", "welfare", at)
    service.publish(CARD | {"code": service.code}, at)
    for command in commands:
        command(service, at)
    for message in messages_of(service):
        office.hear(message)
    return service.code


def test_a_suspended_service_takes_no_requests_and_says_why(office: Office) -> None:
    code = heard(office, lambda service, at: service.suspend(REASON, None, at))

    with pytest.raises(Refusal) as refusal:
        office.submit(code, "fa")

    assert refusal.value.code == "service_suspended"
    assert REASON["fa"] in refusal.value.text  # type: ignore[attr-defined]


def test_a_retired_service_names_what_takes_its_place(office: Office) -> None:
    code = heard(office, lambda service, at: service.retire(REASON, "LIFE-999", at))

    with pytest.raises(Refusal) as refusal:
        office.submit(code)

    assert refusal.value.code == ServiceReplaced.code
    assert "Ask for LIFE-999 instead" in refusal.value.text  # type: ignore[attr-defined]


def test_what_was_suspended_and_resumed_takes_requests_again(office: Office) -> None:
    code = heard(
        office,
        lambda service, at: service.suspend(REASON, None, at),
        lambda service, at: service.resume(at),
    )

    assert office.request(office.submit(code)).service_version == 1


def test_of_two_messages_that_come_out_of_order_the_later_one_holds(office: Office) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    service = PublicService.register(f"LIFE-{next(_numbers):03}", "welfare", at)
    service.publish(CARD | {"code": service.code}, at)
    service.suspend(REASON, None, at)
    service.resume(at)
    published, suspended, resumed = messages_of(service)

    for message in (resumed, suspended, published, suspended):
        office.hear(message)

    assert office.request(office.submit(service.code)).service_version == 1


def test_a_card_of_format_two_is_run_under_as_one_of_format_one(office: Office) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    service = PublicService.register(f"LIFE-{next(_numbers):03}", "welfare", at)
    channel = {"channel": "web", "open": "always"}
    service.publish(CARD | {"code": service.code}, at)
    service.publish(CARD | {"code": service.code, "format": 2, "channels": [channel]}, at)
    for message in messages_of(service):
        office.hear(message)

    assert office.request(office.submit(service.code)).service_version == 2
