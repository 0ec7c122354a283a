"""Roles are given by two and taken by one, and whoever loses one is signed out in the same commit."""

import threading

import pytest

from panjareh_common.refusals import InvalidInput, NotAllowed, NotFound, Refusal, SignInTooOld
from panjareh_identity.application.offices import ChangeOffice
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.staff_refusals import (
    AuthorityUnknown,
    FourEyesNeeded,
    LastAdministrators,
    NoSuchOfficer,
    NothingChanges,
    OfficeElsewhere,
    RolesUnfit,
)
from tests.integration.identity.staffing import OPERATOR, REASON


@pytest.fixture
def administrators(house):
    return house.administrators()


@pytest.fixture
def supervisors(house, administrators):
    """Two of an authority that is on board."""
    house.authority(*administrators)
    return [house.officer(*administrators, ["supervisor"]) for _ in range(2)]


def refusal_of(call, *arguments, **named) -> str:
    with pytest.raises(Refusal) as refusal:
        call(*arguments, **named)
    return refusal.value.code


def test_the_second_administrator_says_yes_themself_because_there_is_no_other(house):
    first, second = house.first_administrator(), house.human()

    change = house.ask(first, second, ["administrator"], authority="panjareh")

    assert house.roles(second) == ()
    assert house.confirm(second, change)["status"] == "done"
    assert house.roles(second) == ("administrator",)


def test_the_third_needs_one_of_the_two(house, administrators):
    first, second = administrators
    third = house.human()
    change = house.ask(first, third, ["administrator"], authority="panjareh")

    for by, refusal in ((third, NotAllowed), (first, FourEyesNeeded)):
        with pytest.raises(refusal):
            house.confirm(by, change)

    house.confirm(second, change)
    assert house.roles(third) == ("administrator",)


def test_what_was_asked_for_while_there_was_one_is_not_confirmed_by_its_gainer_once_there_are_two(
    house,
):
    first, second, third = house.first_administrator(), house.human(), house.human()
    changes = [
        house.ask(first, human, ["administrator"], authority="panjareh")
        for human in (second, third)
    ]
    house.confirm(second, changes[0])

    with pytest.raises(NotAllowed):
        house.confirm(third, changes[1])


def test_of_many_who_were_asked_at_once_one_becomes_the_second_alone(house):
    first = house.first_administrator()
    humans = [house.human() for _ in range(5)]
    asked = [house.ask(first, human, ["administrator"], authority="panjareh") for human in humans]
    said: list[str] = []
    start = threading.Barrier(len(humans))

    def confirm(human, change):
        start.wait()
        try:
            said.append(house.confirm(human, change)["status"])
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [
        threading.Thread(target=confirm, args=pair) for pair in zip(humans, asked, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["done"] + ["not_allowed"] * 4


def test_the_first_administrator_alone_gives_no_other_role(house):
    first, human = house.first_administrator(), house.human()
    change = house.ask(first, human, ["auditor"], authority="panjareh")

    for by, refusal in ((human, NotAllowed), (first, FourEyesNeeded)):
        with pytest.raises(refusal):
            house.confirm(by, change)

    assert house.roles(human) == ()


def test_a_supervisor_asks_and_another_confirms(house, supervisors):
    sara, reza = supervisors
    officer = house.human()

    change = house.ask(sara, officer, ["officer", "publisher"])

    assert house.roles(officer) == ()
    with pytest.raises(FourEyesNeeded):
        house.confirm(sara, change)
    done = house.confirm(reza, change)
    assert done == {
        "change_id": str(change),
        "officer": str(officer.id),
        "authority": "welfare",
        "gives": ["officer", "publisher"],
        "takes": [],
        "status": "done",
    }
    assert house.roles(officer) == ("officer", "publisher")
    assert house.topics(officer.id)[-1] == "Person.Appointed"


def test_an_administrator_of_the_platform_confirms_where_an_authority_has_one_supervisor(
    house, administrators
):
    house.authority(*administrators)
    alone = house.officer(*administrators, ["supervisor"])
    officer = house.human()

    change = house.ask(alone, officer, ["officer"])
    house.confirm(administrators[0], change)

    assert house.roles(officer) == ("officer",)


def test_another_authoritys_supervisor_neither_sees_nor_confirms(
    house, administrators, supervisors
):
    house.authority(*administrators, "police")
    stranger = house.officer(*administrators, ["supervisor"], "police")
    officer = house.human()
    change = house.ask(supervisors[0], officer, ["officer"])

    with pytest.raises(NotFound):
        house.confirm(stranger, change)
    with pytest.raises(NotFound):
        house.staff.offices.refuse(change, REASON, house.asking(stranger))
    with pytest.raises(NotAllowed):
        house.ask(stranger, officer, ["officer"], authority="welfare")
    caller = house.caller(stranger)
    waiting = house.staff.lists.changes(
        None, after=None, limit=10, caller=caller, cause=caller.cause("web")
    )
    assert waiting["items"] == []


@pytest.mark.parametrize("roles", [["officer"], ["publisher"], ["auditor"]])
def test_no_other_role_gives_roles(house, supervisors, roles):
    sara, reza = supervisors
    human = house.officer(sara, reza, roles)
    change = house.ask(sara, house.human(), ["officer"])

    with pytest.raises(NotAllowed):
        house.ask(human, house.human(), ["officer"])
    with pytest.raises(NotAllowed):
        house.confirm(human, change)


def test_an_officer_is_named_by_their_national_id_however_it_is_typed(house, supervisors):
    officer = house.human()
    typed = officer.national_id.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    command = ChangeOffice(("officer",), (), REASON, national_id=typed)

    answer = house.staff.offices.change(command, house.asking(supervisors[0]))

    assert answer["officer"] == str(officer.id)


def test_whether_a_national_id_is_registered_or_only_not_matched_is_not_told(house, supervisors):
    asking = [house.asking(supervisors[0]) for _ in range(3)]
    unknown, unmatched = house._national_id(), house.human(matched=False)
    dead = house.human(died=True)
    codes = [
        refusal_of(
            house.staff.offices.change,
            ChangeOffice(("officer",), (), REASON, national_id=national_id),
            one,
        )
        for national_id, one in zip(
            (unknown, unmatched.national_id, dead.national_id), asking, strict=True
        )
    ]

    assert codes == ["no_such_officer"] * 3


def test_what_is_no_id_is_told_with_its_place(house, supervisors):
    command = ChangeOffice(("officer",), (), REASON, national_id="12")

    with pytest.raises(InvalidInput) as refusal:
        house.staff.offices.change(command, house.asking(supervisors[0]))

    assert refusal.value.errors[0]["pointer"] == "/national_id"


def test_looking_for_somebody_is_on_record_before_it_is_answered(house, supervisors):
    officer = house.human()

    change = house.ask(supervisors[0], officer, ["officer"])

    looks = house.rows(
        "SELECT reader, role, authority, purpose, about FROM person_data_read WHERE person_id = %s",
        officer.id,
    )
    assert looks == [(str(supervisors[0].id), "officer", "welfare", "office", change)]


def test_and_stays_on_record_where_the_answer_is_no(house, administrators, supervisors):
    house.authority(*administrators, "police")
    officer = house.officer(*supervisors, ["officer"])
    before = house.rows("SELECT 1 FROM person_data_read WHERE person_id = %s", officer.id)

    refusal_of(house.ask, administrators[0], officer, ["officer"], authority="police")

    looks = house.rows(
        "SELECT reader FROM person_data_read WHERE person_id = %s ORDER BY id", officer.id
    )
    assert looks[len(before) :] == [(str(administrators[0].id),)]


def test_an_officer_of_one_authority_gets_no_office_in_another(house, administrators, supervisors):
    house.authority(*administrators, "police")
    officer = house.officer(*supervisors, ["officer"])

    assert (
        refusal_of(house.ask, administrators[0], officer, ["officer"], authority="police")
        == "office_elsewhere"
    )


def test_nor_when_they_came_to_another_office_while_it_waited(house, administrators, supervisors):
    house.authority(*administrators, "police")
    officer = house.human()
    change = house.ask(supervisors[0], officer, ["officer"])
    elsewhere = house.ask(administrators[0], officer, ["officer"], authority="police")
    house.confirm(administrators[1], elsewhere)

    assert refusal_of(house.confirm, supervisors[1], change) == OfficeElsewhere.code
    assert house.roles(officer) == ("officer",)


def test_nor_where_the_authority_is_not_on_board(house, administrators):
    code = refusal_of(house.ask, administrators[0], house.human(), ["officer"], authority="nowhere")

    assert code == AuthorityUnknown.code


@pytest.mark.parametrize(
    ("gives", "code"),
    [
        (["administrator"], RolesUnfit.code),
        (["officer", "auditor"], RolesUnfit.code),
        ([], NothingChanges.code),
    ],
)
def test_what_does_not_go_together_is_refused(house, supervisors, gives, code):
    assert refusal_of(house.ask, supervisors[0], house.human(), gives) == code


def test_two_changes_that_do_not_go_together_are_not_both_done(house, supervisors):
    officer = house.human()
    one = house.ask(supervisors[0], officer, ["officer"])
    other = house.ask(supervisors[0], officer, ["auditor"])
    house.confirm(supervisors[1], one)

    assert refusal_of(house.confirm, supervisors[1], other) == RolesUnfit.code
    assert house.roles(officer) == ("officer",)


def test_a_role_is_taken_by_one_and_signs_out_everywhere(house, supervisors):
    officer = house.officer(*supervisors, ["officer", "publisher"])
    other_device = house.sign_in(officer.id)

    house.ask(supervisors[0], officer, takes=["publisher"])

    assert house.roles(officer) == ("officer",)
    assert sorted(house.ended) == sorted([officer.session.sid, other_device.sid])
    ended = house.rows(
        "SELECT count(*) FROM event WHERE topic = 'Session.Ended' AND metadata->>'actor' = %s",
        str(supervisors[0].id),
    )
    assert ended == [(2,)]


def test_whoever_loses_the_last_role_leaves_the_office(house, supervisors):
    officer = house.officer(*supervisors, ["officer"])

    house.ask(supervisors[0], officer, takes=["officer"])

    with house.log.unit_of_work(OPERATOR) as unit:
        assert house.officers.office_of(unit, officer.id) is None
        assert unit.load(Person, officer.id).authority is None
    # And may come into another.
    again = house.ask(supervisors[1], officer, ["publisher"])
    house.confirm(supervisors[0], again)
    assert house.roles(officer) == ("publisher",)


def test_giving_a_role_signs_nobody_out(house, supervisors):
    house.officer(*supervisors, ["officer"])

    assert house.ended == []


def test_the_auditor_is_not_removed_by_one_hand(house, supervisors):
    auditor = house.officer(*supervisors, ["auditor"])

    change = house.ask(supervisors[0], auditor, takes=["auditor"])

    assert house.roles(auditor) == ("auditor",)
    house.confirm(supervisors[1], change)
    assert house.roles(auditor) == ()
    assert house.ended == [auditor.session.sid]


def test_the_platform_keeps_two_administrators(house, administrators):
    first, second = administrators
    third = house.officer(first, second, ["administrator"], "panjareh")
    change = house.ask(first, third, takes=["administrator"], authority="panjareh")
    house.confirm(second, change)

    with pytest.raises(FourEyesNeeded):
        house.confirm(
            second, house.ask(first, second, takes=["administrator"], authority="panjareh")
        )
    fourth = house.officer(first, second, ["administrator"], "panjareh")
    change = house.ask(first, second, takes=["administrator"], authority="panjareh")
    house.confirm(fourth, change)
    assert house.roles(second) == ()

    last = house.ask(first, fourth, takes=["administrator"], authority="panjareh")
    fifth = house.human()
    assert refusal_of(house.confirm, fifth, last) == NotAllowed.code
    assert house.roles(fourth) == ("administrator",)


def test_of_two_changes_at_once_one_finds_that_too_few_would_be_left(house, administrators):
    first, second = administrators
    third = house.officer(first, second, ["administrator"], "panjareh")
    changes = [
        (house.ask(first, second, takes=["administrator"], authority="panjareh"), third),
        (house.ask(second, third, takes=["administrator"], authority="panjareh"), first),
    ]
    said: list[str] = []
    start = threading.Barrier(2)

    def confirm(change, by):
        asking = house.asking(by)
        start.wait()
        try:
            said.append(house.staff.offices.confirm(change, asking)["status"])
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=confirm, args=pair) for pair in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    left = [human for human in (first, second, third) if house.roles(human)]
    assert "done" in said
    assert set(said) - {"done"} <= {LastAdministrators.code, NotAllowed.code}
    assert len(left) == 2


def test_a_change_is_confirmed_with_a_fresh_sign_in_only(house, supervisors):
    change = house.ask(supervisors[0], house.human(), ["officer"])
    house.later(minutes=31)

    with pytest.raises(SignInTooOld):
        house.confirm(supervisors[1], change)


def test_whoever_is_named_may_say_no(house, supervisors):
    officer = house.human()
    change = house.ask(supervisors[0], officer, ["officer"])

    house.staff.offices.refuse(change, REASON, house.asking(officer))

    assert refusal_of(house.confirm, supervisors[1], change) == "not_waiting"


def test_a_stranger_may_not(house, supervisors):
    change = house.ask(supervisors[0], house.human(), ["officer"])

    with pytest.raises(NotAllowed):
        house.staff.offices.refuse(change, REASON, house.asking(house.human()))


def test_the_office_and_what_waits_go_with_the_person(house, supervisors):
    officer, waiting = house.officer(*supervisors, ["officer"]), house.human()
    change = house.ask(supervisors[0], waiting, ["officer"])

    for human in (officer, waiting):
        with house.log.unit_of_work(OPERATOR) as unit:
            person = unit.load(Person, human.id)
            person.erase(unit.now)
            unit.save(person)
            house.staff.offices.leave(unit, human.id)
        house.keyring.erase(human.id)
        house.log.forget(human.id)

    assert house.roles(officer) == ()
    assert house.rows("SELECT 1 FROM office_change WHERE officer = %s", waiting.id) == []
    assert refusal_of(house.confirm, supervisors[1], change) == NoSuchOfficer.code


def test_whoever_has_died_holds_no_office_and_counts_for_none(house, administrators):
    first, second = administrators
    with house.log.unit_of_work(OPERATOR) as unit:
        house.staff.offices.end_all_of(unit, second.id, "death")

    assert house.roles(second) == ()
    # One is left, who finds a second as the first one did.
    third = house.human()
    change = house.ask(first, third, ["administrator"], authority="panjareh")
    assert house.confirm(third, change)["status"] == "done"


def test_the_head_sees_who_holds_which_office_and_the_look_is_recorded(house, supervisors):
    officer = house.officer(*supervisors, ["officer"])
    caller = house.caller(supervisors[0])

    items, after = [], None
    while True:
        page = house.staff.lists.officers(
            None, after=after, limit=2, caller=caller, cause=caller.cause("web")
        )
        items += page["items"]
        after = page["next"]
        if after is None:
            break

    assert {item["person_id"]: item["roles"] for item in items} == {
        str(supervisors[0].id): ["supervisor"],
        str(supervisors[1].id): ["supervisor"],
        str(officer.id): ["officer"],
    }
    assert {item["name"] for item in items} == {"لیلا کریمی"}
    looks = house.rows(
        "SELECT count(*) FROM person_data_read WHERE person_id = %s AND about = %s AND reader = %s",
        officer.id,
        officer.id,
        str(supervisors[0].id),
    )
    assert looks == [(1,)]


def test_the_head_sees_what_waits_and_why(house, supervisors):
    officer = house.human()
    change = house.ask(supervisors[0], officer, ["officer"])
    house.confirm(supervisors[1], house.ask(supervisors[0], house.human(), ["officer"]))
    caller = house.caller(supervisors[1])

    (item,) = house.staff.lists.changes(
        None, after=None, limit=10, caller=caller, cause=caller.cause("web")
    )["items"]

    assert item["change_id"] == str(change)
    assert (item["because"], item["gives"], item["status"]) == (REASON, ["officer"], "asked")
    assert (item["name"], item["asked_by"]) == ("لیلا کریمی", str(supervisors[0].id))


def test_whoever_is_to_get_an_office_sees_that_and_nothing_else(house, supervisors):
    officer = house.human()
    change = house.ask(supervisors[0], officer, ["officer"])
    house.ask(supervisors[0], house.human(), ["officer"])
    caller = house.caller(officer)

    (item,) = house.staff.lists.changes(
        None, after=None, limit=10, caller=caller, cause=caller.cause("web")
    )["items"]

    assert item["change_id"] == str(change)


def test_a_reason_is_nowhere_in_the_clear(house, supervisors):
    house.ask(supervisors[0], house.human(), ["officer"], because="A reason nobody may read.")

    (found,) = house.rows(
        "SELECT count(*) FROM event WHERE convert_from(state, 'UTF8') LIKE %s", "%nobody may read%"
    )
    assert found == (0,)
