"""Who may do what changes only by two: one asks, another confirms; taking power takes one."""

from datetime import timedelta
from itertools import chain, combinations
from uuid import uuid4

import pytest

from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.office import (
    LAPSES_AFTER,
    PLATFORM,
    OfficeChange,
    Role,
    Standing,
    after,
    check_roles,
    needs_two,
    read_reason,
)
from panjareh_identity.domain.staff_refusals import (
    ChangeLapsed,
    FourEyesNeeded,
    NotForYourself,
    NothingChanges,
    NotWaiting,
    ReasonNeeded,
    RolesUnfit,
)

SARA, REZA, NAVID = uuid4(), uuid4(), uuid4()
REASON = "Reza takes over the desk of Maryam."

asked = (
    OfficeChange.Asked,
    {
        "officer": REZA,
        "authority": "welfare",
        "gives": ["officer"],
        "takes": [],
        "because": REASON,
        "asked_by": SARA,
    },
)
about_reza = {"authority": "welfare", "officer": REZA}
confirmed = (OfficeChange.Confirmed, about_reza | {"confirmed_by": NAVID})
refused = (OfficeChange.Refused, about_reza | {"because": REASON, "refused_by": NAVID})


def begin(**changes) -> OfficeChange:
    known = {
        "change_id": uuid4(),
        "officer": REZA,
        "authority": "welfare",
        "held": (),
        "gives": ["officer"],
        "takes": [],
        "because": REASON,
        "by": SARA,
        "at": AT,
    }
    return OfficeChange.begin(**known | changes)


def test_a_role_is_asked_for_and_not_given():
    change = begin()

    assert change.standing is Standing.ASKED
    assert then(change) == [asked]


def test_another_confirms_it():
    change = given(OfficeChange, asked)

    change.confirm(NAVID, AT)

    assert change.standing is Standing.DONE
    assert then(change) == [confirmed]


@pytest.mark.parametrize("by", [SARA, REZA], ids=["who asked", "who gains by it"])
def test_nobody_confirms_what_they_asked_for_or_gain_by(by):
    change = given(OfficeChange, asked)

    with pytest.raises(FourEyesNeeded):
        change.confirm(by, AT)

    assert then(change) == []


def test_the_person_named_is_the_second_pair_of_eyes_only_where_there_is_no_other():
    change = given(OfficeChange, asked)

    change.confirm(REZA, AT, alone=True)

    assert then(change) == [(OfficeChange.Confirmed, about_reza | {"confirmed_by": REZA})]


def test_even_then_not_who_asked():
    change = given(OfficeChange, asked)

    with pytest.raises(FourEyesNeeded):
        change.confirm(SARA, AT, alone=True)


def test_nobody_asks_for_themself():
    with pytest.raises(NotForYourself):
        begin(by=REZA)


def test_it_is_refused_with_a_reason():
    change = given(OfficeChange, asked)

    change.refuse(NAVID, REASON, AT)

    assert change.standing is Standing.REFUSED
    assert then(change) == [refused]


def test_whoever_asked_may_take_it_back():
    change = given(OfficeChange, asked)

    change.refuse(SARA, REASON, AT)

    assert change.standing is Standing.REFUSED


@pytest.mark.parametrize("over", [confirmed, refused], ids=["confirmed", "refused"])
def test_what_is_over_stays_so(over):
    change = given(OfficeChange, asked, over)

    with pytest.raises(NotWaiting):
        change.confirm(uuid4(), AT)
    with pytest.raises(NotWaiting):
        change.refuse(uuid4(), REASON, AT)

    assert then(change) == []


def test_what_waited_too_long_is_not_confirmed_any_more():
    change = given(OfficeChange, asked)

    with pytest.raises(ChangeLapsed):
        change.confirm(NAVID, AT + LAPSES_AFTER + timedelta(seconds=1))

    change.confirm(NAVID, AT + LAPSES_AFTER)
    assert change.standing is Standing.DONE


def test_taking_a_role_needs_one_hand_and_is_done_at_once():
    change = begin(held=("officer", "publisher"), gives=[], takes=["publisher"])

    assert change.standing is Standing.DONE
    fields = {"officer": REZA, "authority": "welfare", "takes": ["publisher"], "because": REASON}
    assert then(change) == [(OfficeChange.RolesTaken, fields | {"taken_by": SARA})]
    with pytest.raises(NotWaiting):
        change.confirm(NAVID, AT)


@pytest.mark.parametrize(
    ("authority", "role"),
    [("welfare", "auditor"), (PLATFORM, "administrator"), (PLATFORM, "ombudsman")],
)
def test_who_watches_and_who_rules_is_not_removed_by_one_hand(authority, role):
    change = begin(authority=authority, held=(role,), gives=[], takes=[role])

    assert change.standing is Standing.ASKED


@pytest.mark.parametrize(
    ("held", "gives", "takes"),
    [
        ((), [], []),
        (("officer",), ["officer"], []),
        (("officer",), [], ["publisher"]),
        ((), [], ["officer"]),
    ],
)
def test_what_changes_nothing_is_refused(held, gives, takes):
    with pytest.raises(NothingChanges):
        begin(held=held, gives=gives, takes=takes)


@pytest.mark.parametrize("because", ["", " ", "ok", "x" * 1001, " short    one".strip()[:9]])
def test_no_change_without_a_reason(because):
    with pytest.raises(ReasonNeeded):
        begin(because=because)
    with pytest.raises(ReasonNeeded):
        given(OfficeChange, asked).refuse(NAVID, because, AT)


def test_a_reason_is_kept_on_one_line():
    assert read_reason("  the desk \n is\tvacant ") == "the desk is vacant"


def test_a_reason_is_forgotten_with_the_officer():
    fields = asked[1] | {"because": None}

    assert given(OfficeChange, (OfficeChange.Asked, fields)).because is None


SETS = list(chain.from_iterable(combinations(Role, n) for n in range(4)))


def _fits(authority, roles):
    try:
        check_roles(authority, roles)
    except RolesUnfit:
        return False
    return True


@pytest.mark.parametrize("roles", SETS, ids=lambda roles: "+".join(roles) or "none")
def test_which_roles_go_together(roles):
    watches_alone = Role.AUDITOR not in roles or roles == (Role.AUDITOR,)

    of_platform = {"administrator", "auditor", "ombudsman"}

    of_authority = {"administrator", "ombudsman"}.isdisjoint(roles)
    assert _fits("welfare", roles) is (of_authority and watches_alone)
    assert _fits(PLATFORM, roles) is (len(roles) < 2 and set(roles) <= of_platform)


@pytest.mark.parametrize("gives", SETS, ids=lambda roles: "+".join(roles) or "none")
def test_whatever_grants_power_needs_two(gives):
    assert needs_two(gives, ()) is bool(gives)


def test_the_roles_after_a_change():
    assert after(("officer", "publisher"), ["supervisor"], ["publisher"]) == [
        "officer",
        "supervisor",
    ]
