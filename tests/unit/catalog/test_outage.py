"""Outages: what may be announced when, and what follows from their times."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from panjareh_catalog.domain.outage import (
    LONGEST,
    Affected,
    Outage,
    OutageKind,
    OutagePlan,
    OutageState,
    measured_outage_id,
)
from panjareh_catalog.domain.refusals_outages import (
    IncidentInFuture,
    OutageBegun,
    OutageEndUnfit,
    OutageInPast,
    OutageNotBegun,
    OutageOver,
    OutageTooFar,
)
from panjareh_common.testing.aggregates import AT, given, then

WHY = {"fa": "نگهداری", "en": "Maintenance"}
AFFECTED = Affected(services=("SUB-003", "INET-001"), channels=("web",))
HOUR = timedelta(hours=1)
PLANNED, INCIDENT = OutageKind.PLANNED, OutageKind.INCIDENT


def plan(starts=HOUR, ends=3 * HOUR, **changes):
    told = {
        "affected": AFFECTED,
        "starts_at": AT + starts,
        "ends_at": None if ends is None else AT + ends,
        "partial": False,
        "explanation": WHY,
    }
    return OutagePlan(**(told | changes))


def announce(kind=PLANNED, at=AT, **changes):
    made = plan(**changes)
    return Outage.announce(kind, made, said_by="welfare", outage_id=uuid4(), at=at)


fields = plan().to_json()
announced = (
    Outage.Announced,
    {"kind": "planned", "said_by": "welfare", "source": "people", **fields},
)
incident = (
    Outage.Announced,
    announced[1] | {"kind": "incident", "starts_at": AT, "ends_at": None},
)
withdrawn = (Outage.Withdrawn, {"because": WHY})
ended = (Outage.Ended, {"ended_at": AT + 2 * HOUR})


def test_a_planned_outage_is_announced_with_what_it_touches():
    assert then(announce()) == [announced]
    assert announced[1]["affected"] == {
        "services": ["INET-001", "SUB-003"],
        "authorities": [],
        "channels": ["web"],
    }


@pytest.mark.parametrize(
    ("kind", "changes", "refusal"),
    [
        (PLANNED, {"starts": -HOUR}, OutageInPast),
        (PLANNED, {"starts": timedelta()}, OutageInPast),
        (PLANNED, {"starts": timedelta(days=401), "ends": timedelta(days=402)}, OutageTooFar),
        (PLANNED, {"ends": None}, OutageEndUnfit),
        (PLANNED, {"ends": HOUR}, OutageEndUnfit),
        (PLANNED, {"ends": HOUR / 2}, OutageEndUnfit),
        (PLANNED, {"ends": HOUR + LONGEST + HOUR}, OutageEndUnfit),
        (PLANNED, {"ends": -HOUR}, OutageInPast),
        (INCIDENT, {"starts": HOUR}, IncidentInFuture),
        (INCIDENT, {"starts": -2 * HOUR, "ends": -HOUR}, OutageInPast),
        (INCIDENT, {"starts": -timedelta(days=8), "ends": None}, OutageInPast),
    ],
)
def test_an_outage_that_does_not_fit_the_moment_is_refused(kind, changes, refusal):
    with pytest.raises(refusal):
        announce(kind, **changes)


def test_an_incident_may_have_begun_before_it_was_seen_and_may_not_know_its_end():
    outage = announce(INCIDENT, starts=-HOUR, ends=None)

    assert outage.state(AT) is OutageState.UNDER_WAY
    assert outage.state(AT + timedelta(days=60)) is OutageState.UNDER_WAY


def test_a_planned_one_may_be_moved_until_it_begins():
    outage = given(Outage, announced)

    outage.change(plan(starts=5 * HOUR, ends=6 * HOUR), AT)

    [(kind, told)] = then(outage)
    assert kind is Outage.Changed
    assert told["starts_at"] == AT + 5 * HOUR


def test_once_begun_only_its_end_moves():
    outage = given(Outage, announced)

    with pytest.raises(OutageBegun):
        outage.change(plan(starts=5 * HOUR, ends=6 * HOUR), AT + 2 * HOUR)
    with pytest.raises(OutageInPast):
        outage.change(plan(ends=2 * HOUR), AT + 2 * HOUR)
    outage.change(plan(ends=8 * HOUR), AT + 2 * HOUR)

    assert outage.state(AT + 7 * HOUR) is OutageState.UNDER_WAY


def test_its_beginning_is_told_once_and_not_before():
    outage = given(Outage, announced)

    assert not outage.start(AT)
    assert outage.start(AT + HOUR)
    assert not outage.start(AT + HOUR)

    assert then(outage) == [(Outage.Started, {})]


def test_an_incident_has_begun_with_its_announcement():
    assert not given(Outage, incident).start(AT + HOUR)


def test_a_planned_one_ends_as_announced_even_when_the_clock_comes_late():
    outage = given(Outage, announced)

    assert not outage.finish(AT + 2 * HOUR)
    assert outage.finish(AT + 9 * HOUR)
    assert not outage.finish(AT + 9 * HOUR)

    assert then(outage) == [(Outage.Ended, {"ended_at": AT + 3 * HOUR})]


def test_an_incident_is_never_ended_by_the_clock():
    outage = given(Outage, (Outage.Announced, incident[1] | {"ends_at": AT + HOUR}))

    assert not outage.finish(AT + 9 * HOUR)
    assert outage.state(AT + 9 * HOUR) is OutageState.UNDER_WAY


def test_it_can_be_ended_early():
    outage = given(Outage, announced)

    outage.end(AT + 2 * HOUR)

    assert then(outage) == [ended]
    assert outage.state(AT + 2 * HOUR) is OutageState.ENDED


def test_what_has_not_begun_is_withdrawn_and_not_ended():
    outage = given(Outage, announced)

    with pytest.raises(OutageNotBegun):
        outage.end(AT)
    outage.withdraw(WHY, AT)

    assert then(outage) == [withdrawn]


def test_what_has_begun_is_not_withdrawn_unless_it_was_a_false_alarm():
    with pytest.raises(OutageBegun):
        given(Outage, announced).withdraw(WHY, AT + 2 * HOUR)

    false_alarm = given(Outage, incident)
    false_alarm.withdraw(WHY, AT + 2 * HOUR)
    assert then(false_alarm) == [withdrawn]


@pytest.mark.parametrize("history", [[announced, ended], [announced, withdrawn]])
def test_what_is_over_stays_over(history):
    outage, late = given(Outage, *history), AT + 2 * HOUR

    for do in (
        lambda: outage.end(late),
        lambda: outage.withdraw(WHY, late),
        lambda: outage.change(plan(starts=5 * HOUR, ends=6 * HOUR), late),
    ):
        with pytest.raises(OutageOver):
            do()
    assert not outage.start(late)
    assert not outage.finish(late + 9 * HOUR)
    assert then(outage) == []


def test_two_who_find_an_incident_meet_in_one_stream():
    one = measured_outage_id("welfare/https://a.test", AT)

    assert one == measured_outage_id("welfare/https://a.test", AT)
    assert one != measured_outage_id("welfare/https://a.test", AT + HOUR)
    assert one != measured_outage_id("police/https://a.test", AT)


moments = st.integers(0, 240).map(lambda quarter: AT + quarter * timedelta(minutes=15))


@each(starts=st.integers(1, 100), length=st.integers(1, 100), looks=st.lists(moments, min_size=2))
@settings(max_examples=100, deadline=None)
def test_an_outage_only_goes_forward(starts, length, looks):
    order = [OutageState.ANNOUNCED, OutageState.UNDER_WAY, OutageState.ENDED]
    quarter = timedelta(minutes=15)
    outage = announce(starts=starts * quarter, ends=(starts + length) * quarter)

    seen = [order.index(outage.state(at)) for at in sorted(looks)]

    assert seen == sorted(seen)
