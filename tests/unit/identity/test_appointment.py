from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.appointment import Appointment, AppointmentStatus
from panjareh_identity.domain.assistance import CODE_WAITS, LASTS, Assistance
from panjareh_identity.domain.persons_refusals import (
    AppointmentNotYet,
    AppointmentOver,
    AssistanceOver,
    NotYourself,
)
from panjareh_identity.domain.place import Place

LEILA, OFFICER = uuid4(), uuid4()
START, END = AT + timedelta(days=1), AT + timedelta(days=1, minutes=15)
booked = (
    Appointment.Booked,
    {
        "person": LEILA,
        "purpose": "proofing",
        "place": "tehran",
        "starts_at": START,
        "ends_at": END,
        "recovery": None,
    },
)
cancelled = (Appointment.Cancelled, {})
kept = (Appointment.Kept, {"officer": OFFICER, "document": "identity card"})
missed = (Appointment.Missed, {"officer": OFFICER})


def test_an_appointment_is_kept_from_a_little_before_its_time_on():
    appointment = given(Appointment, booked)

    with pytest.raises(AppointmentNotYet):
        appointment.keep(OFFICER, "identity card", START - timedelta(minutes=16))
    appointment.keep(OFFICER, "identity card", START - timedelta(minutes=15))

    assert then(appointment) == [kept]
    assert appointment.status is AppointmentStatus.KEPT


def test_what_the_person_showed_is_stored_sealed():
    assert sealed_fields(Appointment.Kept) == {"document"}


def test_nobody_confirms_themself():
    appointment = given(Appointment, booked)

    with pytest.raises(NotYourself):
        appointment.keep(LEILA, "identity card", START)
    with pytest.raises(NotYourself):
        appointment.miss(LEILA, START)


@pytest.mark.parametrize("end", [cancelled, kept, missed], ids=lambda end: end[0].__name__)
def test_nothing_changes_about_one_that_is_over(end):
    appointment = given(Appointment, booked, end)

    for change in (
        lambda: appointment.move("tehran", START, END, AT),
        lambda: appointment.keep(OFFICER, "identity card", START),
        lambda: appointment.miss(OFFICER, START),
    ):
        with pytest.raises(AppointmentOver):
            change()
    assert then(appointment) == []


def test_cancelling_twice_is_cancelling_once():
    appointment = given(Appointment, booked)

    appointment.cancel(AT)
    appointment.cancel(AT)

    assert then(appointment) == [cancelled]


def test_one_that_was_kept_is_not_cancelled():
    with pytest.raises(AppointmentOver):
        given(Appointment, booked, kept).cancel(AT)


def test_a_moved_appointment_has_its_new_time():
    appointment = given(Appointment, booked)
    later = START + timedelta(days=1)

    appointment.move("shiraz", later, later + timedelta(minutes=15), AT)

    assert (appointment.place, appointment.starts_at) == ("shiraz", later)


def test_a_place_offers_times_one_after_another():
    place = Place.open("tehran", "civil_registry", {"fa": "ت"}, {"fa": "ن"}, AT)

    times = place.offer(START, minutes=15, count=3, capacity=2, at=AT)

    assert times == [
        (START + n * timedelta(minutes=15), START + (n + 1) * timedelta(minutes=15))
        for n in range(3)
    ]
    assert place.offered == 3


# Assistance

begun = (
    Assistance.Begun,
    {"person": LEILA, "clerk": OFFICER, "authority": "civil_registry", "purpose": "help"},
)


def test_a_clerk_assists_for_one_visit():
    assistance = given(Assistance, begun)

    assert assistance.confirm(AT) == AT + LASTS

    with pytest.raises(AssistanceOver):
        assistance.confirm(AT)


def test_a_code_that_comes_too_late_confirms_nothing():
    assistance = given(Assistance, begun)

    with pytest.raises(AssistanceOver):
        assistance.confirm(AT + CODE_WAITS + timedelta(seconds=1))


def test_one_that_has_ended_is_not_confirmed_and_ends_once():
    assistance = given(Assistance, begun)

    assert assistance.end(LEILA, AT)
    assert not assistance.end(OFFICER, AT)

    with pytest.raises(AssistanceOver):
        assistance.confirm(AT)


def test_nobody_assists_themself():
    with pytest.raises(NotYourself):
        Assistance.begin(
            assistance_id=uuid4(),
            person_id=OFFICER,
            clerk=OFFICER,
            authority="civil_registry",
            purpose="help",
            at=AT,
        )


def test_what_somebody_needs_help_with_is_stored_sealed():
    assert sealed_fields(Assistance.Begun) == {"purpose"}
