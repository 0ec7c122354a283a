"""A request and its clock: whose turn it was, and what happens when time has passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.requests.test_request_rows import ORDERS, begin

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.calendar import WorkingCalendar, day_in_tehran
from panjareh_common.calendar.working_days import midnight
from panjareh_common.refusals import Refusal
from panjareh_requests.domain.clock import ClockState, Pause, Turn, Why, reckon, turn_of
from panjareh_requests.domain.escalation import STAGES, Duty, stage_after
from panjareh_requests.domain.refusals import AlreadyDecided
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Ask, Decision, DecisionMode, Outcome, ServiceTerms

AT = datetime(2026, 6, 6, 6, tzinfo=UTC)
DAY = timedelta(days=1)
OFFICER = uuid4()
GRANTED = Decision(Outcome.GRANTED, {"fa": "مهلت گذشت", "en": "The time has passed"})
TERMS = ServiceTerms(
    code="SUB-001",
    version=1,
    authority="welfare",
    name={"fa": "نام", "en": "name"},
    required_assurance=AssuranceLevel(1),
    decision_mode=DecisionMode.OFFICERS,
    evidence=(),
    form={},
    time_limit_days=3,
)


def submitted() -> ServiceRequest:
    request = ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel(2),
        terms=TERMS,
        form={},
        channel="web",
        reference="123456789010",
        at=AT,
    )
    request.send_to_officers("officers_decide", AT)
    return request


def again(request: ServiceRequest) -> ServiceRequest:
    """As whoever loads it from the log has it."""
    copy: ServiceRequest | None = None
    for event in request.pending_events:
        copy = event.mutate(copy)
    assert copy is not None
    return copy


def sent_back(request: ServiceRequest, at: datetime) -> None:
    request.start_review(OFFICER, at)
    asks = [Ask("place", "The whole address, please.")]
    request.send_back(asks, officer_id=OFFICER, answer_by=at + 30 * DAY, at=at)


def test_the_turns_are_remembered_by_every_replay() -> None:
    request = submitted()
    sent_back(request, AT + DAY)
    request.correct({"place": "Tehran"}, AT + 3 * DAY)

    loaded = again(request)

    assert loaded.turns == request.turns
    assert [turn for _, turn in loaded.turns] == [Turn.AUTHORITY, Turn.PERSON, Turn.AUTHORITY]
    clock = loaded.clock(3)
    assert clock is not None
    assert (clock.begun, clock.pauses) == (AT, (Pause(AT + DAY, AT + 3 * DAY),))


def test_evidence_and_reviews_do_not_touch_the_clock() -> None:
    request = submitted()
    before = request.clock_version

    request.start_review(OFFICER, AT + DAY)

    assert request.clock_version == before == 1


def test_each_duty_has_its_turn_once() -> None:
    request = submitted()

    for stage in STAGES:
        assert request.next_stage == stage
        assert request.escalate(stage, AT + 4 * DAY, AT + 5 * DAY)
        assert not request.escalate(stage, AT + 4 * DAY, AT + 5 * DAY)
        assert request.clock_version == request.version

    assert request.next_stage is None
    assert [duty for duty, _ in again(request).escalations] == [str(duty) for duty in Duty]


def test_the_last_who_is_told_is_not_of_the_authority() -> None:
    assert STAGES[-1].duty is Duty.OMBUDSMAN
    assert stage_after(len(STAGES)) is None
    assert [stage.after for stage in STAGES] == sorted({stage.after for stage in STAGES})


def test_nothing_is_put_before_anybody_once_nothing_is_owed() -> None:
    request = submitted()
    request.withdraw("", AT + DAY)

    assert not request.escalate(STAGES[0], AT + 4 * DAY, AT + 5 * DAY)
    clock = request.clock(3)
    assert clock is not None and clock.state is ClockState.OVER


def test_the_law_decides_what_nobody_decided_and_nothing_twice() -> None:
    request = submitted()

    request.decide_by_law(GRANTED, AT + 5 * DAY)

    assert (request.outcome, request.reason) == (Outcome.GRANTED, GRANTED.reason)
    decided = request.pending_events[-1]
    assert isinstance(decided, ServiceRequest.Decided)
    assert (decided.by, decided.officer_id, decided.rules) == ("law", None, None)
    with pytest.raises(AlreadyDecided):
        request.decide_by_law(GRANTED, AT + 5 * DAY)


def test_an_appeal_begins_a_clock_of_its_own() -> None:
    request = submitted()
    request.escalate(STAGES[0], AT + 4 * DAY, AT + 4 * DAY)
    request.start_review(OFFICER, AT + 5 * DAY)
    request.decide_by_officer(Outcome.REFUSED, officer_id=OFFICER, reason="No.", at=AT + 5 * DAY)
    request.appeal("I have the document.", AT + 6 * DAY)

    loaded = again(request)

    clock = loaded.clock(3)
    assert clock is not None
    assert (clock.begun, clock.state) == (AT + 6 * DAY, ClockState.RUNNING)
    assert (loaded.escalations, loaded.next_stage) == ([], STAGES[0])
    with pytest.raises(AlreadyDecided):
        loaded.decide_by_law(GRANTED, AT + 30 * DAY)


@given(
    orders=st.lists(
        st.tuples(st.sampled_from(sorted(ORDERS)), st.integers(0, 1), st.integers(1, 60 * 24 * 3)),
        max_size=25,
    )
)
def test_whatever_happens_the_days_counted_are_those_that_ended_in_the_authoritys_hands(
    orders: list[tuple[str, int, int]],
) -> None:
    request = begin(imported=False)
    at = request.created_on
    held = [(at, turn_of(request.status))]  # whose turn it was from when, by the status alone
    for order, choice, minutes in orders:
        at += timedelta(minutes=minutes)
        try:
            ORDERS[order](request, 0 if order == "end_appeal" else choice, at)
        except Refusal:
            continue
        held.append((at, turn_of(request.status)))
    begun = held[0][0]
    for (_, before), (moment, now) in pairwise(held):
        if before is Turn.NOBODY and now is not Turn.NOBODY:
            begun = moment

    clock = request.clock(1000)

    assert clock is not None and clock.begun == begun
    calendar, end = WorkingCalendar(), day_in_tehran(at)
    told = reckon(clock, calendar, [], at)
    day, expected = day_in_tehran(begun) + DAY, []
    while day < end:
        holder = [turn for moment, turn in held if moment < midnight(day + DAY)][-1]
        if holder is Turn.AUTHORITY and calendar.is_working_day(day):
            expected.append(day)
        day += DAY
    counted = [each.day for each in told.days if each.why is Why.COUNTED and each.day < end]
    if clock.ended is not None:
        last = day_in_tehran(clock.ended)
        counted = [each for each in counted if each < last]
    assert counted == expected
