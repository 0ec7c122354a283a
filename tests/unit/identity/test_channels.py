"""E-mail, another number, the language, the groups: everything is confirmed where it leads to."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.unit.identity.lives_fakes import LivesOf

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import InvalidInput, NotSignedIn
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.lives.ports import ChangeProof
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.groups import Group
from panjareh_identity.domain.persons_refusals import (
    ChangeNotBegun,
    MobileNotConfirmed,
    MobileNotTheirs,
    MobileRegistrySilent,
    NotConfirmable,
    NotDeclared,
    OldNumberNotProved,
    ProofTooLow,
    RegistryDoesNotConfirm,
)
from panjareh_identity.domain.refusals import (
    CodeExpired,
    CodeWrong,
    RegistryUnavailable,
    TooManyTries,
)
from panjareh_identity.domain.values import NoRecord

OLD, NEW, EMAIL = "09000000001", "09121234567", "leila@example.org"


@pytest.fixture
def lives(identity):
    return LivesOf(identity)


@pytest.fixture
def leila(identity):
    return identity.signed_in()


def asked(caller):
    return {"caller": caller, "cause": caller.cause("web")}


def begin_mobile(lives, leila, proof, mobile=NEW):
    return lives.channels.begin_mobile(mobile, proof, **asked(leila), language="fa")


def confirm_mobile(lives, leila, old_code=None):
    lives.channels.confirm_mobile(lives.code_to(NEW), old_code, **asked(leila))


def test_an_address_is_confirmed_by_a_code_sent_there(lives, leila):
    sent = lives.channels.begin_email(
        " Leila@Example.org".replace("L", "l"), **asked(leila), language="fa"
    )
    assert sent == {"sent_to": "l***@example.org"}
    assert lives.person(leila.person).email is None

    lives.channels.confirm_email(lives.code_to(EMAIL), **asked(leila))

    assert lives.person(leila.person).email == EMAIL


def test_a_wrong_code_confirms_nothing_and_is_counted(lives, leila):
    lives.channels.begin_email(EMAIL, **asked(leila), language="fa")

    with pytest.raises(CodeWrong) as refusal:
        lives.channels.confirm_email("000000", **asked(leila))

    assert refusal.value.details == {"tries_left": 4}
    assert lives.person(leila.person).email is None


def test_a_code_is_good_once(lives, leila):
    lives.channels.begin_email(EMAIL, **asked(leila), language="fa")
    code = lives.code_to(EMAIL)
    lives.channels.confirm_email(code, **asked(leila))

    with pytest.raises(ChangeNotBegun):
        lives.channels.confirm_email(code, **asked(leila))


def test_the_code_of_an_earlier_address_does_not_confirm_a_later_one(lives, leila):
    lives.channels.begin_email("somebody@example.org", **asked(leila), language="fa")
    earlier = lives.code_to("somebody@example.org")
    lives.channels.begin_email(EMAIL, **asked(leila), language="fa")

    with pytest.raises(CodeWrong):
        lives.channels.confirm_email(earlier, **asked(leila))


def test_what_is_no_address_is_named(lives, leila):
    with pytest.raises(InvalidInput) as refusal:
        lives.channels.begin_email("leila", **asked(leila), language="en")

    assert [error["pointer"] for error in refusal.value.errors] == ["/email"]


def test_only_so_many_codes_are_sent(lives, leila):
    for _ in range(5):
        lives.channels.begin_email(EMAIL, **asked(leila), language="fa")

    with pytest.raises(TooManyTries):
        begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)


def test_who_is_not_signed_in_changes_nothing(lives, identity, leila):
    stranger = identity.caller(leila.person, "another-session")

    for change in (
        lambda: lives.channels.begin_email(EMAIL, **asked(stranger), language="fa"),
        lambda: lives.channels.choose_language("en", **asked(stranger)),
        lambda: begin_mobile(lives, stranger, ChangeProof.MOBILE_REGISTRY),
        lambda: lives.proving.match_mobile(**asked(stranger)),
        lambda: lives.proving.declare_groups([Group.OLD], **asked(stranger)),
    ):
        with pytest.raises(NotSignedIn):
            change()


def test_messages_are_in_the_language_that_was_chosen(lives, leila):
    lives.channels.choose_language("en", **asked(leila))

    lives.channels.begin_email(EMAIL, **asked(leila), language="fa")

    assert lives.sent(EMAIL)[-1].startswith("Panjareh: the code")


# Another number


def test_who_holds_both_phones_changes_the_number(lives, leila):
    begin_mobile(lives, leila, ChangeProof.OLD_NUMBER)

    confirm_mobile(lives, leila, lives.code_to(OLD))

    person = lives.person(leila.person)
    assert (person.mobile, person.proofing) == (NEW, Proofing.SELF_ASSERTED)
    assert lives.exchange.asked == []


def test_the_new_phone_alone_is_not_enough(lives, leila):
    begin_mobile(lives, leila, ChangeProof.OLD_NUMBER)

    with pytest.raises(CodeWrong):
        confirm_mobile(lives, leila)

    assert lives.person(leila.person).mobile == OLD


def test_the_code_to_the_old_phone_is_no_code_to_the_new_one(lives, leila):
    begin_mobile(lives, leila, ChangeProof.OLD_NUMBER)
    code = lives.code_to(OLD)

    with pytest.raises(CodeWrong):
        lives.channels.confirm_mobile(code, code, **asked(leila))

    assert lives.person(leila.person).mobile == OLD


def test_who_lost_the_old_phone_has_the_registry_say_whose_the_new_one_is(lives, leila):
    lives.exchange.answers["mobile_owner"] = {"owner": True}
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)

    confirm_mobile(lives, leila)

    person = lives.person(leila.person)
    assert (person.mobile, person.proofing) == (NEW, Proofing.MOBILE_MATCHED)
    assert [evidence for _, _, evidence in lives.exchange.asked] == ["mobile_owner"]


def test_it_is_the_new_number_that_the_registry_is_asked_about(lives, identity, leila):
    identity.people._waiting = lives.changes
    lives.exchange.answers["mobile_owner"] = {"owner": True}
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)
    told = []
    ask = lives.exchange.ask

    def asking(person_id, inquiry_id, **about):
        told.append(subject_for(identity, person_id, inquiry_id)["mobile"])
        return ask(person_id, inquiry_id, **about)

    lives.exchange.ask = asking
    confirm_mobile(lives, leila)

    assert told == [NEW]


def test_any_other_inquiry_is_about_the_number_that_was_confirmed(lives, identity, leila):
    """Who recovers with a stolen phone must not be proved by the number that its owner waits for."""
    identity.people._waiting = lives.changes
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)

    assert subject_for(identity, leila.person, uuid4())["mobile"] == OLD


def subject_for(identity, person_id, inquiry_id):
    """What the exchange is told when it puts an inquiry."""
    caller = Caller(
        kind=CallerKind.SERVICE,
        subject=person_id,
        assurance=AssuranceLevel.SELF_ASSERTED,
        service="inquiry",
        purpose="identity_proofing",
    )
    return identity.people.subject_of(
        person_id,
        ("mobile",),
        caller=caller,
        cause=caller.cause("platform"),
        inquiry_id=inquiry_id,
    )


def test_a_number_of_somebody_else_is_refused(lives, leila):
    lives.exchange.answers["mobile_owner"] = {"owner": False}
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)

    with pytest.raises(MobileNotTheirs):
        confirm_mobile(lives, leila)

    assert lives.person(leila.person).mobile == OLD
    assert lives.changes.rows == {}


def test_when_the_registry_is_away_nothing_changes(lives, leila):
    lives.exchange.answers["mobile_owner"] = RegistryUnavailable()
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)

    with pytest.raises(RegistryUnavailable):
        confirm_mobile(lives, leila)

    assert lives.person(leila.person).mobile == OLD


def test_whoever_had_the_number_hears_of_it_on_every_channel(lives, leila):
    lives.change(leila.person, lambda person: person.confirm_email(EMAIL, lives.log.now))
    lives.exchange.answers["mobile_owner"] = {"owner": True}
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)

    confirm_mobile(lives, leila)

    assert "تغییر کرد" in lives.sent(OLD)[-1]
    assert "تغییر کرد" in lives.sent(EMAIL)[-1]


def test_a_change_that_nobody_can_be_told_of_stands(lives, identity, leila):
    lives.exchange.answers["mobile_owner"] = {"owner": True}
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)
    code = lives.code_to(NEW)
    identity.messages.away = True

    lives.channels.confirm_mobile(code, None, **asked(leila))

    assert lives.person(leila.person).mobile == NEW


def test_who_was_seen_in_person_today_needs_no_old_phone(lives, leila):
    with pytest.raises(OldNumberNotProved):
        begin_mobile(lives, leila, ChangeProof.IN_PERSON)
    seen = {"authority": "civil_registry", "officer": leila.person, "appointment": leila.person}
    lives.change(leila.person, lambda person: person.prove_in_person(**seen, at=lives.log.now))

    begin_mobile(lives, leila, ChangeProof.IN_PERSON)
    confirm_mobile(lives, leila)

    assert lives.person(leila.person).mobile == NEW


def test_and_the_day_after_it_does_not_count_any_more(lives, identity, leila):
    seen = {"authority": "civil_registry", "officer": leila.person, "appointment": leila.person}
    lives.change(leila.person, lambda person: person.prove_in_person(**seen, at=lives.log.now))
    lives.pass_time(hours=24, seconds=1)
    identity.sign_in()
    later = identity.caller(leila.person, identity.claims[-1]["sid"])

    with pytest.raises(OldNumberNotProved):
        begin_mobile(lives, later, ChangeProof.IN_PERSON)


def test_what_was_begun_is_over_after_a_quarter_of_an_hour(lives, leila):
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)
    code = lives.code_to(NEW)
    lives.pass_time(minutes=15)

    with pytest.raises(ChangeNotBegun):
        lives.channels.confirm_mobile(code, None, **asked(leila))


def test_a_code_lives_three_minutes(lives, leila):
    begin_mobile(lives, leila, ChangeProof.MOBILE_REGISTRY)
    lives.pass_time(minutes=3)

    with pytest.raises(CodeExpired):
        confirm_mobile(lives, leila)


# The mobile and the id


def test_a_matched_mobile_gives_a_token_that_says_so(lives, identity, leila):
    lives.confirm_mobile(leila.person)
    lives.exchange.answers["mobile_owner"] = {"owner": True}

    assert lives.proving.match_mobile(**asked(leila))["access_token"]

    assert lives.person(leila.person).proofing is Proofing.MOBILE_MATCHED
    assert identity.claims[-1]["acr"] == "urn:panjareh:loa:1"  # a password is still a password


def test_matching_again_asks_nobody(lives, leila):
    lives.confirm_mobile(leila.person)
    lives.exchange.answers["mobile_owner"] = {"owner": True}
    lives.proving.match_mobile(**asked(leila))

    lives.proving.match_mobile(**asked(leila))

    assert len(lives.exchange.asked) == 1


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [({"owner": False}, MobileNotTheirs), (NoRecord.NOTHING_HELD, MobileRegistrySilent)],
)
def test_a_refused_match_is_kept_and_asked_anew_the_next_time(lives, leila, answer, refusal):
    lives.confirm_mobile(leila.person)
    for _ in range(2):
        lives.exchange.answers["mobile_owner"] = answer
        with pytest.raises(refusal):
            lives.proving.match_mobile(**asked(leila))

    inquiries = {inquiry for _, inquiry, _ in lives.exchange.asked}
    assert len(inquiries) == 2


def test_a_number_that_was_never_confirmed_is_not_asked_about(lives, leila):
    with pytest.raises(MobileNotConfirmed):
        lives.proving.match_mobile(**asked(leila))

    assert lives.exchange.asked == []


# Groups


def test_a_person_names_groups_and_sees_who_confirmed_them(lives, leila):
    named = lives.proving.declare_groups([Group.WOMEN, Group.DISABILITY], **asked(leila))

    assert named == {
        "groups": [
            {"group": "disability", "confirmed_by": None},
            {"group": "women", "confirmed_by": None},
        ]
    }


def prove(lives, leila):
    lives.change(
        leila.person,
        lambda person: person._prove("civil_registry", lives.log.now),
    )


@pytest.mark.parametrize("decile", [3, 4])
def test_a_low_income_is_what_the_welfare_registry_says(lives, leila, decile):
    prove(lives, leila)
    lives.proving.declare_groups([Group.LOW_INCOME], **asked(leila))
    lives.exchange.answers["income_decile"] = {"decile": decile, "household_size": 2}

    if decile == 4:
        with pytest.raises(RegistryDoesNotConfirm):
            lives.proving.confirm_group(Group.LOW_INCOME, **asked(leila))
    else:
        groups = lives.proving.confirm_group(Group.LOW_INCOME, **asked(leila))["groups"]
        assert groups == [{"group": "low_income", "confirmed_by": "welfare"}]


def test_an_age_that_the_registry_confirmed_confirms_its_group(lives, leila):
    prove(lives, leila)
    lives.log.now += timedelta(days=365 * 25)
    lives.identity.sign_in()
    later = lives.identity.caller(leila.person, lives.identity.claims[-1]["sid"])
    lives.proving.declare_groups([Group.OLD, Group.YOUNG], **asked(later))

    groups = lives.proving.confirm_group(Group.OLD, **asked(later))["groups"]
    with pytest.raises(RegistryDoesNotConfirm):
        lives.proving.confirm_group(Group.YOUNG, **asked(later))

    assert {"group": "old", "confirmed_by": "civil_registry"} in groups
    assert lives.exchange.asked == []


def test_nobody_learns_a_strangers_income_by_claiming_to_be_them(lives, leila):
    lives.proving.declare_groups([Group.LOW_INCOME], **asked(leila))

    with pytest.raises(ProofTooLow):
        lives.proving.confirm_group(Group.LOW_INCOME, **asked(leila))

    assert lives.exchange.asked == []


def test_what_was_not_named_or_no_registry_knows_is_not_confirmed(lives, leila):
    prove(lives, leila)
    lives.proving.declare_groups([Group.DISABILITY], **asked(leila))

    with pytest.raises(NotDeclared):
        lives.proving.confirm_group(Group.OLD, **asked(leila))
    with pytest.raises(NotConfirmable):
        lives.proving.confirm_group(Group.DISABILITY, **asked(leila))
