"""A request that lives: what the machine of test_whole_life.py keeps beside it, and what must always hold."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from tests.unit.requests.test_life_of_request import replayed

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.event_store.sealing import Owners
from panjareh_common.event_store.snapshots import from_state, to_state
from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT
from panjareh_requests.application.telling import from_detail, to_detail
from panjareh_requests.domain.appointments import AppointmentTerms, WhenToCome
from panjareh_requests.domain.clock import ClockState, Turn, clock_of
from panjareh_requests.domain.issued_document import RevocationGround
from panjareh_requests.domain.joining import PartyTerms
from panjareh_requests.domain.notices import owed, still
from panjareh_requests.domain.payment import (
    Exemption,
    PaymentTerms,
    PaymentWhen,
)
from panjareh_requests.domain.queue_order import Place
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    DecisionMode,
    Outcome,
    OutputTerms,
    RequestStatus,
    ServiceTerms,
)

APPLICANT, ANN, BEN, CLEO, BUYER, WITNESS = (UUID(int=n) for n in range(1, 7))
OFFICERS = (ANN, BEN, CLEO, APPLICANT, BUYER)
"""The last two ask for something themselves."""
PLACE = UUID(int=9)
DAY = timedelta(days=1)
_BUYER = PartyTerms("buyer", {}, {}, form={}, evidence=("identity",))
_WITNESS = PartyTerms("witness", {}, {})
COMING = AppointmentTerms(WhenToCome.OFFICER_OFFERS, 30, 2, 24, 10, {})
TERMS = ServiceTerms(
    code="ALL-001",
    version=1,
    authority="police",
    name={"fa": "همه", "en": "All"},
    required_assurance=AssuranceLevel.SELF_ASSERTED,
    decision_mode=DecisionMode.OFFICERS,
    evidence=("income", "residence"),
    form={},
    time_limit_days=15,
    output=OutputTerms("card", {"fa": "کارت", "en": "Card"}, 365),
    appeal_days=10,
    milestones={"printed": {"fa": "چاپ شد", "en": "Printed"}},
    appointment=COMING,
    payment=PaymentTerms(
        PaymentWhen.BEFORE_REVIEW,
        500_000,
        "IRR",
        5,
        {"withdrawn": "all", "refused": "all"},
        (Exemption("income.decile", 1, {"fa": "معاف", "en": "exempt"}),),
    ),
)
CARDS = {
    "none": replace(TERMS, payment=None),
    "before_review": TERMS,
    "before_output": replace(TERMS, payment=replace(TERMS.payment, when=PaymentWhen.BEFORE_OUTPUT)),
    "parties": replace(TERMS, parties=(_BUYER, _WITNESS), join_days=10),
}
"""What a card has people wait for: no fee, a fee before anything or before the document, a fee and two others."""

AFTER_THE_END = {
    "Reopened",
    "OutputRevoked",
    "OutputSent",
    "PaymentMade",
    "RefundAsked",
    "PaymentRefunded",
}
"""What may still happen to a request that is withdrawn or closed; a revocation, money that goes back."""
NOT_HERE = {"Imported"}
"""Of cases that came in from elsewhere; tests/unit/requests/test_as_of.py has those."""

REVIEWER = None
"""Whoever reviews it just now, who comes farther than others do."""
officers = st.sampled_from([REVIEWER, REVIEWER, REVIEWER, REVIEWER, *OFFICERS])
seldom = st.sampled_from([False, False, False, False, True])
outcomes = st.sampled_from(Outcome)
places = st.sampled_from([Place(), Place(3, "urgent"), Place(2)])


parties = st.sampled_from([None, None, "buyer", "witness"])


def in_status(*statuses: str) -> Callable[[Any], bool]:
    return lambda life: life.request.status in statuses


coming = in_status("awaiting_appointment")
decided = in_status("decided", "closed", "awaiting_payment")
gathering = in_status("submitted", "gathering_evidence", "withdrawn")
"""Where a rule is of use. What does not fit there is tried by a rule of its own, anywhere."""


def awaiting_others(life: Any) -> bool:
    return life.request.is_awaiting_parties


def sent_back(life: Any) -> bool:
    return life.request.asked_version is not None


def reviewed(life: Any) -> bool:
    return life.request.officer_id is not None


def proposed(life: Any) -> bool:
    return life.request.proposed_by is not None


def owing(life: Any) -> bool:
    return life.request.pay_by is not None


def documented(life: Any) -> bool:
    return life.request.document_number is not None


class OpenBook:
    """Seals nothing, so that what is stored can be read as it was written; or, `shut`, forgets everybody."""

    def __init__(self, shut: bool = False) -> None:
        self.shut = shut

    def seal(self, person_id: UUID | None, data: Any, context: str) -> bytes:
        return json.dumps(data).encode()

    def open(self, person_id: UUID, box: bytes, context: str) -> Any:
        return None if self.shut else json.loads(box)

    def seal_for(self, owners: Owners, data: Any, context: str) -> list[bytes]:
        return [json.dumps(data).encode()] * (len(owners.persons) if owners.each else 1)

    def open_for(self, owners: Owners, boxes: list[bytes], context: str) -> Any:
        return None if self.shut else json.loads(boxes[0])


def name_of(event: Any) -> str:
    return str(event.TOPIC.rpartition(".")[2])


def memory_of(request: ServiceRequest) -> dict[str, Any]:
    return copy.deepcopy({k: v for k, v in vars(request).items() if k != "_pending_events"})


class Living(RuleBasedStateMachine):
    """What happened is kept beside the request: its events, and how it stood after each step."""

    @initialize(
        card=st.sampled_from(sorted(CARDS)),
        start=st.sampled_from(
            ["submitted", "in review", "in review", "coming", "granted", "refused", "under appeal"]
        ),
    )
    def begin(self, card: str = "none", start: str = "submitted") -> None:
        """At the beginning, or further on: few walks from the beginning come far."""
        self.submit(card)
        if start == "submitted":
            return
        self.fee_is_paid()
        self.all_join()
        self.all_answers_come_and_officers_are_asked()
        self.officer_takes_it(ANN, Place())
        if start == "coming":
            self.officer_has_the_applicant_come(ANN)
        elif start != "in review":
            outcome = Outcome.GRANTED if start == "granted" else Outcome.REFUSED
            self.officer_decides(ANN, outcome, Place())
        if start == "under appeal":
            self.applicant_appeals()
            self.officer_takes_it(BEN, Place())

    def submit(self, card: str) -> None:
        self.now, self.terms = AT, CARDS[card]
        self.numbers = 0
        self.events: list[Any] = []
        self.stored: list[StoredEvent] = []
        self.stood: dict[int, dict[str, Any]] = {}
        self.moments: list[tuple[datetime, str]] = []
        self.request = ServiceRequest.submit(
            request_id=uuid4(),
            applicant_id=APPLICANT,
            assurance=AssuranceLevel.HIGH,
            terms=self.terms,
            form={"street": "ولیعصر"},
            channel="web",
            reference="123456789010",
            at=self.now,
        )
        self.go_on()
        self.keep()

    def one(self, officer: UUID | None) -> UUID:
        return officer or self.request.officer_id or ANN

    def there(self, party: str | None) -> bool:
        """Doors know whose party somebody is; a party that has not joined comes through none."""
        return party is None or party in self.request.joined

    def go_on(self) -> None:
        """As `application/going_on.py`: each wait looks whether it is owed."""
        if not self.request.ask_fee(self.terms, PaymentWhen.BEFORE_REVIEW, self.now):
            self.request.await_parties(self.terms, self.now)

    # Doing and keeping

    def does(self, what: Callable[..., Any], *how: Any, **named: Any) -> bool:
        """Whether it was allowed. Who refuses has decided nothing."""
        before = memory_of(self.request)
        try:
            what(*how, **named)
        except Refusal:
            assert not self.request.pending_events
            assert memory_of(self.request) == before
            return False
        self.follow()
        self.keep()
        return True

    def follow(self) -> None:
        """What the use cases do in the same commit as a decision."""
        request, at = self.request, self.now
        decided = [e for e in request.pending_events if isinstance(e, ServiceRequest.Decided)]
        if decided:
            self.issue_or_revoke()
        if decided and request.status is RequestStatus.DECIDED and request.final_at is None:
            request.close(at)

    def issue_or_revoke(self) -> None:
        request, at = self.request, self.now
        if request.outcome is Outcome.REFUSED and request.has_document:
            request.revoke_output(
                request.document_number,
                because=RevocationGround.DECIDED_ANEW,
                reason="anew",
                officer_id=None,
                at=at,
            )
        if not request.owes_output(self.terms):
            return
        if request.ask_fee(self.terms, PaymentWhen.BEFORE_OUTPUT, at):
            return
        self.numbers += 1
        request.issue_output(
            self.terms, f"D-{self.numbers}", at, status_index=self.numbers, code="c0de"
        )

    def keep(self) -> None:
        """The events as the store would take them, and how it stands now."""
        mapper = SealingMapper(OpenBook())  # type: ignore[arg-type]
        fresh = list(self.request.collect_events())
        for event in fresh:
            self.stored.append(mapper.to_stored(event, APPLICANT, self.request.owners_of(event)))
        self.events += fresh
        self.stood[len(self.events)] = memory_of(self.request)
        self.moments.append((self.now, str(self.request.status)))
        for notice in owed(self.request, fresh):
            assert from_detail(to_detail(notice)) == replace(notice, at=None)
            still(self.request, notice, self.now)

    @rule(hours=st.sampled_from([0, 1, 30, 24 * 4, 24 * 11, 24 * 31]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours, seconds=1)

    # Processes

    @rule()
    def process_dies_and_another_reads_the_log(self) -> None:
        self.request = replayed(self.loaded())

    @rule()
    def snapshot_is_taken_and_read(self) -> None:
        state = to_state(self.request)
        self.request = from_state(ServiceRequest, self.request.id, self.request.version, state)

    def loaded(self, *, erased: bool = False) -> list[Any]:
        mapper = SealingMapper(OpenBook(shut=erased))  # type: ignore[arg-type]
        return [mapper.to_domain_event(stored) for stored in self.stored]

    # What holds after every step

    @property
    def turn(self) -> Turn:
        return self.request.turns[-1][1]

    @invariant()
    def exactly_one_clock_shows_whose_turn_it_is(self) -> None:
        if not hasattr(self, "request"):
            return
        turns = self.request.turns
        assert all(a[1] is not b[1] for a, b in pairwise(turns))
        assert [at for at, _ in turns] == sorted(at for at, _ in turns)
        clock = clock_of(turns, 15)
        assert clock is not None
        assert (
            clock.state
            is {
                Turn.AUTHORITY: ClockState.RUNNING,
                Turn.PERSON: ClockState.PAUSED,
                Turn.NOBODY: ClockState.OVER,
            }[self.turn]
        )
        waited_for = str(self.request.status).startswith("awaiting_")
        assert (self.turn is Turn.AUTHORITY) is (
            not waited_for and self.request.status not in ("decided", "withdrawn", "closed")
        )

    @invariant()
    def at_most_one_document_holds_and_only_of_what_was_granted(self) -> None:
        if not hasattr(self, "request"):
            return
        numbers = [
            (name_of(e), e.document_number) for e in self.events if hasattr(e, "document_number")
        ]
        issued = [number for what, number in numbers if what == "OutputIssued"]
        revoked = [number for what, number in numbers if what == "OutputRevoked"]
        holds = set(issued) - set(revoked)
        assert len(issued) == len(set(issued))
        assert len(revoked) == len(set(revoked))
        assert len(holds) <= 1
        assert self.request.has_document is bool(holds)
        if holds:
            assert self.request.outcome is Outcome.GRANTED

    @invariant()
    def money_is_kept_account_of(self) -> None:
        if not hasattr(self, "request"):
            return
        request = self.request
        assert set(request.refunded) <= set(request.refunds) <= set(request.payments)
        assert all(request.refunds[each] == request.payments[each] for each in request.refunds)
        if request.status is RequestStatus.WITHDRAWN:
            assert set(request.refunds) == set(request.payments)

    @invariant()
    def nobody_reviews_what_they_may_not(self) -> None:
        if not hasattr(self, "request"):
            return
        assert self.request.officer_id not in {*self.request.person_ids, *self.request.conflicted}

    def teardown(self) -> None:
        if not hasattr(self, "request"):
            return
        self.what_is_read_again_is_what_was()
        self.nothing_happens_after_the_end_but_what_may()
        self.decisions_were_made_by_whom_they_may_be()
        self.who_was_forgotten_stops_nothing()

    def what_is_read_again_is_what_was(self) -> None:
        """fold(prefix) is how it stood then, from what was stored."""
        events, request = self.loaded(), None
        for number, event in enumerate(events, 1):
            assert vars(event) == vars(self.events[number - 1])
            request = event.mutate(request)
            if number in self.stood:
                assert memory_of(request) == self.stood[number]
        assert [e.originator_version for e in events] == list(range(1, len(events) + 1))
        assert [e.timestamp for e in events] == sorted(e.timestamp for e in events)

    def nothing_happens_after_the_end_but_what_may(self) -> None:
        request = None
        for event in self.events:
            if request is not None and request.status in ("withdrawn", "closed"):
                assert name_of(event) in AFTER_THE_END, f"{name_of(event)} after {request.status}"
            if request is not None and request.status == "withdrawn":
                assert name_of(event) != "Reopened"
            request = event.mutate(request)

    def decisions_were_made_by_whom_they_may_be(self) -> None:
        decided = [e for e in self.events if isinstance(e, ServiceRequest.Decided)]
        assert [e.instance for e in decided] == list(range(1, len(decided) + 1))
        request = None
        for event in self.events:
            if isinstance(event, ServiceRequest.Decided) and event.officer_id is not None:
                assert event.officer_id not in request.person_ids
                assert event.officer_id not in request.conflicted
                if request.under_appeal:
                    # The second of two has confirmed a moment before, and counts from then on.
                    assert event.officer_id not in request.decided_by
            if isinstance(event, ServiceRequest.DecisionConfirmed):
                assert event.officer_id not in {request.proposed_by, *request.conflicted}
                assert event.officer_id not in request.person_ids
            request = event.mutate(request)

    def who_was_forgotten_stops_nothing(self) -> None:
        """An erasure leaves what happened readable: where it stands, and what came of it."""
        forgotten = replayed(self.loaded(erased=True))
        assert (forgotten.status, forgotten.outcome) == (self.request.status, self.request.outcome)
        assert forgotten.turns == self.request.turns
        assert forgotten.document_number == self.request.document_number
        for stored in self.stored:
            assert "ولیعصر" not in json.dumps(json.loads(stored.state), ensure_ascii=False)
