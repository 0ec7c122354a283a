from uuid import uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.commands import AppointOfficer, Passport, StepUp, StepUpMethod
from panjareh_identity.application.people import Change
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import AlreadyRegistered
from panjareh_identity.domain.staff_refusals import NotByList, RolesUnfit

OPERATOR = Cause(actor="identity", role="service", channel="platform", cause="appoint")


def appoint(identity, roles=("officer",), **changes):
    command = AppointOfficer(identity.leila(**changes), "police", roles)
    return identity.people.appoint(command, cause=OPERATOR)


def an_assertion(person_id=None, request_id=None) -> Caller:
    return Caller(
        kind=CallerKind.SERVICE,
        subject=person_id,
        assurance=AssuranceLevel.SELF_ASSERTED,
        service="inquiry",
        purpose="identity_proofing",
        request_id=request_id,
    )


def test_an_officer_of_the_list_is_registered_vouched_for_and_appointed(identity):
    done = appoint(identity)

    assert done.change is Change.REGISTERED
    assert identity.log.kinds() == [
        "Person.Registered",
        "Person.MobileConfirmed",
        "Person.RegistryMatched",
        "Person.Appointed",
    ]


def test_an_officer_with_password_and_code_acts_for_their_authority_at_level_two(identity):
    person_id = appoint(identity).person_id
    identity.sign_in()
    caller = identity.caller(person_id, identity.claims[-1]["sid"])
    cause = identity.cause(caller)
    by_code = StepUpMethod.ONE_TIME_CODE
    identity.signing_in.step_up(StepUp(by_code), caller=caller, cause=cause)

    body = identity.signing_in.step_up(StepUp(by_code, "111111"), caller=caller, cause=cause)

    assert body["loa"] == 2
    claims = identity.claims[-1]
    assert (claims["authority"], claims["roles"]) == ("police", ["officer"])


def test_the_same_list_again_changes_nothing(identity):
    appoint(identity)
    events = len(identity.log.events)

    assert appoint(identity).change is Change.UNCHANGED

    assert len(identity.log.events) == events


@pytest.mark.parametrize(
    ("authority", "roles", "refusal"),
    [
        ("panjareh", ["administrator"], NotByList),
        ("panjareh", ["auditor"], NotByList),
        ("police", ["administrator"], RolesUnfit),
        ("police", ["officer", "auditor"], RolesUnfit),
    ],
)
def test_a_list_gives_no_power_over_the_platform(identity, authority, roles, refusal):
    with pytest.raises(refusal):
        identity.people.appoint(AppointOfficer(identity.leila(), authority, roles), cause=OPERATOR)

    assert identity.log.events == []


def test_nor_does_a_list_move_an_administrator_elsewhere(identity):
    person_id = identity.sign_up()
    with identity.log.unit_of_work(OPERATOR) as unit:
        person = unit.load(Person, person_id)
        person.appoint("panjareh", ["administrator"], unit.now)
        unit.save(person)
        identity.officers.write(unit, person)

    with pytest.raises(NotByList):
        appoint(identity)

    assert identity.officers.rows[person_id].authority == "panjareh"


def test_a_list_with_other_roles_appoints_anew(identity):
    appoint(identity)

    assert appoint(identity, ("officer", "publisher")).change is Change.APPOINTED

    assert identity.log.kinds()[-1] == "Person.Appointed"


def test_a_person_who_is_registered_becomes_an_officer_with_their_own_password(identity):
    person_id = identity.sign_up()

    done = appoint(identity)

    assert (done.person_id, done.change) == (person_id, Change.APPOINTED)


def test_who_took_an_officers_national_id_before_does_not_come_into_office(identity):
    identity.sign_up(password="a stranger's password")

    with pytest.raises(AlreadyRegistered):
        appoint(identity)

    assert identity.officers.rows == {}


def test_an_officer_who_has_another_password_by_now_is_still_the_officer(identity):
    appoint(identity)

    assert appoint(identity, password="the list is old").change is Change.UNCHANGED


def test_a_national_id_is_given_to_the_exchange_and_on_record_before(identity):
    person_id, request_id = identity.sign_up(), uuid4()
    caller = an_assertion(person_id, request_id)

    number = identity.people.national_id_of(person_id, caller=caller, cause=OPERATOR)

    assert number == "9900000013"
    assert identity.looks.recorded == [
        (
            person_id,
            {
                "reader": "inquiry",
                "role": "service",
                "purpose": "identity_proofing",
                "about": request_id,
            },
        )
    ]


@pytest.mark.parametrize("about", ["nobody", "another"])
def test_a_national_id_is_not_given_for_another_person_than_the_assertion_names(identity, about):
    person_id = identity.sign_up()
    wanted, named = (uuid4(), None) if about == "nobody" else (person_id, uuid4())

    with pytest.raises(NotFound):
        identity.people.national_id_of(wanted, caller=an_assertion(named), cause=OPERATOR)

    assert identity.looks.recorded == []


def test_who_has_no_national_id_is_told_to_authorities_by_what_they_have(identity):
    passport = Passport("a12345678", "ir")
    abroad = identity.sign_up(national_id=None, passport=passport, mobile="+49 151 12345678")
    foreigner = identity.sign_up(national_id=None, foreigner_id="۱۲۳۴۵۶۷۸۹۰۱۲")

    def told(person_id, *asked_with):
        caller = an_assertion(person_id)
        return identity.people.subject_of(
            person_id, asked_with, caller=caller, cause=caller.cause("platform")
        )

    assert told(abroad) == {"passport": {"number": "A12345678", "country": "IR"}}
    assert told(foreigner) == {"foreigner_id": "123456789012"}
    assert told(abroad, "mobile")["mobile"] == "+4915112345678"
    assert len(identity.looks.recorded) == 3


def test_an_exchange_of_the_version_before_learns_nothing_of_who_has_no_national_id(identity):
    person_id = identity.sign_up(national_id=None, foreigner_id="123456789012")
    caller = an_assertion(person_id)

    with pytest.raises(NotFound):
        identity.people.national_id_of(person_id, caller=caller, cause=caller.cause("platform"))
