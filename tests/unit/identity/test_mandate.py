"""A mandate: asked for, agreed to by whoever has to, never widened, and over when it is over."""

from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_common.refusals import NotFound
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_refusals import (
    ChosenByOfficers,
    MandateAnswered,
    MandateNotActive,
    MandateTooLong,
    MandateTooWide,
    NoMandateNeeded,
)
from panjareh_identity.domain.mandate_values import (
    MandateEnd,
    MandateKind,
    MandateStatus,
    Side,
)

DAUGHTER, FATHER, STRANGER, OFFICER = uuid4(), uuid4(), uuid4(), uuid4()
YEAR = AT + timedelta(days=365)
BOTH = ["INET-001", "MUN-010"]


def asked(kind="adult", side="representative", scope=("*",), until=YEAR):
    fields = {"kind": kind, "asker_id": DAUGHTER, "side": side, "scope": list(scope)}
    return (Mandate.Asked, fields | {"until": until})


def accepted(scope=("*",), until=YEAR):
    fields = {
        "representative_id": DAUGHTER,
        "represented_id": FATHER,
        "scope": list(scope),
        "until": until,
        "accepted_by": "person",
        "officer_id": None,
    }
    return (Mandate.Accepted, fields)


refused = (Mandate.Refused, {"refused_by": "person", "officer_id": None, "reason": ""})
ended = (Mandate.Ended, {"because": "withdrawn", "by": FATHER, "reason": ""})
with_officers = (Mandate.SentToOfficers, {"authority": "civil_registry"})


def ask(**changes):
    known = {
        "mandate_id": uuid4(),
        "kind": MandateKind.ADULT,
        "asker_id": DAUGHTER,
        "side": Side.REPRESENTATIVE,
        "scope": ("*",),
        "until": YEAR,
        "at": AT,
    }
    return Mandate.ask(**known | changes)


def test_who_is_asked_stands_in_no_event():
    mandate = ask()

    ((kind, fields),) = then(mandate)
    assert kind is Mandate.Asked
    assert fields == {
        "kind": "adult",
        "asker_id": DAUGHTER,
        "side": "representative",
        "scope": ["*"],
        "until": YEAR,
    }


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (MandateKind.ADULT, 5 * 366),
        (MandateKind.CHILD, 366),
        (MandateKind.ORGANISATION, 366),
    ],
)
def test_every_kind_has_a_longest_time(kind, days):
    assert ask(kind=kind, until=AT + timedelta(days=days)).until

    for until in (AT + timedelta(days=days, seconds=1), AT, AT - timedelta(days=1)):
        with pytest.raises(MandateTooLong):
            ask(kind=kind, until=until)


@pytest.mark.parametrize("kind", [MandateKind.CHILD, MandateKind.ORGANISATION])
def test_a_child_or_a_company_cannot_be_the_one_who_asks(kind):
    with pytest.raises(ChosenByOfficers):
        ask(kind=kind, side=Side.REPRESENTED)


def test_whoever_is_asked_agrees_and_both_stand_in_the_event():
    mandate = given(Mandate, asked())

    mandate.accept(FATHER, AT)

    ((kind, fields),) = then(mandate)
    assert kind is Mandate.Accepted
    assert (fields["representative_id"], fields["represented_id"]) == (DAUGHTER, FATHER)
    assert fields["accepted_by"] == "person"
    assert mandate.in_force(AT)
    assert mandate.may_act(DAUGHTER, AT) == FATHER


def test_somebody_may_ask_to_be_acted_for():
    mandate = given(Mandate, asked(side="represented"))

    mandate.accept(FATHER, AT)

    assert mandate.may_act(FATHER, AT) == DAUGHTER


def test_less_may_be_given_than_was_asked_and_never_more():
    mandate = given(Mandate, asked(scope=BOTH))
    mandate.accept(FATHER, AT, scope=["INET-001"], until=AT + timedelta(days=30))

    assert (mandate.scope, mandate.until) == (("INET-001",), AT + timedelta(days=30))

    for wider in (
        {"scope": ["*"]},
        {"scope": ["DRV-002"]},
        {"until": YEAR + timedelta(seconds=1)},
        {"until": AT},
    ):
        with pytest.raises(MandateTooWide):
            given(Mandate, asked(scope=BOTH)).accept(FATHER, AT, **wider)


@pytest.mark.parametrize("history", [[refused], [accepted()], [accepted(), ended], [with_officers]])
def test_an_answer_is_given_once(history):
    mandate = given(Mandate, asked(), *history)

    with pytest.raises(MandateAnswered):
        mandate.accept(FATHER, AT)
    with pytest.raises(MandateAnswered):
        mandate.decline(FATHER, AT)
    assert then(mandate) == []


def test_nobody_answers_their_own_asking():
    mandate = given(Mandate, asked())

    with pytest.raises(NoMandateNeeded):
        mandate.accept(DAUGHTER, AT)
    with pytest.raises(NoMandateNeeded):
        mandate.decline(DAUGHTER, AT)


@pytest.mark.parametrize("kind", ["child", "organisation"])
def test_only_a_registry_or_its_officer_proves_a_child_or_a_company(kind):
    mandate = given(Mandate, asked(kind=kind))

    with pytest.raises(ChosenByOfficers):
        mandate.accept(FATHER, AT)
    with pytest.raises(ChosenByOfficers):
        mandate.decline(FATHER, AT)

    mandate.prove(FATHER, AT, OFFICER)
    assert mandate.accepted_by == MandateKind(kind).authority
    assert then(mandate)[0][1]["officer_id"] == OFFICER


def test_what_the_registry_does_not_show_goes_to_its_officers_and_they_answer():
    mandate = given(Mandate, asked(kind="child"))
    mandate.send_to_officers(AT)
    assert mandate.status is MandateStatus.WITH_OFFICERS

    mandate.refuse("civil_registry", AT, reason="قیم‌نامه دیده نشد", officer_id=OFFICER)

    assert (mandate.status, mandate.because) == (MandateStatus.REFUSED, "civil_registry")
    with pytest.raises(MandateAnswered):
        mandate.prove(FATHER, AT, OFFICER)


def test_nobody_represents_themself():
    mandate = given(Mandate, asked(kind="child"))

    with pytest.raises(NoMandateNeeded):
        mandate.prove(DAUGHTER, AT)


@pytest.mark.parametrize("side", [DAUGHTER, FATHER])
def test_either_side_limits_it(side):
    mandate = given(Mandate, asked(scope=BOTH), accepted(scope=BOTH))

    assert mandate.limit(side, ["INET-001"], YEAR, AT)

    assert then(mandate) == [(Mandate.Limited, {"scope": ["INET-001"], "until": YEAR})]
    assert not mandate.limit(side, ["INET-001"], YEAR, AT)


def test_it_is_never_widened_and_a_stranger_limits_nothing():
    mandate = given(Mandate, asked(scope=BOTH), accepted(scope=BOTH))

    for scope, until in ((["*"], YEAR), (BOTH, YEAR + timedelta(days=1)), (BOTH, AT)):
        with pytest.raises(MandateTooWide):
            mandate.limit(FATHER, scope, until, AT)
    with pytest.raises(NotFound):
        mandate.limit(STRANGER, ["INET-001"], YEAR, AT)
    with pytest.raises(MandateNotActive):
        given(Mandate, asked()).limit(DAUGHTER, ["INET-001"], YEAR, AT)


@pytest.mark.parametrize(
    ("side", "because"),
    [(DAUGHTER, MandateEnd.GIVEN_UP), (FATHER, MandateEnd.WITHDRAWN)],
)
def test_either_side_ends_it_at_any_time_and_once(side, because):
    mandate = given(Mandate, asked(), accepted())

    assert mandate.withdraw(side, AT, "دیگر لازم نیست")
    assert not mandate.withdraw(side, AT)

    ((kind, fields),) = then(mandate)
    assert kind is Mandate.Ended
    assert fields == {"because": str(because), "by": side, "reason": "دیگر لازم نیست"}
    with pytest.raises(MandateNotActive):
        mandate.may_act(DAUGHTER, AT)


def test_a_stranger_neither_ends_it_nor_acts_under_it():
    mandate = given(Mandate, asked(), accepted())

    with pytest.raises(NotFound):
        mandate.withdraw(STRANGER, AT)
    for other in (STRANGER, FATHER):
        with pytest.raises(NotFound):
            mandate.may_act(other, AT)


def test_nobody_acts_before_the_answer_nor_after_the_time():
    with pytest.raises(MandateNotActive):
        given(Mandate, asked()).may_act(DAUGHTER, AT)

    active = given(Mandate, asked(), accepted())
    assert active.may_act(DAUGHTER, YEAR - timedelta(microseconds=1)) == FATHER
    with pytest.raises(MandateNotActive):
        active.may_act(DAUGHTER, YEAR)


@pytest.mark.parametrize("history", [[refused], [accepted(), ended]])
def test_what_is_over_ends_no_second_time(history):
    mandate = given(Mandate, asked(), *history)

    assert not mandate.end(MandateEnd.DEATH, AT)
    assert then(mandate) == []
