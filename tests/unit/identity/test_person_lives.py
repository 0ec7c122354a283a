"""What becomes of a person after registration: proofs, channels, recovery, death."""

import copy
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given as given_hypothesis
from hypothesis import strategies as st

from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.identifiers import IdentifierKind, PersonDetails, read_identifier
from panjareh_identity.domain.person import Person, Restored
from panjareh_identity.domain.persons_refusals import (
    DeathReported,
    InPersonNeeded,
    MobileNotConfirmed,
    MobileNotTheirs,
    MobileRegistrySilent,
)
from panjareh_identity.domain.refusals import TooManyTries
from panjareh_identity.domain.values import NoRecord, RegistryRecord

SAID = {
    "mobile": "09000000001",
    "given_name": "لیلا",
    "family_name": "کریمی",
    "birth_date": "1985-03-21",
    "language": "fa",
}
OFFICER, VISIT = uuid4(), uuid4()
registered = (Person.Registered, {"national_id": "9900000013"} | SAID)
confirmed = (Person.MobileConfirmed, {})
mobile_matched = (Person.MobileMatched, {"vouched_by": "mobile_registry"})
mismatched = (Person.MobileMatchRefused, {"because": "mismatch"})
civil = (Person.RegistryMatched, {"proofing": 3, "vouched_by": "civil_registry"})
seen = (
    Person.ProvedInPerson,
    {"authority": "civil_registry", "officer": OFFICER, "appointment": VISIT},
)
appointed = (Person.Appointed, {"authority": "police", "roles": ["officer"]})
recovered = (Person.Recovered, {"by": "code", "proofing": 1})
died = (Person.Died, {"reported_by": "civil_registry", "died_on": "2026-03-01"})


def match_mobile(person, answer, at=AT):
    return person.match_mobile(person.mobile_inquiry_id, answer, at)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("123456789012", IdentifierKind.FOREIGNER_ID),
        ("IR/A12345678", IdentifierKind.PASSPORT),
    ],
)
def test_who_has_no_national_id_registers_by_what_they_have(typed, kind):
    identifier = read_identifier(typed)
    details = PersonDetails(identifier, **SAID | {"birth_date": date(1985, 3, 21)})

    person = Person.register(person_id=uuid4(), details=details, at=AT)

    [(event, fields)] = then(person)
    assert event is Person.RegisteredByDocument
    assert set(fields) == sealed_fields(event) == {"identifier", *SAID}
    assert (person.identifier, person.identifier.kind) == (identifier, kind)
    assert person.national_id is None
    assert person.known


def test_of_an_erased_person_no_id_is_left():
    document = {"kind": "passport", "number": "A12345678", "country": "IR"}
    person = given(Person, (Person.RegisteredByDocument, {"identifier": document} | SAID))

    person.erase(AT)

    assert (person.identifier, person.known, person.email) == (None, False, None)


# The mobile and the id


def test_a_mobile_that_is_the_persons_own_proves_level_two():
    person = given(Person, registered, confirmed)

    assert match_mobile(person, True) is None

    assert then(person) == [mobile_matched]
    assert person.proofing is Proofing.MOBILE_MATCHED


@pytest.mark.parametrize(
    ("answer", "refusal", "because"),
    [
        (False, MobileNotTheirs, "mismatch"),
        (NoRecord.NOTHING_HELD, MobileRegistrySilent, "nothing_held"),
        (NoRecord.REFUSED, MobileRegistrySilent, "refused"),
    ],
)
def test_any_other_answer_proves_nothing_and_is_remembered(answer, refusal, because):
    person = given(Person, registered, confirmed)

    assert isinstance(match_mobile(person, answer), refusal)

    assert then(person) == [(Person.MobileMatchRefused, {"because": because})]
    assert person.proofing is Proofing.SELF_ASSERTED


def test_a_number_nobody_entered_a_code_for_is_not_even_asked_about():
    with pytest.raises(MobileNotConfirmed):
        given(Person, registered).may_match_mobile(AT)


def test_after_five_refused_matches_there_is_a_rest():
    person = given(Person, registered, confirmed, *[mismatched] * 5)

    with pytest.raises(TooManyTries) as refusal:
        person.may_match_mobile(AT + timedelta(minutes=9))

    assert refusal.value.details["retry_after"] == 60
    person.may_match_mobile(AT + timedelta(minutes=10))


def test_an_answer_to_another_inquiry_changes_nothing():
    person = given(Person, registered, confirmed)

    assert person.match_mobile(uuid4(), True, AT) is None

    assert then(person) == []


def test_each_answer_and_each_number_is_another_inquiry():
    changed = (
        Person.MobileChanged,
        {"mobile": "09000000099", "proved_by": "old_number", "matched": False},
    )
    stream = UUID(int=1)
    asked = {
        given(Person, *history, stream=stream).mobile_inquiry_id
        for history in (
            (registered,),
            (registered, confirmed, mismatched),
            (registered, confirmed, mismatched, changed),
        )
    }

    assert len(asked) == 3


def test_a_match_never_lowers_what_was_proved_better():
    person = given(Person, registered, confirmed, civil, mobile_matched)

    assert person.proofing is Proofing.CIVIL_REGISTRY


# Channels


def test_an_address_is_the_persons_once_a_code_to_it_was_entered():
    person = given(Person, registered)

    person.confirm_email("leila@example.org", AT)
    person.confirm_email("leila@example.org", AT)

    assert then(person) == [(Person.EmailConfirmed, {"email": "leila@example.org"})]
    assert person.email == "leila@example.org"


def test_a_number_proved_by_the_old_one_alone_is_not_matched_with_the_id_any_more():
    person = given(Person, registered, confirmed, mobile_matched)

    person.change_mobile("09000000099", "old_number", matched=False, at=AT)

    assert person.mobile == "09000000099"
    assert person.proofing is Proofing.SELF_ASSERTED


def test_a_number_that_the_registry_vouches_for_keeps_level_two():
    person = given(Person, registered)

    person.change_mobile("09000000099", "mobile_registry", matched=True, at=AT)

    assert (person.mobile_confirmed, person.proofing) == (True, Proofing.MOBILE_MATCHED)


@pytest.mark.parametrize("history", [(civil,), (seen,)])
def test_a_change_of_number_leaves_what_was_proved_without_it(history):
    person = given(Person, registered, *history)
    before = person.proofing

    person.change_mobile("09000000099", "old_number", matched=False, at=AT)

    assert person.proofing is before


def test_a_language_is_chosen_once():
    person = given(Person, registered)

    person.choose_language("fa", AT)
    person.choose_language("en", AT)

    assert then(person) == [(Person.LanguageChosen, {"language": "en"})]


def test_what_is_personal_in_these_events_is_sealed():
    assert sealed_fields(Person.EmailConfirmed) == {"email"}
    assert sealed_fields(Person.MobileChanged) == {"mobile"}
    assert sealed_fields(Person.LanguageChosen) == {"language"}
    assert sealed_fields(Person.Died) == {"died_on"}
    assert sealed_fields(Person.DeathWithdrawn) == {"because"}


# Recovery: never more than was proved on the way back

PROOFS = {
    Proofing.SELF_ASSERTED: (),
    Proofing.MOBILE_MATCHED: (confirmed, mobile_matched),
    Proofing.CIVIL_REGISTRY: (civil,),
    Proofing.IN_PERSON: (seen,),
}
WAYS = [
    (Restored.CODE, Proofing.SELF_ASSERTED),
    (Restored.MOBILE_REGISTRY, Proofing.MOBILE_MATCHED),
]


@pytest.mark.parametrize("held", PROOFS)
@pytest.mark.parametrize(("way", "proved"), WAYS)
def test_no_way_back_from_afar_restores_more_than_it_proved(held, way, proved):
    person = given(Person, registered, *PROOFS[held])

    person.recover(way, proved, AT)

    assert person.proofing == min(held, proved)


@pytest.mark.parametrize("held", PROOFS)
def test_in_person_everything_is_restored(held):
    person = given(Person, registered, *PROOFS[held])

    person.recover(Restored.IN_PERSON, Proofing.IN_PERSON, AT)

    assert person.proofing is Proofing.IN_PERSON
    assert not person.limited


@pytest.mark.parametrize("held", [Proofing.CIVIL_REGISTRY, Proofing.IN_PERSON])
@pytest.mark.parametrize(("way", "proved"), WAYS)
def test_whoever_stole_the_phone_does_not_get_the_registry_match_back(held, way, proved):
    person = given(Person, registered, confirmed, *PROOFS[held])
    person.recover(way, proved, AT)

    with pytest.raises(InPersonNeeded):
        person.may_match(AT)

    match_mobile(person, True)
    assert person.proofing is Proofing.MOBILE_MATCHED


def test_a_second_recovery_does_not_lift_what_the_first_one_limited():
    person = given(Person, registered, confirmed, civil, recovered)

    person.recover(Restored.MOBILE_REGISTRY, Proofing.MOBILE_MATCHED, AT)

    assert person.limited
    assert person.proofing is Proofing.SELF_ASSERTED


def test_who_had_proved_little_proves_more_after_a_recovery_as_anybody_does():
    person = given(Person, registered, confirmed, recovered)
    person.may_match(AT)
    record = RegistryRecord("لیلا", "کریمی", "1985-03-21", alive=True)

    assert person.match(person.inquiry_id, record, AT) is None

    assert person.proofing is Proofing.CIVIL_REGISTRY


def test_being_seen_in_person_lifts_the_limit():
    person = given(Person, registered, civil, recovered)

    person.prove_in_person("civil_registry", OFFICER, VISIT, AT)

    assert (person.limited, person.proofing) == (False, Proofing.IN_PERSON)
    assert then(person) == [seen]


def test_an_office_is_got_back_in_person_only():
    person = given(Person, registered, confirmed, civil, appointed)

    for way, proved in WAYS:
        with pytest.raises(InPersonNeeded):
            person.recover(way, proved, AT)
    person.recover(Restored.IN_PERSON, Proofing.IN_PERSON, AT)

    assert person.authority == "police"


# Death


def test_a_reported_death_is_remembered_once_and_nobody_signs_in():
    person = given(Person, registered)

    assert person.die(date(2026, 3, 1), "civil_registry", AT)
    assert not person.die(date(2026, 3, 1), "civil_registry", AT)

    assert then(person) == [died]
    with pytest.raises(DeathReported):
        person.may_sign_in()


def test_a_report_that_was_wrong_is_withdrawn_with_a_reason():
    person = given(Person, registered, died)

    assert person.withdraw_death("another id was meant", "civil_registry", AT)
    assert not person.withdraw_death("another id was meant", "civil_registry", AT)

    person.may_sign_in()
    assert not person.died


# Whatever happens in whatever order


def _civil_match(person):
    if not person.limited:
        record = RegistryRecord("لیلا", "کریمی", "1985-03-21", alive=True)
        person.match(person.inquiry_id, record, AT)


TURNS = {
    "confirm": lambda person: person.confirm_mobile(AT),
    "mobile": lambda person: person.mobile_confirmed and match_mobile(person, True),
    "mobile refused": lambda person: person.mobile_confirmed and match_mobile(person, False),
    "civil": _civil_match,
    "number": lambda person: person.change_mobile(
        f"0912{person.mobile_turns:07d}", "old_number", matched=False, at=AT
    ),
    "number matched": lambda person: person.change_mobile(
        f"0913{person.mobile_turns:07d}", "mobile_registry", matched=True, at=AT
    ),
    "code": lambda person: person.recover(Restored.CODE, Proofing.SELF_ASSERTED, AT),
    "registry": lambda person: person.recover(
        Restored.MOBILE_REGISTRY, Proofing.MOBILE_MATCHED, AT
    ),
    "in person": lambda person: person.prove_in_person("civil_registry", OFFICER, VISIT, AT),
    "back in person": lambda person: person.recover(Restored.IN_PERSON, Proofing.IN_PERSON, AT),
}


@given_hypothesis(st.lists(st.sampled_from(sorted(TURNS)), max_size=12))
def test_what_a_thief_of_the_phone_can_do_never_brings_level_three_back(turns):
    person, lost = given(Person, registered), False
    for turn in turns:
        before = person.proofing
        TURNS[turn](person)
        if turn in ("in person", "back in person"):
            lost = False
        if turn in ("code", "registry"):
            assert person.proofing <= before
            lost = lost or before >= Proofing.CIVIL_REGISTRY
        if lost:
            assert person.proofing <= Proofing.MOBILE_MATCHED, turns


@given_hypothesis(st.lists(st.sampled_from(sorted(TURNS)), max_size=12))
def test_history_replayed_is_the_person_as_they_were(turns):
    person = given(Person, registered)
    for turn in turns:
        TURNS[turn](person)

    replayed = given(Person, registered, *then(copy.deepcopy(person)), stream=person.id)

    assert vars(replayed) == vars(person) | {"_pending_events": []}
