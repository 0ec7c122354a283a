"""A clerk helps at the counter under the clerk's own name; the person agrees by a code and keeps their account."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from tests.unit.identity.conftest import GATEWAY
from tests.unit.identity.lives_fakes import LivesOf, keyed

from panjareh_common.refusals import NotAllowed, NotFound, NotSignedIn
from panjareh_identity.application.lives.assisting import BeginAssistance
from panjareh_identity.application.lives.recovering import BeginRecovery
from panjareh_identity.domain.authority_onboarding import AuthorityOnboarding
from panjareh_identity.domain.persons_refusals import (
    AssistanceOver,
    NotYourself,
    RecoveryCodeWrong,
)
from panjareh_identity.domain.refusals import CodeExpired, CodeWrong, TooManyTries

MOBILE = "09000000001"


@pytest.fixture
def lives(identity):
    return LivesOf(identity)


@pytest.fixture
def clerk(lives):
    return lives.officer("municipality")


@pytest.fixture
def leila(identity):
    return identity.signed_in()


def asked(caller):
    return {"caller": caller, "cause": caller.cause("counter")}


def begin(lives, clerk, identifier="9900000013"):
    command = BeginAssistance(identifier, "گرفتن نوبت")
    begun = lives.assisting.begin(command, keyed(clerk, "counter"))
    lives.do_due()
    return UUID(begun["assistance_id"])


def confirm(lives, which, clerk):
    return lives.assisting.confirm(which, lives.code_to(MOBILE), **asked(clerk))


def test_the_code_goes_to_the_person_and_says_who_asks_and_what_for(lives, clerk, leila):
    begin(lives, clerk)

    [text] = lives.sent(MOBILE)
    assert "municipality" in text
    assert "گرفتن نوبت" in text


def test_the_clerk_gets_a_token_of_their_own_that_names_the_person(lives, identity, clerk, leila):
    which = begin(lives, clerk)

    confirm(lives, which, clerk)

    claims = identity.claims[-1]
    assert claims["sub"] == str(clerk.person)
    assert claims["assisting"] == str(leila.person)
    assert claims["assistance"] == str(which)
    assert claims["authority"] == "municipality"
    assert claims["sid"] not in {clerk.session, leila.session}


def test_it_is_no_surer_than_the_person_is_known(lives, identity, clerk, leila):
    confirm(lives, begin(lives, clerk), clerk)

    assert identity.claims[-1]["acr"] == "urn:panjareh:loa:1"


def test_and_no_surer_than_the_clerk_is(lives, identity, clerk, leila):
    seen = {"authority": "civil_registry", "officer": uuid4(), "appointment": uuid4()}
    lives.change(leila.person, lambda person: person.prove_in_person(**seen, at=lives.log.now))

    confirm(lives, begin(lives, clerk), clerk)

    assert identity.claims[-1]["acr"] == "urn:panjareh:loa:2"


def test_it_is_on_record_before_anything_else(lives, identity, clerk, leila):
    which = begin(lives, clerk)

    [(person_id, look)] = identity.looks.recorded
    assert (person_id, look["reader"], look["about"]) == (leila.person, str(clerk.person), which)
    assert lives.log.kinds()[-1] == "Assistance.Begun"


def test_a_wrong_code_gives_nothing(lives, identity, clerk, leila):
    which, before = begin(lives, clerk), len(identity.claims)

    with pytest.raises(CodeWrong):
        lives.assisting.confirm(which, "000000", **asked(clerk))

    assert len(identity.claims) == before


def test_the_code_is_no_way_to_sign_in(lives, identity, clerk, leila):
    begin(lives, clerk)
    code = lives.code_to(MOBILE)

    assert all(wanted.purpose == "assistance" for wanted, *_ in identity.codes.rows.values())
    with pytest.raises(RecoveryCodeWrong):
        lives.recovering.type_code(*_recovery(lives), code, cause=clerk.cause("web"))


def _recovery(lives):
    begun = lives.recovering.begin(BeginRecovery("9900000013"), cause=GATEWAY, language="fa")
    return begun["recovery_id"], begun["secret"]


def test_another_clerk_cannot_use_it(lives, clerk, leila):
    which = begin(lives, clerk)
    other = lives.officer("police", "9900000031")

    with pytest.raises(AssistanceOver):
        confirm(lives, which, other)


def test_an_id_of_nobody_looks_the_same_to_the_clerk(lives, identity, clerk, leila):
    which = begin(lives, clerk, "9900000048")

    with pytest.raises(CodeExpired):
        lives.assisting.confirm(which, "123456", **asked(clerk))

    assert identity.looks.recorded == []
    assert lives.log.waits == {}


def test_a_clerk_does_not_assist_themself(lives, clerk):
    with pytest.raises(NotYourself):
        begin(lives, clerk, "9900000021")


def test_who_is_no_officer_assists_nobody(lives, clerk, leila):
    with pytest.raises(NotAllowed):
        begin(lives, leila, "9900000021")
    with pytest.raises(NotAllowed):
        begin(lives, replace(clerk, roles=("publisher",)))


def test_a_person_is_not_sent_codes_without_end(lives, clerk, leila):
    for _ in range(5):
        begin(lives, clerk)

    with pytest.raises(TooManyTries):
        begin(lives, clerk)


def test_whom_one_clerk_asked_too_often_another_may_still_help(lives, clerk, leila):
    for _ in range(5):
        begin(lives, clerk)
    other = lives.officer("police", "9900000031")

    confirm(lives, begin(lives, other), other)

    with pytest.raises(TooManyTries):
        begin(lives, clerk)


def test_who_agreed_may_be_helped_again_the_same_day(lives, clerk, leila):
    for _ in range(6):
        confirm(lives, begin(lives, clerk), clerk)


def test_nobody_is_helped_in_the_name_of_the_dead(lives, clerk, leila):
    lives.change(leila.person, lambda p: p.die(date(2026, 3, 1), "civil_registry", lives.log.now))

    which = begin(lives, clerk)

    assert lives.sent(MOBILE) == []
    assert lives.log.waits == {}
    with pytest.raises(CodeExpired):
        lives.assisting.confirm(which, "123456", **asked(clerk))


def test_an_authority_is_named_as_it_was_brought_on_board(lives, clerk, leila):
    names = {"fa": "شهرداری تهران", "en": "Tehran municipality"}
    onboarding = AuthorityOnboarding.ask(
        "municipality", names, "It joins the window.", uuid4(), lives.log.now
    )
    lives.log.run(GATEWAY, lambda unit: unit.save(onboarding))
    begin(lives, clerk)
    assert "municipality" in lives.sent(MOBILE)[-1]  # one administrator's word is not enough
    onboarding.confirm(uuid4(), lives.log.now)
    lives.log.run(GATEWAY, lambda unit: unit.save(onboarding))

    begin(lives, clerk)

    assert "شهرداری تهران" in lives.sent(MOBILE)[-1]


def test_it_lasts_one_visit_and_is_renewed_meanwhile(lives, identity, clerk, leila):
    which = begin(lives, clerk)
    confirm(lives, which, clerk)
    lives.pass_time(minutes=20)

    lives.assisting.renew(which, **asked(clerk))

    end = lives.log.now.timestamp() + 10 * 60
    assert identity.claims[-1]["exp"] == int(end)  # not beyond the half hour
    lives.pass_time(minutes=10)
    with pytest.raises(AssistanceOver):
        lives.assisting.renew(which, **asked(clerk))


def test_what_was_not_agreed_to_is_not_renewed(lives, clerk, leila):
    which = begin(lives, clerk)

    with pytest.raises(AssistanceOver):
        lives.assisting.renew(which, **asked(clerk))


@pytest.mark.parametrize("who", ["clerk", "leila"])
def test_either_of_the_two_ends_it_everywhere(lives, identity, clerk, leila, who):
    which = begin(lives, clerk)
    confirm(lives, which, clerk)
    sid = identity.claims[-1]["sid"]

    lives.assistance_ends.end(which, **asked({"clerk": clerk, "leila": leila}[who]))

    ended = next(e for e in lives.log.events if e.TOPIC == "Session.Ended")
    assert (ended.session, ended.person) == (sid, clerk.person)
    with pytest.raises(AssistanceOver):
        lives.assisting.renew(which, **asked(clerk))


def test_a_stranger_ends_nothing(lives, clerk, leila):
    which = begin(lives, clerk)

    with pytest.raises(NotFound):
        lives.assistance_ends.end(which, **asked(lives.officer("police", "9900000031")))


def test_it_ends_with_the_clerks_session(lives, identity, clerk, leila):
    which = begin(lives, clerk)
    confirm(lives, which, clerk)
    sid = identity.claims[-1]["sid"]

    with lives.log.unit_of_work(clerk.cause("web")) as unit:
        lives.ends.end(unit, clerk.session, clerk.person)

    ended = {e.session for e in lives.log.events if e.TOPIC == "Session.Ended"}
    assert ended == {clerk.session, sid}
    with pytest.raises(NotSignedIn):
        lives.assisting.renew(which, **asked(clerk))


def test_and_with_the_persons_account(lives, clerk, leila):
    which = begin(lives, clerk)
    confirm(lives, which, clerk)

    with lives.log.unit_of_work(leila.cause("web")) as unit:
        lives.assistance_ends.leave(unit, leila.person)

    with pytest.raises(AssistanceOver):
        lives.assisting.renew(which, **asked(clerk))


def test_the_person_sees_who_helped_them_and_what_for(lives, clerk, leila):
    which = begin(lives, clerk)

    with lives.log.unit_of_work(leila.cause("web")) as unit:
        [seen] = lives.assistance_ends.held_about(unit, leila.person)

    assert seen == {
        "assistance_id": str(which),
        "authority": "municipality",
        "purpose": "گرفتن نوبت",
    }
