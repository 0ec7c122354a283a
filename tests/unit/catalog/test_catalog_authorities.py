"""Authorities: a tree without circles, what the register says, and the three steps of their connection."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from marshmallow import ValidationError

from panjareh_catalog.application.powers import acting_for, speaks_for
from panjareh_catalog.domain.almanac import NATION, Almanac
from panjareh_catalog.domain.authority import (
    Authority,
    AuthorityEntry,
    Step,
    authority_id,
    check_tree,
)
from panjareh_catalog.domain.quota import Counts, Measure, Quota, Standing, standing
from panjareh_catalog.domain.refusals import AuthoritiesInCircle, UnknownAuthority
from panjareh_catalog.domain.refusals_authorities import (
    DayNotAnnounced,
    DayTooFar,
    NothingPublished,
    NoWorkingDay,
    StepInFuture,
    StepKnown,
    StepsInOrder,
    StepUnknown,
    WindowMissing,
)
from panjareh_catalog.schemas.authorities import AnnounceDaySchema, RecordStepSchema
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.calendar import WEEKDAYS
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_common.testing.aggregates import AT, given, then

NAME = {"fa": "نام", "en": "name"}
TODAY = date(2026, 3, 21)
ENTRY = AuthorityEntry("welfare", NAME, kind="ministry", hosts=("welfare.test",))
TOLD = {
    "name": NAME,
    "parent": None,
    "kind": "ministry",
    "place": None,
    "hosts": ["welfare.test"],
    "rest_days": ["friday"],
    "services_total": None,
    "sample": False,
}
registered = (Authority.Registered, {"code": "welfare", "told": TOLD})


def reached(step, on="2026-03-01", window=None):
    fields = {"step": str(step), "on": on, "window": window, "said_by": "welfare"}
    return (Authority.StepReached, fields)


opened = reached(Step.WINDOW_OPENED, window="https://welfare.test")
offered = reached(Step.SERVICES_OFFERED)
joined = reached(Step.JOINED)


# The tree


def test_a_child_may_be_named_before_its_parent():
    check_tree([AuthorityEntry("municipality", NAME, "interior"), AuthorityEntry("interior", NAME)])


def test_a_parent_must_be_there():
    with pytest.raises(UnknownAuthority, match="interior"):
        check_tree([AuthorityEntry("municipality", NAME, "interior")])


def test_no_authority_stands_above_itself():
    with pytest.raises(AuthoritiesInCircle):
        check_tree([AuthorityEntry("one", NAME, "other"), AuthorityEntry("other", NAME, "one")])
    with pytest.raises(AuthoritiesInCircle):
        check_tree([AuthorityEntry("one", NAME, "one")])


@each(st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=1, max_size=31))
def test_a_tree_is_taken_exactly_when_everybody_comes_to_a_top(parents):
    parents = [None if parent is None else parent % len(parents) for parent in parents]
    entries = [
        AuthorityEntry(f"a{place}", NAME, None if parent is None else f"a{parent}")
        for place, parent in enumerate(parents)
    ]

    def comes_to_a_top(place):
        for _ in parents:
            if parents[place] is None:
                return True
            place = parents[place]
        return False

    if all(comes_to_a_top(place) for place in range(len(parents))):
        check_tree(entries)
    else:
        with pytest.raises(AuthoritiesInCircle):
            check_tree(entries)


def test_a_long_chain_is_checked_without_going_it_again_for_each():
    chain = [AuthorityEntry("a0", NAME)]
    chain += [AuthorityEntry(f"a{place}", NAME, f"a{place - 1}") for place in range(1, 20_000)]

    check_tree(chain)


# The register


def test_an_authority_is_registered_as_json_keeps_it():
    authority = Authority.register(ENTRY, AT)

    assert authority.id == authority_id("welfare")
    assert authority.entry == ENTRY
    assert then(authority) == [registered]


def test_the_same_again_changes_nothing():
    authority = given(Authority, registered)

    assert not authority.change(ENTRY, AT)
    assert authority.change(replace(ENTRY, rest_days=("thursday", "friday")), AT)

    [(kind, told)] = then(authority)
    assert (kind, told["told"]["rest_days"]) == (Authority.Changed, ["thursday", "friday"])


def test_an_authority_works_on_some_day():
    restless = replace(ENTRY, rest_days=())
    resting = replace(ENTRY, rest_days=WEEKDAYS)

    assert Authority.register(restless, AT).entry.rest_days == ()
    with pytest.raises(NoWorkingDay):
        Authority.register(resting, AT)
    with pytest.raises(NoWorkingDay):
        given(Authority, registered).change(resting, AT)


def test_it_comes_on_board_once():
    authority = given(Authority, registered)

    assert authority.come_on_board(AT)
    assert not authority.come_on_board(AT)

    assert then(authority) == [(Authority.CameOnBoard, {})]


# The connection


def reach(authority, step, on=date(2026, 3, 2), window="https://welfare.test", published=1):
    authority.reach(step, on=on, window=window, published=published, said_by="welfare", at=AT)


def test_it_connects_in_three_steps():
    authority = given(Authority, registered)

    for step in Step:
        reach(authority, step)

    assert [told["step"] for _, told in then(authority)] == [str(step) for step in Step]
    assert authority.window == "https://welfare.test"


@pytest.mark.parametrize(
    ("history", "step", "changes", "refusal"),
    [
        ([], Step.SERVICES_OFFERED, {}, StepsInOrder),
        ([opened], Step.JOINED, {}, StepsInOrder),
        ([opened], Step.WINDOW_OPENED, {}, StepKnown),
        ([opened], Step.SERVICES_OFFERED, {"on": date(2026, 2, 28)}, StepsInOrder),
        ([], Step.WINDOW_OPENED, {"on": TODAY + timedelta(days=1)}, StepInFuture),
        ([], Step.WINDOW_OPENED, {"window": None}, WindowMissing),
        ([opened, offered], Step.JOINED, {"published": 0}, NothingPublished),
    ],
)
def test_a_step_that_cannot_be_is_refused(history, step, changes, refusal):
    authority = given(Authority, registered, *history)

    with pytest.raises(refusal):
        reach(authority, step, **changes)

    assert then(authority) == []


def test_the_newest_step_may_be_taken_back():
    authority = given(Authority, registered, opened, offered)

    with pytest.raises(StepsInOrder):
        authority.withdraw(Step.WINDOW_OPENED, NAME, said_by="welfare", at=AT)
    with pytest.raises(StepUnknown):
        authority.withdraw(Step.JOINED, NAME, said_by="welfare", at=AT)
    authority.withdraw(Step.SERVICES_OFFERED, NAME, said_by="welfare", at=AT)
    authority.withdraw(Step.WINDOW_OPENED, NAME, said_by="welfare", at=AT)

    assert authority.steps == {}
    assert authority.window is None


# Quotas


def quota(share, by=TODAY):
    return Quota(Measure.CONNECTED, Decimal(share), by, NAME)


def counts(total, connected):
    return Counts(total, dict.fromkeys(Measure, connected))


@pytest.mark.parametrize(
    ("total", "connected", "by", "where"),
    [
        (10, 2, TODAY, Standing.MET),
        (10, 1, TODAY, Standing.COMING),
        (10, 1, TODAY - timedelta(days=1), Standing.BEHIND),
        (None, 5, TODAY, Standing.UNKNOWN),
        (0, 0, TODAY, Standing.UNKNOWN),
        (10, 30, TODAY, Standing.MET),
    ],
)
def test_where_an_authority_stands(total, connected, by, where):
    assert standing(quota("0.2", by), counts(total, connected), TODAY) is where


def test_nobody_meets_a_quota_by_rounding():
    nearly = counts(1_000_000, 999_999)

    assert nearly.share(Measure.CONNECTED) == Decimal("0.999")
    assert standing(quota("1"), nearly, TODAY) is Standing.COMING


# Announced days


def test_a_day_is_announced_once_and_may_be_told_otherwise():
    almanac = given(Almanac, (Almanac.Opened, {"scope": NATION}))

    assert almanac.announce(TODAY, True, NAME, AT)
    assert not almanac.announce(TODAY, True, NAME, AT)
    assert almanac.announce(TODAY, False, NAME, AT)
    almanac.withdraw(TODAY, AT)

    assert [kind for kind, _ in then(almanac)] == [
        Almanac.DayAnnounced,
        Almanac.DayAnnounced,
        Almanac.DayWithdrawn,
    ]


def test_a_year_that_was_typed_wrong_is_refused():
    almanac = given(Almanac, (Almanac.Opened, {"scope": NATION}))

    with pytest.raises(DayTooFar):
        almanac.announce(date(1405, 1, 1), True, NAME, AT)
    with pytest.raises(DayTooFar):
        almanac.announce(date(2062, 3, 21), True, NAME, AT)
    with pytest.raises(DayNotAnnounced):
        almanac.withdraw(TODAY, AT)


# Who may


def caller(authority, *roles):
    return Caller(
        CallerKind.OFFICER, authority_id("x"), AssuranceLevel(3), authority=authority, roles=roles
    )


@pytest.mark.parametrize("role", ["publisher", "supervisor"])
def test_publishers_and_supervisors_speak_for_their_authority(role):
    assert speaks_for(caller("welfare", role)) == "welfare"
    assert acting_for(caller("welfare", role), "welfare") == "welfare"
    with pytest.raises(NotFound):
        acting_for(caller("police", role), "welfare")


def test_administrators_of_the_platform_speak_for_all():
    assert acting_for(caller("panjareh", "administrator"), "welfare") == "panjareh"


@pytest.mark.parametrize(
    ("authority", "role"),
    [
        ("welfare", "officer"),
        ("welfare", "auditor"),
        ("welfare", "administrator"),
        ("panjareh", "publisher"),
        ("panjareh", "auditor"),
    ],
)
def test_nobody_else_does(authority, role):
    with pytest.raises(NotAllowed):
        speaks_for(caller(authority, role))


# What comes in


@pytest.mark.parametrize(
    "window",
    [
        "http://welfare.example",
        "welfare.example",
        "https://",
        "https://user@welfare.example",
        "https://welfare.example/\u202egnp.exe",
        "https://welfare example",
        "https://[::1",
        "https://welfare.example:99999/",
    ],
)
def test_a_window_is_a_whole_and_honest_address(window):
    step = {"code": "welfare", "step": "window_opened", "on": "2026-03-01"}

    with pytest.raises(ValidationError) as refused:
        RecordStepSchema().load(step | {"window": window})

    assert list(refused.value.messages) == ["window"]
    assert RecordStepSchema().load(step | {"window": "https://welfare.example/fa?x=1"}).window


def test_an_announced_day_says_why():
    with pytest.raises(ValidationError) as refused:
        AnnounceDaySchema().load({"day": "2026-03-30", "closed": True})

    assert list(refused.value.messages) == ["name"]
    assert AnnounceDaySchema().load({"day": "2026-03-30"}).closed is None
