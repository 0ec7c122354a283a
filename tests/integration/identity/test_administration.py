"""The platform's administrators: the first by an operator, once; every other one, and every authority, by two."""

import threading
from datetime import timedelta

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import (
    AssuranceTooLow,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotFound,
    Refusal,
    RemoteRefusal,
    SignInTooOld,
)
from panjareh_identity.application.onboarding import AskAuthority
from panjareh_identity.domain.administration import ADMINISTRATION_ID
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.staff_refusals import (
    AdministrationBegun,
    FourEyesNeeded,
    OfficeElsewhere,
)
from tests.integration.identity.staffing import OPERATOR, REASON, WELFARE

ASK = AskAuthority("welfare", WELFARE, REASON)


def test_the_first_administrator_is_named_once_ever(house):
    first = house.first_administrator()

    with pytest.raises(AdministrationBegun):
        house.staff.offices.begin_administration(house.human().id, cause=OPERATOR)
    with pytest.raises(AdministrationBegun):
        house.staff.offices.begin_administration(first.id, cause=OPERATOR)

    assert house.roles(first) == ("administrator",)
    assert house.topics(ADMINISTRATION_ID) == ["Administration.Begun"]


def test_nor_again_after_the_first_one_has_gone(house):
    first = house.first_administrator()
    with house.log.unit_of_work(OPERATOR) as unit:
        house.staff.offices.leave(unit, first.id)

    with pytest.raises(AdministrationBegun):
        house.staff.offices.begin_administration(house.human().id, cause=OPERATOR)


def test_of_many_operators_at_once_one_names_the_first(house):
    humans = [house.human() for _ in range(6)]
    said: list[str] = []
    start = threading.Barrier(len(humans))

    def name(human):
        start.wait()
        try:
            house.staff.offices.begin_administration(human.id, cause=OPERATOR)
            said.append("begun")
        except AdministrationBegun as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=name, args=(human,)) for human in humans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["administration_begun"] * 5 + ["begun"]
    assert sorted(house.roles(human) for human in humans)[-2:] == [(), ("administrator",)]


def test_nobody_is_first_who_is_unknown_dead_or_in_another_office(house):
    with pytest.raises(NotFound):
        house.staff.offices.begin_administration(ADMINISTRATION_ID, cause=OPERATOR)
    with pytest.raises(NotFound):
        house.staff.offices.begin_administration(house.human(died=True).id, cause=OPERATOR)
    officer = house.human()
    with house.log.unit_of_work(OPERATOR) as unit:
        person = unit.load(Person, officer.id)
        person.hold_office("welfare", ["officer"], unit.now)
        unit.save(person)
        house.officers.write(unit, person)
    with pytest.raises(OfficeElsewhere):
        house.staff.offices.begin_administration(officer.id, cause=OPERATOR)


def test_an_authority_comes_on_board_by_two(house):
    first, second = house.administrators()

    asked = house.staff.onboarding.ask(ASK, house.asking(first))
    with pytest.raises(FourEyesNeeded):
        house.staff.onboarding.confirm("welfare", house.asking(first))
    confirmed = house.staff.onboarding.confirm("welfare", house.asking(second))

    assert asked == {"code": "welfare", "status": "asked"}
    assert confirmed == {"code": "welfare", "status": "confirmed"}
    caller = house.caller(first)
    (row,) = house.staff.onboarding.all(caller=caller, cause=caller.cause("web"))["items"]
    assert (row["code"], row["status"], row["name"]) == ("welfare", "confirmed", WELFARE)
    assert row["asked_by"] == str(first.id)


def test_or_is_refused_and_asked_for_again(house):
    first, second = house.administrators()
    house.staff.onboarding.ask(ASK, house.asking(first))

    house.staff.onboarding.refuse("welfare", REASON, house.asking(second))
    again = house.staff.onboarding.ask(ASK, house.asking(second))
    confirmed = house.staff.onboarding.confirm("welfare", house.asking(first))

    assert (again["status"], confirmed["status"]) == ("asked", "confirmed")
    assert house.rows("SELECT status FROM authority") == [("confirmed",)]


def test_a_repeat_gets_the_answer_of_the_first_time(house):
    first, _ = house.administrators()
    asking = house.asking(first, key="one-key")

    once = house.staff.onboarding.ask(ASK, asking)
    twice = house.staff.onboarding.ask(ASK, asking)

    assert once == twice
    with pytest.raises(KeyReused):
        house.staff.onboarding.ask(AskAuthority("police", WELFARE, REASON), asking)


def test_a_second_request_for_it_is_refused_and_stays_refused(house):
    first, second = house.administrators()
    house.staff.onboarding.ask(ASK, house.asking(first))

    for _ in range(2):
        with pytest.raises(RemoteRefusal) as refusal:
            house.staff.onboarding.ask(ASK, house.asking(second, key="mine"))
        assert refusal.value.code == "authority_asked"


def test_without_a_key_nothing_is_done(house):
    first, _ = house.administrators()
    asking = house.asking(first)

    with pytest.raises(InvalidInput):
        house.staff.onboarding.ask(ASK, type(asking)(asking.caller, asking.cause, None, "en"))


@pytest.mark.parametrize(
    "who",
    ["a person", "an officer", "a supervisor", "an auditor of the platform"],
)
def test_nobody_else_brings_an_authority_on_board(house, who):
    first, second = house.administrators()
    house.authority(first, second, "police")
    human = {
        "a person": house.human,
        "an officer": lambda: house.officer(first, second, ["officer"], "police"),
        "a supervisor": lambda: house.officer(first, second, ["supervisor"], "police"),
        "an auditor of the platform": lambda: house.officer(first, second, ["auditor"], "panjareh"),
    }[who]()

    with pytest.raises(NotAllowed):
        house.staff.onboarding.ask(ASK, house.asking(human))
    with pytest.raises(NotAllowed):
        house.staff.onboarding.confirm("police", house.asking(human))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"assurance": AssuranceLevel.SELF_ASSERTED}, AssuranceTooLow),
        ({"auth_time": None}, SignInTooOld),
        ({"roles": ()}, NotAllowed),
        ({"roles": ("officer",)}, NotAllowed),
        ({"authority": "welfare"}, NotAllowed),
    ],
)
def test_power_needs_a_sign_in_that_is_strong_and_fresh(house, changes, refusal):
    first, _ = house.administrators()

    with pytest.raises(refusal):
        house.staff.onboarding.ask(ASK, house.asking(first, **changes))


def test_power_is_not_used_from_a_screen_that_was_left_open(house):
    first, _ = house.administrators()
    asking = house.asking(first)
    house.later(minutes=30)
    house.staff.onboarding.ask(ASK, asking)
    house.later(seconds=1)

    with pytest.raises(SignInTooOld) as refusal:
        house.staff.onboarding.ask(AskAuthority("police", WELFARE, REASON), house.asking(first))

    assert refusal.value.details["max_age"] == timedelta(minutes=30).total_seconds()


def test_a_token_that_is_older_than_the_loss_of_the_office_opens_nothing(house):
    first, _ = house.administrators()
    asking = house.asking(first)
    with house.log.unit_of_work(OPERATOR) as unit:
        house.officers.remove(unit, first.id)

    with pytest.raises(NotAllowed):
        house.staff.onboarding.ask(ASK, asking)


def test_two_who_ask_at_once_ask_once(house):
    first, second = house.administrators()
    said: list[str] = []
    start = threading.Barrier(2)

    def ask(human):
        asking = house.asking(human)
        start.wait()
        try:
            said.append(house.staff.onboarding.ask(ASK, asking)["status"])
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=ask, args=(human,)) for human in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["asked", "authority_asked"]
