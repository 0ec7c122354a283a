"""Fees in the domain: asked once, paid once, never kept where nobody may keep them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.snapshots import from_state, to_state
from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT
from panjareh_requests.domain.clock import Turn
from panjareh_requests.domain.payment import (
    Exemption,
    FailedBecause,
    PaymentTerms,
    PaymentWhen,
)
from panjareh_requests.domain.refusals_payment import NothingToPay, PaymentTooLate
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    RequestStatus,
    ServiceTerms,
)

DAY = timedelta(days=1)
BEFORE_REVIEW, BEFORE_OUTPUT = PaymentWhen.BEFORE_REVIEW, PaymentWhen.BEFORE_OUTPUT
PAYMENT = PaymentTerms(
    when=BEFORE_REVIEW,
    amount=1000,
    currency="IRR",
    within_days=3,
    refunds={"withdrawn": "all", "refused": "all"},
    exemptions=(Exemption("form.poor", True, {"fa": "کم‌درآمد", "en": "of low income"}),),
)
TERMS = ServiceTerms(
    code="FEE-001",
    version=1,
    authority="police",
    name={},
    required_assurance=AssuranceLevel.SELF_ASSERTED,
    decision_mode=DecisionMode.RULES,
    evidence=(),
    form={},
    time_limit_days=5,
    output=OutputTerms("card", {}, 10),
    payment=PAYMENT,
)
LATE = replace(TERMS, payment=replace(PAYMENT, when=BEFORE_OUTPUT))


def submitted(terms: ServiceTerms = TERMS, **form: Any) -> ServiceRequest:
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel.HIGH,
        terms=terms,
        form=form,
        channel="web",
        reference="123456789010",
        at=AT,
    )


@pytest.fixture
def owing() -> ServiceRequest:
    request = submitted()
    assert request.ask_fee(TERMS, BEFORE_REVIEW, AT)
    return request


def names(request: ServiceRequest) -> list[str]:
    return [type(event).__name__ for event in request.pending_events]


def decided(request: ServiceRequest, outcome: Outcome) -> ServiceRequest:
    request.decide_by_rules(Decision(outcome, {"fa": "پس", "en": "so"}), AT)
    return request


def test_a_fee_is_asked_once_and_at_its_time_only(owing: ServiceRequest) -> None:
    assert (owing.status, owing.pay_by) == (RequestStatus.AWAITING_PAYMENT, AT + 3 * DAY)
    assert owing.ask_fee(TERMS, BEFORE_REVIEW, AT) is True  # still waited for
    assert owing.ask_fee(TERMS, BEFORE_OUTPUT, AT) is False
    assert names(owing).count("PaymentAsked") == 1


def test_a_service_without_a_fee_asks_for_none() -> None:
    request = submitted()

    assert request.ask_fee(replace(TERMS, payment=None), BEFORE_REVIEW, AT) is False
    assert names(request) == ["Submitted"]


def test_who_is_exempt_is_told_why_once() -> None:
    request = submitted(poor=True)

    assert [request.ask_fee(TERMS, BEFORE_REVIEW, AT) for _ in range(2)] == [False, False]
    assert names(request) == ["Submitted", "FeeWaived"]


@pytest.mark.parametrize("said", [1, "true", None, False])
def test_only_what_the_card_says_exempts(said: Any) -> None:
    assert submitted(poor=said).ask_fee(TERMS, BEFORE_REVIEW, AT) is True


def test_the_time_of_the_authority_stands_still_until_the_fee_is_paid(
    owing: ServiceRequest,
) -> None:
    assert owing.turns[-1][1] is Turn.PERSON
    owing.receive_payment(owing.payment_id, 1000, "A1", AT + DAY)
    assert owing.turns[-1] == (AT + DAY, Turn.AUTHORITY)


def test_a_decided_request_that_waits_for_its_fee_owes_nobody_time() -> None:
    request = decided(submitted(LATE), Outcome.GRANTED)
    request.ask_fee(LATE, BEFORE_OUTPUT, AT)

    assert (request.status, request.turns[-1][1]) == (RequestStatus.AWAITING_PAYMENT, Turn.NOBODY)
    request.receive_payment(request.payment_id, 1000, "A1", AT + DAY)
    assert request.status is RequestStatus.DECIDED
    assert [turn for _, turn in request.turns] == [Turn.AUTHORITY, Turn.NOBODY]


def test_nobody_pays_what_is_not_owed(owing: ServiceRequest) -> None:
    with pytest.raises(NothingToPay):
        submitted().must_be_payable(AT)
    with pytest.raises(PaymentTooLate):
        owing.must_be_payable(AT + 3 * DAY)
    owing.must_be_payable(AT + 3 * DAY - timedelta(microseconds=1))


def test_a_failed_try_makes_room_for_another(owing: ServiceRequest) -> None:
    first = owing.payment_id

    assert owing.fail_payment(first, FailedBecause.CANCELLED, AT) is True
    assert owing.fail_payment(first, FailedBecause.EXPIRED, AT) is False
    assert owing.payment_id != first
    assert owing.status is RequestStatus.AWAITING_PAYMENT


def test_a_fee_that_is_not_paid_ends_the_request_at_its_time_only(owing: ServiceRequest) -> None:
    assert owing.lapse_payment(AT + 3 * DAY - timedelta(microseconds=1)) is False
    assert owing.lapse_payment(AT + 3 * DAY) is True
    assert owing.lapse_payment(AT + 3 * DAY) is True
    assert (owing.status, names(owing).count("PaymentLapsed")) == (RequestStatus.WITHDRAWN, 1)
    assert owing.open_evidence == []


def test_a_granted_request_ends_without_its_document() -> None:
    request = decided(submitted(LATE), Outcome.GRANTED)
    request.ask_fee(LATE, BEFORE_OUTPUT, AT)
    request.lapse_payment(AT + 3 * DAY)

    assert (request.status, request.outcome) == (RequestStatus.CLOSED, Outcome.GRANTED)


@pytest.mark.parametrize("card", ["all", "none"])
def test_a_refusal_gives_the_fee_back_where_the_card_says_so_and_once_it_is_final(
    card: str,
) -> None:
    terms = replace(TERMS, payment=replace(PAYMENT, refunds={"refused": card}))
    request = submitted(terms)
    request.ask_fee(terms, BEFORE_REVIEW, AT)
    request.receive_payment(request.payment_id, 1000, "A1", AT)
    decided(request, Outcome.REFUSED)
    assert request.refunds == {}

    request.close(AT + 30 * DAY)

    assert list(request.refunds.values()) == ([1000] if card == "all" else [])


def test_an_appeal_that_is_granted_gives_nothing_back() -> None:
    request = submitted()
    request.ask_fee(TERMS, BEFORE_REVIEW, AT)
    request.receive_payment(request.payment_id, 1000, "A1", AT)
    decided(request, Outcome.REFUSED).appeal("no", AT)
    officer = uuid4()
    request.start_review(officer, AT)
    request.decide_by_officer(Outcome.GRANTED, officer_id=officer, reason="", at=AT)

    request.close(AT)

    assert request.refunds == {}


@given(amount=st.integers(1, 10**12), days=st.integers(1, 90))
def test_what_is_asked_is_what_the_card_says(amount: int, days: int) -> None:
    terms = replace(TERMS, payment=replace(PAYMENT, amount=amount, within_days=days))
    request = submitted(terms)
    request.ask_fee(terms, BEFORE_REVIEW, AT)

    assert (request.fee, request.currency, request.pay_by) == (amount, "IRR", AT + days * DAY)


class Money(RuleBasedStateMachine):
    """Whatever the bank says in whatever order: all that came in is kept for a paid fee, or goes back once."""

    @initialize(
        when=st.sampled_from([BEFORE_REVIEW, BEFORE_OUTPUT]),
        back=st.sampled_from(["all", "none"]),
    )
    def begin(self, when: PaymentWhen, back: str) -> None:
        payment = replace(PAYMENT, when=when, refunds={"withdrawn": back, "refused": back})
        self.terms = replace(TERMS, payment=payment)
        self.now, self.request = AT, submitted(self.terms)
        self.asked: list[UUID] = []
        if when is BEFORE_OUTPUT:
            decided(self.request, Outcome.GRANTED)
        self.request.ask_fee(self.terms, when, AT)

    @rule(days=st.integers(0, 2))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @rule()
    def try_to_pay(self) -> None:
        try:
            self.request.must_be_payable(self.now)
        except Refusal:
            return
        self.asked.append(self.request.payment_id)

    @rule(which=st.integers(0, 5))
    def bank_says_paid(self, which: int) -> None:
        if self.asked and self.asked[which % len(self.asked)] not in self.request.failed_payments:
            self.request.receive_payment(self.asked[which % len(self.asked)], 1000, "A1", self.now)

    @rule(which=st.integers(0, 5), because=st.sampled_from(FailedBecause))
    def bank_says_no(self, which: int, because: FailedBecause) -> None:
        if self.asked:
            self.request.fail_payment(self.asked[which % len(self.asked)], because, self.now)

    @rule()
    def time_for_paying_ends(self) -> None:
        self.request.lapse_payment(self.now)

    @rule()
    def withdraw(self) -> None:
        with suppress(Refusal):
            self.request.withdraw("", self.now)

    @rule(outcome=st.sampled_from(Outcome))
    def decide(self, outcome: Outcome) -> None:
        with suppress(Refusal):
            decided(self.request, outcome)

    @rule()
    def close(self) -> None:
        self.request.close(self.now)

    @rule()
    def bank_gives_back(self) -> None:
        for payment_id in list(self.request.refunds):
            self.request.refund_payment(payment_id, "B1", self.now)

    @rule()
    def goes_through_a_snapshot(self) -> None:
        self.request.collect_events()
        held = self.request
        again = from_state(ServiceRequest, held.id, held.version, to_state(held))
        assert isinstance(again, ServiceRequest)
        assert vars(again).keys() == vars(held).keys()
        self.request = again

    @invariant()
    def at_most_one_payment_is_kept(self) -> None:
        if hasattr(self, "request"):
            kept = set(self.request.payments) - set(self.request.refunds)
            assert len(kept) <= 1
            assert not kept or self.request.fee_settled
            assert self.request.refunded <= set(self.request.refunds) <= set(self.request.payments)

    @invariant()
    def who_paid_is_not_asked_again(self) -> None:
        if hasattr(self, "request") and self.request.fee_settled:
            assert self.request.status is not RequestStatus.AWAITING_PAYMENT
            assert self.request.lapse_payment(self.now + 99 * DAY) is True

    @invariant()
    def what_ended_gives_back_what_it_owes(self) -> None:
        if not hasattr(self, "request"):
            return
        request = self.request
        ended_without = request.status is RequestStatus.WITHDRAWN or (
            request.status is RequestStatus.CLOSED and request.outcome is Outcome.REFUSED
        )
        if ended_without and request.refunds_of_card.get("withdrawn") == "all":
            assert set(request.payments) == set(request.refunds)


TestMoney = Money.TestCase
