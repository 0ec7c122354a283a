"""An office that two people decided on is told by the person, and vouches for nothing."""

import pytest

from panjareh_common.refusals import NotFound
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.person import Person

registered = (
    Person.Registered,
    {
        "national_id": "9900000013",
        "mobile": "09000000001",
        "given_name": "لیلا",
        "family_name": "کریمی",
        "birth_date": "1985-03-21",
        "language": "fa",
    },
)
died = (Person.Died, {"reported_by": "civil_registry", "died_on": "2026-03-20"})
erased = (Person.Erased, {})


def appointed(*roles):
    return (Person.Appointed, {"authority": "welfare", "roles": list(roles)})


def test_an_office_is_told_and_nothing_is_proved_by_it():
    person = given(Person, registered)

    assert person.hold_office("welfare", ["publisher", "officer"], AT)

    assert then(person) == [appointed("officer", "publisher")]
    assert (person.authority, person.roles) == ("welfare", ("officer", "publisher"))
    assert (person.proofing, person.mobile_confirmed) == (1, False)


def test_without_roles_there_is_no_office():
    person = given(Person, registered, appointed("officer"))

    assert person.hold_office("welfare", [], AT)

    assert then(person) == [appointed()]
    assert (person.authority, person.roles) == (None, ())


@pytest.mark.parametrize(
    ("history", "roles"), [([appointed("officer")], ["officer"]), ([], []), ([appointed()], [])]
)
def test_what_is_so_already_is_not_told_again(history, roles):
    person = given(Person, registered, *history)

    assert not person.hold_office("welfare", roles, AT)

    assert then(person) == []


@pytest.mark.parametrize("gone", [died, erased], ids=["died", "erased"])
def test_nobody_who_has_gone_comes_into_an_office(gone):
    person = given(Person, registered, gone)

    with pytest.raises(NotFound):
        person.hold_office("welfare", ["officer"], AT)

    assert then(person) == []


def test_but_it_can_be_taken_from_who_has_died():
    person = given(Person, registered, appointed("officer"), died)

    assert person.hold_office("welfare", [], AT)
