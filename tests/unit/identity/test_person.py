from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from eventsourcing.utils import get_topic

from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.identifiers import PersonDetails, read_identifier
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import (
    NotAlive,
    NotInRegistry,
    RegistryMismatch,
    RegistryRefused,
    TooManyTries,
)
from panjareh_identity.domain.values import NoRecord, RegistryRecord

LEILA = {
    "national_id": "9900000013",
    "mobile": "09000000001",
    "given_name": "لیلا",
    "family_name": "کریمی",
    "birth_date": "1985-03-21",
    "language": "fa",
}
registered = (Person.Registered, LEILA)
mobile_confirmed = (Person.MobileConfirmed, {})
matched = (Person.RegistryMatched, {"proofing": 3, "vouched_by": "civil_registry"})
mismatched = (Person.MatchRefused, {"because": "mismatch"})
appointed = (Person.Appointed, {"authority": "police", "roles": ["officer"]})


def a_record(**changes) -> RegistryRecord:
    known = {
        "given_name": "لیلا",
        "family_name": "کریمی",
        "birth_date": "1985-03-21",
        "alive": True,
    }
    return RegistryRecord(**known | changes)


def match(person: Person, answer, at: datetime = AT):
    return person.match(person.inquiry_id, answer, at)


def test_who_registers_is_known_by_what_they_said():
    said = {name: value for name, value in LEILA.items() if name != "national_id"}
    identifier = read_identifier(LEILA["national_id"])
    details = PersonDetails(identifier, **said | {"birth_date": date(1985, 3, 21)})

    person = Person.register(person_id=uuid4(), details=details, at=AT)

    assert then(person) == [registered]
    assert person.proofing is Proofing.SELF_ASSERTED
    assert person.created_on == AT


def test_everything_a_person_said_about_themself_is_stored_sealed():
    assert sealed_fields(Person.Registered) == set(LEILA)


def test_a_person_is_the_one_under_whose_key_their_data_is_sealed():
    person = given(Person, registered)

    assert person.person_id == person.id


def test_a_mobile_is_confirmed_once():
    person = given(Person, registered)

    person.confirm_mobile(AT)
    person.confirm_mobile(AT)

    assert then(person) == [mobile_confirmed]


def test_who_the_civil_registry_knows_is_proved():
    person = given(Person, registered)

    refusal = match(person, a_record())

    assert refusal is None
    assert then(person) == [matched]
    assert person.proofing is Proofing.CIVIL_REGISTRY


def test_a_name_in_arabic_letters_or_with_other_spaces_is_the_same_name():
    person = given(Person, registered)

    refusal = match(person, a_record(given_name=" ليلا", family_name="كري\u200cمي"))

    assert refusal is None


@pytest.mark.parametrize(
    "difference",
    [{"given_name": "لیدا"}, {"family_name": "کرمی"}, {"birth_date": "1985-03-22"}],
)
def test_one_difference_is_enough_to_refuse_a_match(difference):
    person = given(Person, registered)

    refusal = match(person, a_record(**difference))

    assert type(refusal) is RegistryMismatch
    assert then(person) == [mismatched]
    assert person.proofing is Proofing.SELF_ASSERTED


def test_a_mismatch_does_not_tell_which_field_it_was():
    refusals = {
        str(match(given(Person, registered), a_record(**difference)))
        for difference in ({"given_name": "لیدا"}, {"birth_date": "1985-03-22"})
    }

    assert len(refusals) == 1


def test_nobody_registers_in_the_name_of_the_dead():
    person = given(Person, registered)

    refusal = match(person, a_record(alive=False))

    assert type(refusal) is NotAlive
    assert then(person) == [(Person.MatchRefused, {"because": "not_alive"})]


def test_who_does_not_know_the_rest_does_not_learn_that_somebody_has_died():
    person = given(Person, registered)

    refusal = match(person, a_record(given_name="لیدا", alive=False))

    assert type(refusal) is RegistryMismatch


@pytest.mark.parametrize(
    ("answer", "refusal_class"),
    [(NoRecord.NOTHING_HELD, NotInRegistry), (NoRecord.REFUSED, RegistryRefused)],
)
def test_a_registry_without_a_record_is_told_by_name(answer, refusal_class):
    person = given(Person, registered)

    refusal = match(person, answer)

    assert type(refusal) is refusal_class
    assert then(person) == [(Person.MatchRefused, {"because": str(answer)})]


def test_the_same_inquiry_is_asked_until_it_is_answered_and_a_new_one_after_a_refusal():
    person = given(Person, registered)
    first = person.inquiry_id

    again = person.inquiry_id
    match(person, a_record(given_name="لیدا"))
    after_refusal = person.inquiry_id

    assert first == again
    assert after_refusal != first


def test_a_corrected_registry_is_believed_after_a_mismatch():
    person = given(Person, registered, mismatched)

    refusal = match(person, a_record())

    assert refusal is None
    assert then(person) == [matched]


def test_an_answer_to_an_older_inquiry_is_not_counted_twice():
    person = given(Person, registered)
    inquiry_id = person.inquiry_id
    person.match(inquiry_id, a_record(given_name="لیدا"), AT)

    refusal = person.match(inquiry_id, a_record(given_name="لیدا"), AT)

    assert type(refusal) is RegistryMismatch
    assert then(person) == [mismatched]


def test_who_is_proved_is_not_proved_again():
    person = given(Person, registered, matched)

    refusal = match(person, a_record(given_name="لیدا"))

    assert refusal is None
    assert then(person) == []


def test_an_erased_person_matches_nobody():
    erased = (Person.Registered, dict.fromkeys(LEILA))
    person = given(Person, erased)

    refusal = match(person, a_record(given_name="", family_name=""))

    assert type(refusal) is RegistryMismatch


def test_after_five_refused_matches_a_person_waits_ten_minutes():
    person = given(Person, registered, *[mismatched] * 5)

    with pytest.raises(TooManyTries) as refusal:
        person.may_match(AT + timedelta(minutes=9))

    assert refusal.value.details == {"retry_after": 60}
    person.may_match(AT + timedelta(minutes=10))


@pytest.mark.parametrize("refused", [0, 1, 4, 6])
def test_before_and_after_the_fifth_they_need_not_wait(refused):
    person = given(Person, registered, *[mismatched] * refused)

    person.may_match(AT)


def test_an_authority_vouches_for_the_officer_it_appoints():
    person = given(Person, registered)

    assert person.appoint("police", ["officer"], AT)

    assert then(person) == [
        mobile_confirmed,
        (Person.RegistryMatched, {"proofing": 3, "vouched_by": "police"}),
        appointed,
    ]


def test_the_same_appointment_changes_nothing():
    person = given(Person, registered, mobile_confirmed, matched, appointed)

    assert not person.appoint("police", ["officer", "officer"], AT)

    assert then(person) == []


def test_other_roles_are_a_new_appointment_and_prove_nothing_again():
    person = given(Person, registered, mobile_confirmed, matched, appointed)

    assert person.appoint("police", ["publisher", "officer"], AT)

    roles = ["officer", "publisher"]
    assert then(person) == [(Person.Appointed, {"authority": "police", "roles": roles})]
    assert person.roles == ("officer", "publisher")


def test_topics_are_the_storage_format_and_never_change():
    topics = {get_topic(member) for member in vars(Person).values() if _is_event(member)}

    assert topics == {
        "Person.Registered",
        "Person.NoticesChosen",
        "Person.MobileConfirmed",
        "Person.RegistryMatched",
        "Person.MatchRefused",
        "Person.Appointed",
        "Person.Erased",
        "Person.RegisteredByDocument",
        "Person.MobileMatched",
        "Person.MobileMatchRefused",
        "Person.ProvedInPerson",
        "Person.EmailConfirmed",
        "Person.MobileChanged",
        "Person.LanguageChosen",
        "Person.Recovered",
        "Person.Died",
        "Person.DeathWithdrawn",
    }


def _is_event(member: object) -> bool:
    return isinstance(member, type) and issubclass(member, Person.Event) and member != Person.Event


def test_an_inquiry_id_follows_from_the_person():
    stream = UUID("11111111-1111-4111-8111-111111111111")

    one, other = (given(Person, registered, stream=stream) for _ in range(2))

    assert one.inquiry_id == other.inquiry_id
    assert given(Person, registered).inquiry_id != one.inquiry_id
