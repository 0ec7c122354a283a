"""Signing up: who is registered, and that a stranger learns nothing about who was before."""

from datetime import date
from uuid import uuid4

import pytest
from tests.unit.identity.conftest import GATEWAY

from panjareh_common.refusals import InvalidInput
from panjareh_identity.application.commands import Passport
from panjareh_identity.application.origin import Origin
from panjareh_identity.application.ports import Credential
from panjareh_identity.application.signing_up import SIGN_UPS
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.privacy_statement import StatementNotCurrent
from panjareh_identity.domain.refusals import MessageNotSent, TooManyTries, WrongCredentials

LEILA, STRANGER = "09000000001", "09000000077"


def test_who_signs_up_is_registered_as_they_typed_it_in_one_form(identity):
    person_id = identity.sign_up(
        national_id="۹۹۰۰۰۰۰۰۱۳", mobile="+989000000001", given_name=" ليلا", family_name="كريمي"
    )

    [registered] = identity.log.events
    assert registered.originator_id == person_id
    assert registered.national_id == "9900000013"
    assert registered.mobile == "09000000001"
    assert (registered.given_name, registered.family_name) == ("لیلا", "کریمی")


def test_the_history_says_that_the_person_did_it_themself(identity):
    person_id = identity.sign_up()

    [cause] = identity.log.causes
    assert (cause.actor, cause.role, cause.channel) == (str(person_id), "person", "web")


def test_no_event_holds_a_password(identity):
    identity.sign_up()

    assert "horse" not in repr([vars(event) for event in identity.log.events])
    assert "horse" not in repr(identity.leila())


def test_the_language_of_the_page_is_the_persons_where_they_choose_none(identity):
    identity.signing_up.sign_up(identity.leila(language=None), cause=GATEWAY, language="en")

    assert identity.log.events[0].language == "en"


def test_who_signs_up_takes_note_of_a_version_in_the_same_commit(identity):
    person_id = identity.sign_up(privacy_statement=3)

    assert identity.noted == [(person_id, 3)]


def test_every_point_that_does_not_fit_is_named_at_once_in_persian(identity):
    with pytest.raises(InvalidInput) as refusal:
        identity.sign_up(national_id="1", mobile="2", given_name="", birth_date="x", password="y")

    points = {point["pointer"]: point["detail"] for point in refusal.value.errors}
    assert set(points) == {"/national_id", "/mobile", "/given_name", "/birth_date", "/password"}
    assert all(not detail.isascii() for detail in points.values())
    assert identity.log.events == []


def test_signing_up_again_with_the_same_password_is_signing_up_once(identity):
    first, answered = identity.sign_up(), identity.answered

    second = identity.sign_up()

    assert (first, answered) == (second, identity.answered)
    assert identity.log.kinds() == ["Person.Registered"]


def test_of_two_who_sign_up_at_once_the_second_gets_the_answer_of_the_first(identity):
    first = uuid4()
    identity.credentials.taken_meanwhile = Credential(first, "hash of correct horse battery")

    assert identity.sign_up() == first

    assert identity.log.events == []
    identity.tell_of_sign_up()
    assert identity.messages.sent == []


# What a stranger learns


def _the_same_for(identity, *attempts):
    """What each of the sign-ups gets, and costs."""
    seen = []
    for changes in attempts:
        before = identity.passwords.slow
        identity.sign_up(mobile=STRANGER, **changes)
        seen.append((identity.answered, identity.passwords.slow - before, len(identity.told)))
    return seen


def test_a_known_and_an_unknown_id_get_one_answer_at_one_price(identity):
    identity.sign_up()
    events = len(identity.log.events)

    unknown, known, own = _the_same_for(
        identity,
        {"national_id": "9900000021"},
        {"password": "another horse"},
        {"password": "correct horse battery"},
    )

    assert unknown == known == own
    (answer, hashes, waits) = known
    assert set(answer) == {"message"}, "an id of anybody would tell who has one"
    assert (hashes, waits) == (1, 1)
    assert len(identity.log.events) == events + 1, "the stranger's own registration"


def test_nothing_of_an_account_changes_when_another_signs_up_with_its_id(identity):
    person_id = identity.sign_up()
    kept = dict(identity.credentials.rows)

    identity.sign_up(password="another horse", mobile=STRANGER, given_name="دیگری")

    assert identity.credentials.rows == kept
    assert identity.log.kinds() == ["Person.Registered"]
    assert identity.sign_in()["access_token"]
    with pytest.raises(WrongCredentials):
        identity.sign_in("another horse")
    assert person_id in {row.person_id for row in identity.credentials.rows.values()}


@pytest.mark.parametrize("known", [True, False])
def test_an_old_statement_is_refused_before_anybody_is_looked_for(identity, known):
    if known:
        identity.sign_up()
    events, hashes = list(identity.log.events), identity.passwords.slow

    with pytest.raises(StatementNotCurrent):
        identity.sign_up(privacy_statement=2, password="another horse")

    assert (identity.log.events, identity.passwords.slow) == (events, hashes)


def test_the_mobile_of_another_is_no_reason_to_be_refused(identity):
    identity.sign_up()

    assert identity.sign_up(national_id="9900000021", mobile=LEILA)


def test_signing_up_tells_a_guesser_nothing_and_spends_none_of_the_owners_tries(identity):
    identity.sign_up()
    answers = []

    for password in ("another horse", "correct horse battery") * 100:
        identity.sign_up(password=password)
        answers.append(identity.answered)

    assert all(answer == answers[0] for answer in answers)
    assert identity.sign_in()["access_token"]


def test_an_address_signs_up_so_many_and_then_waits_whoever_it_names(identity):
    origin = Origin("198.51.100.7", "a browser")
    for _ in range(SIGN_UPS.most):
        identity.sign_up(origin=origin)

    for national_id in ("9900000013", "9900000021"):
        with pytest.raises(TooManyTries):
            identity.sign_up(origin=origin, national_id=national_id)


# What the phones are told


def test_who_has_signed_up_is_welcomed_on_their_phone(identity):
    identity.sign_up()

    identity.tell_of_sign_up()

    [(to, message)] = identity.messages.sent
    assert to == LEILA
    assert "حسابی با این شماره باز شد" in message
    assert identity.log.waits == {}


def test_the_phone_of_the_account_is_told_what_to_do_in_its_own_language(identity):
    identity.sign_up(language="en")

    identity.sign_up(password="another horse", mobile=STRANGER)
    identity.tell_of_sign_up()

    [(to, message)] = identity.messages.sent
    assert to == LEILA, "never the number that the stranger typed"
    assert "somebody signed up with your id" in message
    assert "https://window.test/id/recovery " in message


def test_it_is_told_once_a_day_however_often_somebody_tries(identity):
    identity.sign_up()

    for _ in range(20):
        identity.sign_up(password="another horse")
        identity.tell_of_sign_up()

    assert len(identity.messages.sent) == 1


def test_a_number_is_welcomed_three_times_a_day_whoever_is_signed_up_with_it(identity):
    for national_id in ("9900000013", "9900000021", "9900000031", "9900000048", "9900000056"):
        identity.sign_up(national_id=national_id)
        identity.tell_of_sign_up()

    assert len(identity.messages.sent) == 3


def test_a_message_that_did_not_go_is_sent_later_and_counts_once(identity):
    identity.sign_up()
    identity.sign_up(password="another horse")
    identity.messages.away = True
    with pytest.raises(MessageNotSent):
        identity.tell_of_sign_up()

    identity.messages.away = False
    identity.tell_of_sign_up()

    assert len(identity.messages.sent) == 1


def test_the_same_password_again_tells_nobody(identity):
    identity.sign_up()

    identity.sign_up()
    identity.tell_of_sign_up()

    assert identity.messages.sent == []


def test_nobody_writes_to_the_phone_of_the_dead(identity):
    person_id = identity.sign_up()
    with identity.log.unit_of_work(GATEWAY) as unit:
        person = unit.load(Person, person_id)
        person.die(date(2026, 1, 1), "civil_registry", unit.now)
        unit.save(person)

    identity.sign_up(password="another horse")
    identity.tell_of_sign_up()

    assert identity.messages.sent == []


# Ids of other kinds


@pytest.mark.parametrize(
    ("typed", "pointer"),
    [
        ({"foreigner_id": "12"}, "/foreigner_id"),
        ({"passport": Passport("A1", "IR")}, "/passport/number"),
        ({"passport": Passport("A1234567", "Iran")}, "/passport/country"),
    ],
)
def test_an_id_of_another_kind_that_nobody_can_have_is_named(identity, typed, pointer):
    with pytest.raises(InvalidInput) as refusal:
        identity.sign_up(national_id=None, **typed)

    assert [error["pointer"] for error in refusal.value.errors] == [pointer]


def test_a_foreign_national_signs_in_with_the_same_field(identity):
    identity.sign_up(national_id=None, foreigner_id="123456789012")

    assert identity.sign_in(national_id="123 456 789 012")["access_token"]
