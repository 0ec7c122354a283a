"""Getting a lost account back: never more than was proved, and nobody learns who has an account."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from tests.unit.identity.conftest import GATEWAY
from tests.unit.identity.lives_fakes import LivesOf, keyed

from panjareh_common.refusals import InvalidInput, NotSignedIn
from panjareh_identity.application.lives.appointments import KeepAppointment
from panjareh_identity.application.lives.places import OfferTimes, OpenPlace
from panjareh_identity.application.lives.recovering import BeginRecovery, CompleteRecovery
from panjareh_identity.application.origin import Origin
from panjareh_identity.application.ports import Credential
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.persons_refusals import (
    DeathReported,
    InPersonNeeded,
    MobileNotConfirmed,
    MobileNotTheirs,
    ProofMissing,
    RecoveryCodeWrong,
    RecoveryOver,
)
from panjareh_identity.domain.refusals import (
    MessageNotSent,
    TooManyTries,
    WrongCredentials,
)

MOBILE, EMAIL, PASSWORD = "09000000001", "leila@example.org", "another long password"


@pytest.fixture
def lives(identity):
    return LivesOf(identity)


@pytest.fixture
def leila(identity, lives):
    """Her id; her mobile and e-mail are confirmed."""
    person_id = identity.sign_up()
    lives.confirm_mobile(person_id)
    lives.change(person_id, lambda person: person.confirm_email(EMAIL, lives.log.now))
    return person_id


def begin(lives, identifier="9900000013", channel=Channel.SMS):
    command = BeginRecovery(identifier, channel)
    begun = lives.recovering.begin(command, cause=GATEWAY, language="fa")
    lives.do_due()
    return begun["recovery_id"], begun["secret"]


def type_code(lives, which, to=MOBILE):
    return lives.recovering.type_code(*which, lives.recovery_code_to(to), cause=GATEWAY)


def match(lives, which):
    return lives.recovering.ask_mobile_registry(*which, cause=GATEWAY)


def complete(lives, which, password=PASSWORD):
    command = CompleteRecovery(*which, password)
    return lives.recovering.complete(command, cause=GATEWAY, language="fa")


def test_a_code_to_the_confirmed_phone_gets_the_account_back(lives, identity, leila):
    which = begin(lives)

    assert type_code(lives, which) == {"proved": 1}
    assert complete(lives, which) == {"proofing": 1}

    identity.sign_in(PASSWORD)
    with pytest.raises(WrongCredentials):
        identity.sign_in()


def test_the_phone_that_is_the_persons_own_proves_level_two(lives, leila):
    lives.change(
        leila, lambda person: person.match_mobile(person.mobile_inquiry_id, True, lives.log.now)
    )
    lives.exchange.answers["mobile_owner"] = {"owner": True}
    which = begin(lives)
    type_code(lives, which)

    assert match(lives, which) == {"proved": 2}
    assert complete(lives, which) == {"proofing": 2}


def test_a_phone_of_somebody_else_proves_no_more(lives, leila):
    lives.exchange.answers["mobile_owner"] = {"owner": False}
    which = begin(lives)
    type_code(lives, which)

    with pytest.raises(MobileNotTheirs):
        match(lives, which)

    assert complete(lives, which) == {"proofing": 1}


def test_an_address_proves_level_one_and_the_registry_of_mobiles_says_nothing_of_it(lives, leila):
    which = begin(lives, channel=Channel.EMAIL)
    assert type_code(lives, which, EMAIL) == {"proved": 1}

    with pytest.raises(MobileNotConfirmed):
        match(lives, which)


def test_without_a_proof_nothing_is_got_back(lives, identity, leila):
    which = begin(lives)

    with pytest.raises(ProofMissing):
        complete(lives, which)
    with pytest.raises(ProofMissing):
        match(lives, which)

    identity.sign_in()


def test_what_was_proved_better_is_gone_after_a_weaker_way_back(lives, leila):
    lives.change(leila, lambda person: person._prove("civil_registry", lives.log.now))
    which = begin(lives)
    type_code(lives, which)
    complete(lives, which)

    person = lives.person(leila)
    assert (person.proofing, person.limited) == (Proofing.SELF_ASSERTED, True)


def test_every_session_and_every_other_way_in_ends(lives, identity, leila):
    identity.sign_in()
    caller = identity.caller(leila, identity.claims[-1]["sid"])
    identity.totp.begin(None, leila, uuid4(), "Leila")
    which = begin(lives)
    type_code(lives, which)

    complete(lives, which)

    with pytest.raises(NotSignedIn):
        lives.channels.choose_language("en", caller=caller, cause=caller.cause("web"))
    assert "Session.Ended" in lives.log.kinds()
    assert not identity.totp.has(None, leila)


def test_the_owner_hears_of_it_on_every_channel(lives, leila):
    which = begin(lives)
    type_code(lives, which)

    complete(lives, which)

    assert "بازگردانده شد" in lives.sent(MOBILE)[-1]
    assert "بازگردانده شد" in lives.sent(EMAIL)[-1]


# Who has an account does not show


def test_an_id_of_nobody_gets_the_same_answers(lives, leila):
    known, unknown = begin(lives), begin(lives, "9900000021")

    for which in (known, unknown):
        with pytest.raises(ProofMissing):
            complete(lives, which)
        with pytest.raises(ProofMissing):
            match(lives, which)
    with pytest.raises(RecoveryCodeWrong):
        lives.recovering.type_code(*unknown, "123456", cause=GATEWAY)
    assert len(lives.sent(MOBILE)) == 1


def test_beginning_writes_the_same_for_both(lives, identity, leila):
    command = BeginRecovery("9900000021")
    lives.recovering.begin(command, cause=GATEWAY, language="fa")
    unknown, waits = dict(lives.recoveries.rows), dict(lives.log.waits)
    lives.recovering.begin(BeginRecovery("9900000013"), cause=GATEWAY, language="fa")

    assert len(unknown) == len(waits) == 1
    assert len(lives.recoveries.rows) == len(lives.log.waits) == 2
    assert identity.messages.sent == []  # the clock process sends


def test_to_a_phone_that_nobody_confirmed_no_code_goes(lives, identity):
    identity.sign_up()

    which = begin(lives)

    assert lives.sent(MOBILE) == []
    with pytest.raises(RecoveryCodeWrong):
        lives.recovering.type_code(*which, "123456", cause=GATEWAY)
    assert lives.log.waits == {}


def test_what_can_be_nobodys_is_named(lives):
    with pytest.raises(InvalidInput) as refusal:
        begin(lives, "12")

    assert refusal.value.errors[0]["pointer"] == "/identifier"


# The secret and the code


def test_without_the_secret_nobody_goes_on(lives, leila):
    recovery_id, _ = begin(lives)
    stolen = (recovery_id, "guessed")

    for step in (
        lambda: type_code(lives, stolen),
        lambda: match(lives, stolen),
        lambda: complete(lives, stolen),
    ):
        with pytest.raises(RecoveryOver):
            step()


def test_any_code_on_the_owners_phone_is_good_for_the_owner(lives, leila):
    begin(lives)
    earlier = lives.recovery_code_to(MOBILE)
    which = begin(lives)

    lives.recovering.type_code(*which, earlier.lower().replace("-", " "), cause=GATEWAY)

    assert complete(lives, which) == {"proofing": 1}


def test_a_code_is_used_once(lives, leila):
    first, second = begin(lives), begin(lives)
    code = lives.recovery_code_to(MOBILE)
    lives.recovering.type_code(*first, code, cause=GATEWAY)

    with pytest.raises(RecoveryCodeWrong):
        lives.recovering.type_code(*second, code, cause=GATEWAY)


def test_a_code_to_the_mail_says_nothing_of_the_phone(lives, leila):
    begin(lives, channel=Channel.EMAIL)
    which = begin(lives)

    with pytest.raises(RecoveryCodeWrong):
        type_code(lives, which, EMAIL)


def test_the_code_of_somebody_else_is_none_of_hers(lives, identity, leila):
    other = identity.sign_up(
        national_id="9900000048", mobile="09000000004", birth_date="2001-01-30"
    )
    lives.confirm_mobile(other)
    begin(lives, "9900000048")
    which = begin(lives)

    with pytest.raises(RecoveryCodeWrong):
        type_code(lives, which, "09000000004")


def test_nobody_can_use_up_the_owners_way_back(lives, leila):
    """Whoever begins again and again, and guesses, leaves the owner three codes that are good."""
    for _ in range(50):
        which = begin(lives)
        with pytest.raises(RecoveryCodeWrong):
            lives.recovering.type_code(*which, "0000-0000-0000-0000", cause=GATEWAY)
    assert len(lives.sent(MOBILE)) == 3

    which = begin(lives)
    type_code(lives, which)

    assert complete(lives, which) == {"proofing": 1}


def test_one_address_does_not_begin_without_end(lives, leila):
    command, origin = BeginRecovery("9900000013"), Origin("192.0.2.1")
    for _ in range(30):
        lives.recovering.begin(command, cause=GATEWAY, language="fa", origin=origin)

    with pytest.raises(TooManyTries):
        lives.recovering.begin(command, cause=GATEWAY, language="fa", origin=origin)
    lives.recovering.begin(command, cause=GATEWAY, language="fa", origin=Origin("192.0.2.2"))


def test_a_dead_persons_account_is_not_got_back(lives, leila):
    which = begin(lives)
    type_code(lives, which)
    lives.change(leila, lambda p: p.die(date(2026, 3, 1), "civil_registry", lives.log.now))

    with pytest.raises(DeathReported):
        complete(lives, which)
    begin(lives)
    assert len(lives.sent(MOBILE)) == 1


def test_a_recovery_lives_an_hour_and_is_completed_once(lives, leila):
    which = begin(lives)
    type_code(lives, which)
    complete(lives, which)
    with pytest.raises(RecoveryOver):
        complete(lives, which, "yet another password")

    late = begin(lives)
    lives.pass_time(hours=1)
    with pytest.raises(RecoveryOver):
        complete(lives, late)


def test_a_gateway_that_is_away_is_asked_again_with_another_code(lives, identity, leila):
    identity.messages.away = True
    with pytest.raises(MessageNotSent):
        begin(lives)
    assert len(lives.log.waits) == 1
    identity.messages.away = False

    lives.do_due()

    assert len(lives.sent(MOBILE)) == 1
    assert lives.log.waits == {}


def test_a_common_password_is_refused_and_the_proof_stays(lives, identity, leila):
    identity.common.add("long but common password")
    which = begin(lives)
    type_code(lives, which)

    with pytest.raises(InvalidInput):
        complete(lives, which, "long but common password")

    assert complete(lives, which) == {"proofing": 1}


def test_no_event_and_no_repr_holds_a_secret(lives, leila):
    which = begin(lives)
    type_code(lives, which)
    complete(lives, which)

    told = repr([vars(event) for event in lives.log.events])
    assert PASSWORD not in told
    assert which[1] not in told
    assert PASSWORD not in repr(CompleteRecovery(*which, PASSWORD))
    assert "9900000013" not in repr(BeginRecovery("9900000013"))


# In person


def book(lives, which, officer):
    lives.offered.open(
        OpenPlace("tehran", {"fa": "ت", "en": "T"}, {"fa": "ن", "en": "A"}),
        keyed(officer),
    )
    start = lives.log.now + timedelta(hours=24)
    lives.offered.offer(OfferTimes("tehran", start, 15, 4, 1), keyed(officer))
    booked = lives.visits.book_recovery(*which, "tehran", start, cause=GATEWAY)
    return booked, start


def keep(lives, booked, officer):
    command = KeepAppointment(UUID(booked["appointment_id"]), "identity card 12")
    return lives.visits.keep(command, keyed(officer))


def test_who_lost_everything_comes_in_person_and_the_officer_gets_nothing(lives, identity, leila):
    officer = lives.officer()
    which = begin(lives)
    booked, start = book(lives, which, officer)
    lives.log.now = start
    officer = lives.officer_again(officer)

    kept = keep(lives, booked, officer)

    assert kept["status"] == "kept"
    assert which[1] not in repr(kept)
    assert lives.person(leila).proofing is Proofing.SELF_ASSERTED  # not before it is completed
    assert complete(lives, which) == {"proofing": 4}
    identity.sign_in(PASSWORD)


def test_the_way_back_stays_open_until_a_day_after_the_appointment(lives, leila):
    officer = lives.officer()
    which = begin(lives)
    booked, start = book(lives, which, officer)
    lives.log.now = start
    keep(lives, booked, lives.officer_again(officer))

    lives.pass_time(hours=23)

    assert complete(lives, which) == {"proofing": 4}


def test_an_office_is_not_got_back_by_a_phone(lives, identity, leila):
    lives.change(leila, lambda person: person.appoint("police", ["officer"], lives.log.now))
    which = begin(lives)
    type_code(lives, which)

    with pytest.raises(InPersonNeeded):
        complete(lives, which)

    identity.sign_in()


def test_who_never_had_a_password_takes_the_account_over_in_person_only(lives, identity, leila):
    """A child whom a guardian acts for: the number is the guardian's."""
    identity.credentials.rows["9900000013"] = Credential(leila, None)
    which = begin(lives)
    type_code(lives, which)

    with pytest.raises(InPersonNeeded):
        complete(lives, which)


def test_nothing_is_booked_for_an_id_of_nobody_and_it_does_not_show(lives, leila):
    officer = lives.officer()
    which = begin(lives, "9900000048")

    booked, start = book(lives, which, officer)

    assert booked["status"] == "booked"
    assert lives.appointments.rows == {}
    assert lives.places.times["tehran", start][2] == 0
