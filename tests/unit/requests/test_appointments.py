"""Coming in person: times that follow from hours and holidays, and what a request decides about them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.calendar import TEHRAN, AnnouncedDay, WorkingCalendar, day_in_tehran
from panjareh_common.calendar.hours import Hours
from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.appointments import (
    MARKED_WITHIN,
    MOST_CHANGES,
    AppointmentTerms,
    Plan,
    Slot,
    WhenToCome,
    hold_until,
    overlapping,
    plan_from,
)
from panjareh_requests.domain.clock import Turn
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, Outcome, RequestStatus, ServiceTerms

CALENDAR = WorkingCalendar()
APPLICANT, OFFICER, PLACE = uuid4(), uuid4(), uuid4()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WANTED = AppointmentTerms(
    WhenToCome.AFTER_SUBMISSION, 15, 2, 24, 10, {"fa": "بیایید", "en": "Come"}
)
ON_OFFER = AppointmentTerms(
    WhenToCome.OFFICER_OFFERS, 15, 2, 24, 10, {"fa": "بیایید", "en": "Come"}
)
KEPT = {
    "name": {"fa": "دفتر", "en": "Office"},
    "address": {"fa": "ونک", "en": "Vanak"},
    "city": {"fa": "تهران", "en": "Tehran"},
    "hours": [
        {"days": ["saturday", "monday"], "from": "08:00", "to": "10:00"},
        {"days": ["saturday"], "from": "13:00", "to": "14:00"},
    ],
    "slot_minutes": 30,
    "capacity": 2,
    "from_day": "2026-03-01",
    "until_day": None,
    "services": ["APP-001"],
}

minutes = st.integers(0, 1440)
days = st.dates(date(2023, 1, 1), date(2035, 12, 31))  # since 2022 Tehran keeps one time all year


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    opens = draw(st.integers(0, 1380))
    hours = Hours(
        frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        opens,
        draw(st.integers(opens + 1, 1440)),
    )
    return Plan((hours,), draw(st.integers(5, 480)), 3, date(2023, 1, 1), None, frozenset())


@whatever(plans(), days)
def test_times_lie_in_the_hours_one_after_another_and_fill_them(plan: Plan, day: date) -> None:
    slots = plan.slots_on(day, CALENDAR)

    hours, length = plan.hours[0], timedelta(minutes=plan.slot_minutes)
    if day.weekday() not in hours.days or CALENDAR.holiday_on(day):
        assert slots == []
        return
    begins = datetime.combine(day, time(), TEHRAN)
    opens, closes = (begins + timedelta(minutes=each) for each in (hours.opens, hours.closes))
    assert len(slots) == (closes - opens) // length
    for number, slot in enumerate(slots):
        assert slot.starts_at == opens + number * length
        assert slot.ends_at - slot.starts_at == length
        assert day_in_tehran(slot.starts_at) == day
    for slot in slots[:1] + slots[-1:]:
        assert plan.slot_at(slot.starts_at, CALENDAR) == slot
        assert plan.slot_at(slot.starts_at + timedelta(minutes=1), CALENDAR) is None


@whatever(plans(), days, st.booleans())
def test_what_is_announced_stands_over_what_was_computed(
    plan: Plan, day: date, closed: bool
) -> None:
    announced = WorkingCalendar(
        announced=[AnnouncedDay(day, closed, {"fa": "آلودگی", "en": "Air"})]
    )

    slots = plan.slots_on(day, announced)

    possible = day.weekday() in plan.hours[0].days and (
        plan.hours[0].closes - plan.hours[0].opens >= plan.slot_minutes
    )
    assert bool(slots) == (possible and not closed)


def test_a_place_closes_on_a_day_or_for_good_and_has_its_own_first_and_last_day() -> None:
    saturday = date(2026, 4, 4)
    plan = plan_from(KEPT | {"until_day": "2026-04-11"})

    assert [
        slot.starts_at.astimezone(TEHRAN).time() for slot in plan.slots_on(saturday, CALENDAR)
    ] == [time(8), time(8, 30), time(9), time(9, 30), time(13), time(13, 30)]
    assert plan.slots_on(saturday, CALENDAR, {"2026-04-04"}) == []
    assert plan.slots_on(saturday + 7 * DAY, CALENDAR) != []
    assert plan.slots_on(saturday + 14 * DAY, CALENDAR) == []
    assert plan.slots_on(date(2026, 2, 28), CALENDAR) == []

    place = AppointmentPlace.open(PLACE, "police", KEPT, AT)
    place.close_day(saturday, {"fa": "تعمیر", "en": "Repairs"}, 1, AT)
    assert (place.slots_on(saturday, CALENDAR), place.version) == ([], 2)
    with pytest.raises(Refusal) as seen:
        place.reopen_day(saturday, 1, AT)
    assert (seen.value.code, seen.value.details) == ("place_changed", {"version": 2})
    place.reopen_day(saturday, 2, AT)
    assert len(place.slots_on(saturday, CALENDAR)) == 6
    place.close({"fa": "رفت", "en": "Moved"}, None, AT)
    assert place.slots_on(saturday, CALENDAR) == []
    with pytest.raises(Refusal) as closed:
        place.change(KEPT, None, AT)
    assert closed.value.code == "place_closed"


def test_two_spans_of_one_day_may_touch_and_not_overlap() -> None:
    morning, noon = Hours(frozenset({5, 6}), 480, 720), Hours(frozenset({6}), 720, 840)

    assert not overlapping([morning, noon])
    assert overlapping([morning, Hours(frozenset({6}), 719, 840)])
    assert not overlapping([morning, Hours(frozenset({4}), 480, 840)])


@whatever(st.integers(0, 100))
def test_a_time_is_kept_for_one_in_line_only_as_long_as_it_can_still_be_passed_on(
    hours: int,
) -> None:
    slot = Slot(AT + hours * HOUR, AT + (hours + 1) * HOUR)

    until = hold_until(slot, AT)

    assert (until is None) == (hours < 3)
    if until:
        assert AT + HOUR <= until <= min(AT + 12 * HOUR, slot.starts_at - 2 * HOUR)


# A request


def asked_to_come(wanted: AppointmentTerms = WANTED) -> ServiceRequest:
    request = submitted(wanted)
    if wanted is WANTED:
        request.offer_by_card(wanted, AT)
    else:
        request.send_to_officers("officers_decide", AT)
        request.start_review(OFFICER, AT)
        request.offer_by_officer(wanted, officer_id=OFFICER, note=" Bring the old card. ", at=AT)
    return request


def submitted(wanted: AppointmentTerms) -> ServiceRequest:
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=APPLICANT,
        assurance=AssuranceLevel.HIGH,
        terms=ServiceTerms(
            code="APP-001",
            version=1,
            authority="police",
            name={},
            required_assurance=AssuranceLevel.SELF_ASSERTED,
            decision_mode=DecisionMode.RULES,
            evidence=(),
            form={},
            time_limit_days=5,
            appointment=wanted,
        ),
        form={},
        channel="web",
        reference="1",
        at=AT,
    )


def in_days(number: int) -> Slot:
    return Slot(AT + number * DAY, AT + number * DAY + HOUR / 2)


def booked(number: int = 5, wanted: AppointmentTerms = WANTED) -> ServiceRequest:
    request = asked_to_come(wanted)
    request.book(PLACE, in_days(number), AT)
    return request


def turn(request: ServiceRequest) -> Turn:
    return request.turns[-1][1]


def refusal(what: Any, *args: Any, **named: Any) -> str:
    with pytest.raises(Refusal) as said:
        what(*args, **named)
    return said.value.code


def test_whom_the_card_has_come_chooses_and_comes_and_is_then_decided_by_rules() -> None:
    request = booked()
    assert request.status is RequestStatus.AWAITING_APPOINTMENT
    assert turn(request) is Turn.PERSON

    request.came(officer_id=OFFICER, at=AT + 5 * DAY)

    assert (request.status, request.ready_to_decide) == (RequestStatus.SUBMITTED, True)
    assert not request.owes_appointment(WANTED)
    assert request.appointment_at is None
    assert turn(request) is Turn.AUTHORITY


def test_whom_an_officer_asks_comes_and_that_officer_goes_on() -> None:
    request = booked(wanted=ON_OFFER)
    assert request.appointment_note == "Bring the old card."
    assert refusal(request.decide_by_officer, None, officer_id=OFFICER, reason="", at=AT) == (
        "not_under_review"
    )

    request.came(officer_id=uuid4(), at=AT + 5 * DAY)

    assert (request.status, request.officer_id) == (RequestStatus.UNDER_REVIEW, OFFICER)


def test_nobody_is_asked_to_come_twice_by_the_card_nor_where_it_says_nothing() -> None:
    request = asked_to_come()
    before = request.version
    request.offer_by_card(WANTED, AT)
    assert request.version == before
    assert not submitted(ON_OFFER).owes_appointment(ON_OFFER)
    review = submitted(ON_OFFER)
    review.send_to_officers("officers_decide", AT)
    review.start_review(OFFICER, AT)
    assert refusal(review.offer_by_officer, None, officer_id=OFFICER, note="", at=AT) == (
        "no_appointments_for_service"
    )


def test_one_appointment_a_request_and_only_ahead_and_in_time() -> None:
    assert refusal(booked().book, PLACE, in_days(6), AT) == "already_booked"
    request = asked_to_come()
    assert refusal(request.book, PLACE, in_days(0), AT) == "slot_not_offered"
    assert refusal(request.book, PLACE, in_days(20), AT + 11 * DAY) == "booking_too_late"
    assert refusal(submitted(WANTED).book, PLACE, in_days(3), AT) == "no_appointment_here"
    assert refusal(request.move, PLACE, in_days(3), WANTED, AT) == "nothing_booked"


def test_it_may_be_moved_until_the_card_says_and_not_for_ever() -> None:
    request = booked(5)

    assert (
        refusal(request.move, PLACE, in_days(9), WANTED, AT + 4 * DAY + HOUR) == "moving_too_late"
    )
    for number in range(MOST_CHANGES):
        request.move(PLACE, in_days(6 + number), WANTED, AT)
    assert request.appointment_at == in_days(5 + MOST_CHANGES).starts_at
    assert refusal(request.move, PLACE, in_days(6), WANTED, AT) == "too_many_changes"
    assert refusal(request.give_appointment_back, "", WANTED, AT) == "too_many_changes"
    before = request.version
    again = booked(5)
    again.move(PLACE, in_days(5), WANTED, AT)
    assert again.version == 3
    assert request.version == before


def test_what_is_given_back_leaves_three_days_to_choose_and_what_the_authority_calls_off_the_whole_time() -> (
    None
):
    request = booked(15)
    request.give_appointment_back("I am ill.", WANTED, AT + 9 * DAY)
    assert (request.appointment_at, request.book_by) == (None, AT + 12 * DAY)

    request = booked(15)
    request.call_off("place", {"fa": "بسته", "en": "Closed"}, WANTED, AT + 9 * DAY)
    assert (request.appointment_at, request.book_by) == (None, AT + 19 * DAY)
    assert request.appointment_changes == 0


def test_who_does_not_come_may_choose_again_and_is_never_refused_for_it() -> None:
    request = booked(5)
    assert refusal(request.did_not_come, WANTED, officer_id=OFFICER, at=AT + 5 * DAY) == (
        "too_early_to_mark"
    )
    assert refusal(request.came, officer_id=OFFICER, at=AT + 4 * DAY) == "too_early_to_mark"
    assert refusal(request.came, officer_id=APPLICANT, at=AT + 5 * DAY) == "own_request"
    request.did_not_come(WANTED, officer_id=OFFICER, at=AT + 5 * DAY + HOUR)
    assert (request.status, request.book_by) == (
        RequestStatus.AWAITING_APPOINTMENT,
        AT + 15 * DAY + HOUR,
    )
    request.book(PLACE, in_days(9), AT + 6 * DAY)

    request.did_not_come(WANTED, officer_id=OFFICER, at=AT + 10 * DAY)

    assert (request.status, request.outcome) == (RequestStatus.UNDER_REVIEW, None)
    assert refusal(request.book, PLACE, in_days(12), AT + 10 * DAY) == "no_appointment_here"
    request.start_review(OFFICER, AT + 10 * DAY)


def test_each_wait_for_the_applicant_has_an_end_that_is_no_refusal() -> None:
    request = asked_to_come()
    offer = request.offer_version
    assert not request.lapse_offer(offer, AT + 10 * DAY - HOUR)
    assert request.lapse_offer(offer, AT + 10 * DAY)
    assert (request.status, request.outcome) == (RequestStatus.UNDER_REVIEW, None)

    request = booked(5)
    assert request.lapse_offer(request.offer_version, AT + 10 * DAY)
    assert str(request.status) == "awaiting_appointment"
    booking, ends = request.booking_version, in_days(5).ends_at
    assert not request.lapse_marking(booking, ends + MARKED_WITHIN - HOUR)
    request.move(PLACE, in_days(8), WANTED, AT)
    assert request.lapse_marking(booking, ends + MARKED_WITHIN)
    assert str(request.status) == "awaiting_appointment"
    assert request.lapse_marking(request.booking_version, in_days(8).ends_at + MARKED_WITHIN)
    assert str(request.status) == "under_review"


def test_in_line_for_a_time_that_somebody_gives_back() -> None:
    request = asked_to_come()
    soon = in_days(3)
    first = day_in_tehran(soon.starts_at)
    request.join_line(PLACE, first, first + 2 * DAY, AT)

    assert not request.keep_for(uuid4(), soon, AT + HOUR, AT)
    assert not request.keep_for(PLACE, in_days(8), AT + HOUR, AT)
    assert request.keep_for(PLACE, soon, AT + HOUR, AT)
    assert not request.keep_for(PLACE, in_days(4), AT + HOUR, AT)
    hold = request.hold_version
    assert not request.end_hold(hold, AT)
    request.book(PLACE, soon, AT)

    assert (request.line, request.kept_at, request.appointment_at) == (None, None, soon.starts_at)
    assert request.end_hold(hold, AT + DAY)
    assert refusal(request.leave_line, AT) == "not_in_line"


def test_a_time_that_is_kept_and_not_taken_goes_on_to_the_next() -> None:
    request = booked(9)
    first = day_in_tehran(in_days(3).starts_at)
    request.join_line(PLACE, first, first + 2 * DAY, AT)
    assert request.keep_for(PLACE, in_days(4), AT + HOUR, AT)

    assert request.end_hold(request.hold_version, AT + HOUR)

    assert (request.line, request.kept_at) == (None, None)
    assert request.appointment_at == in_days(9).starts_at


def test_withdrawing_ends_it_all() -> None:
    request = booked()
    request.join_line(PLACE, date(2026, 3, 22), date(2026, 3, 25), AT)

    request.withdraw("", AT)

    assert (request.appointment_at, request.line, request.book_by) == (None, None, None)
    assert request.appointment_version == request.version


def test_under_appeal_too_somebody_may_be_asked_to_come_and_take_the_appeal_back() -> None:
    history = [
        (
            ServiceRequest.Submitted,
            {
                "applicant_id": APPLICANT,
                "reference": "1",
                "service_code": "APP-001",
                "service_version": 1,
                "authority": "police",
                "assurance": 3,
                "decision_mode": "officers",
                "evidence_needed": [],
                "channel": "web",
                "promised_by": AT,
                "form": {},
                "applicant_kind": "person",
            },
        ),
    ]
    request = given(ServiceRequest, *history)
    request.send_to_officers("officers_decide", AT)
    request.start_review(OFFICER, AT)
    request.decide_by_officer(Outcome.REFUSED, officer_id=OFFICER, reason="So.", at=AT)
    request.appeal("No.", AT)
    other = uuid4()
    request.start_review(other, AT)
    request.offer_by_officer(ON_OFFER, officer_id=other, note="", at=AT)
    request.book(PLACE, in_days(3), AT)
    assert request.under_appeal

    request.withdraw("", AT)

    assert (request.status, request.appointment_at) == (RequestStatus.CLOSED, None)


def test_events_say_what_happened_and_no_more() -> None:
    request = booked()
    request.call_off("officer", {"fa": "بیمار", "en": "Ill"}, WANTED, AT)

    events = then(request)

    assert [kind.__name__ for kind, _ in events] == [
        "Submitted",
        "AppointmentOffered",
        "AppointmentBooked",
        "AppointmentCancelled",
    ]
    assert events[2][1]["place_id"] == PLACE
