"""Forgetting a person: what goes, what stays, and that it can be asked for twice."""

from uuid import uuid4

import pytest

from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound, NotSignedIn
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.application.commands import AppointOfficer, StepUp, StepUpMethod
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import WrongCredentials

OPERATOR = Cause(actor="identity", role="service", channel="platform", cause="erase")

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
appointed = (Person.Appointed, {"authority": "welfare", "roles": ["officer"]})
erased = (Person.Erased, {})


def test_a_person_can_be_erased():
    person = given(Person, registered)

    assert person.erase(AT)

    assert then(person) == [(Person.Erased, {})]


def test_erasing_twice_is_erasing_once():
    person = given(Person, registered, erased)

    assert not person.erase(AT)

    assert then(person) == []


def test_nothing_that_a_person_said_is_left_in_an_erased_one():
    person = given(Person, registered, appointed, erased)

    said = {name: value for name, value in vars(person).items() if name in registered[1]}
    assert said == dict.fromkeys(registered[1])
    assert (person.authority, person.roles) == (None, ())


def test_an_erased_person_comes_into_no_office():
    person = given(Person, registered, erased)

    with pytest.raises(NotFound):
        person.appoint("welfare", ["officer"], AT)

    assert then(person) == []


def erase(identity, person_id):
    return identity.people.erase(person_id, cause=OPERATOR)


def test_every_row_by_which_a_person_could_be_found_goes(identity):
    caller = identity.signed_in()
    send = StepUp(StepUpMethod.ONE_TIME_CODE, None)
    identity.signing_in.step_up(send, caller=caller, cause=identity.cause(caller))
    welfare = AppointOfficer(identity.leila(), "welfare", ["officer"])
    identity.people.appoint(welfare, cause=OPERATOR)
    rows = (identity.credentials, identity.sessions, identity.codes, identity.officers)
    assert all(kept.rows for kept in rows)

    assert erase(identity, caller.subject)

    assert not any(kept.rows for kept in rows)
    assert identity.erasures.erased == [caller.subject]


def test_sessions_are_ended_for_everybody_to_hear(identity):
    caller = identity.signed_in()
    identity.sign_in()

    erase(identity, caller.subject)

    assert identity.log.kinds()[-3:] == ["Person.Erased", "Session.Ended", "Session.Ended"]
    assert {e.person for e in identity.log.events[-2:]} == {caller.subject}


def test_an_erased_person_cannot_sign_in_or_raise_what_they_have(identity):
    caller = identity.signed_in()
    erase(identity, caller.subject)

    with pytest.raises(WrongCredentials):
        identity.sign_in()
    with pytest.raises(NotSignedIn):
        send = StepUp(StepUpMethod.ONE_TIME_CODE, None)
        identity.signing_in.step_up(send, caller=caller, cause=identity.cause(caller))


def test_whoever_is_erased_while_they_sign_in_is_not_signed_in(identity):
    person_id = identity.sign_up()
    fits = identity.passwords.fits

    def erased_meanwhile(password, password_hash):
        erase(identity, person_id)
        return fits(password, password_hash)

    identity.passwords.fits = erased_meanwhile

    with pytest.raises(WrongCredentials):
        identity.sign_in()

    assert identity.sessions.rows == {}


def test_a_repeat_changes_nothing_but_sees_to_it_that_the_key_is_gone(identity):
    person_id = identity.sign_up()
    erase(identity, person_id)
    before = identity.log.kinds()

    assert not erase(identity, person_id)

    assert identity.log.kinds() == before
    assert identity.erasures.erased == [person_id, person_id]


def test_nobody_is_erased_who_never_was(identity):
    with pytest.raises(NotFound):
        erase(identity, uuid4())

    assert identity.erasures.erased == []


def test_whoever_comes_back_is_somebody_new(identity):
    before = identity.sign_up()
    erase(identity, before)

    assert identity.sign_up() != before
