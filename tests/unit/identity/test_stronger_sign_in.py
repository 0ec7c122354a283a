"""Signing in and stepping up by app, passkey, card and e-mail: the use cases as they are."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.unit.identity.conftest import GATEWAY

from panjareh_common.refusals import InvalidInput, NotSignedIn
from panjareh_identity.application.authenticating import ChangePassword
from panjareh_identity.application.authenticator_ports import SmartCardProof
from panjareh_identity.application.commands import FinishSignIn, StepUp, StepUpMethod
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import (
    AppCodeWrong,
    ChannelNotConfirmed,
    PasskeyRefused,
    PasskeyTaken,
    SmartCardOfAnother,
    SmartCardRefused,
    SmartCardTaken,
    StrongerSignInNeeded,
    TicketExpired,
    WrongPassword,
)
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import WrongCredentials

LEILA = "9900000013"
NEW = "three crows on a white wall"


def of(identity, caller):
    return {"caller": caller, "cause": identity.cause(caller)}


def step_up(identity, caller, method, **proof):
    return identity.signing_in.step_up(StepUp(method, **proof), **of(identity, caller))


def two_factors(identity):
    caller = identity.signed_in()
    step_up(identity, caller, StepUpMethod.ONE_TIME_CODE)
    step_up(identity, caller, StepUpMethod.ONE_TIME_CODE, code="111111")
    return caller


def a_card(identity, national_id=LEILA, signature="right"):
    challenge = identity.signing_in.smart_card_challenge()["challenge"]
    return SmartCardProof(challenge, national_id, signature)


def a_passkey(identity, key="a key"):
    challenge = identity.signing_in.passkey_challenge()["passkey"]["challenge"]
    return {"id": key, "challenge": challenge}


def with_passkey(identity):
    caller = two_factors(identity)
    options = identity.authenticating.begin_passkey(**of(identity, caller))["passkey"]
    made = {"id": "a key", "challenge": options["challenge"]}
    identity.authenticating.finish_passkey(made, "my phone", **of(identity, caller))
    return caller


def with_app(identity):
    caller = two_factors(identity)
    identity.authenticating.add_totp(**of(identity, caller))
    identity.authenticating.confirm_totp("424242", "my app", **of(identity, caller))
    return caller


def held(identity, caller):
    return identity.authenticating.list(**of(identity, caller))["items"]


def test_a_code_by_e_mail_is_a_second_factor_and_says_that_it_was_no_text_message(identity):
    caller = identity.signed_in()
    with identity.log.unit_of_work(GATEWAY) as unit:
        person = unit.load(Person, caller.subject)
        person.confirm_email("leila@example.org", unit.now)
        unit.save(person)

    sent = step_up(identity, caller, StepUpMethod.ONE_TIME_CODE, channel=Channel.EMAIL)
    step_up(identity, caller, StepUpMethod.ONE_TIME_CODE, code="111111")

    assert sent == {"sent_to": "l***@example.org"}
    assert identity.messages.sent == []
    assert identity.claims[-1]["amr"] == ["pwd", "otp", "mfa"]
    assert "Person.MobileConfirmed" not in identity.log.kinds()


def test_no_code_goes_to_an_address_that_nobody_confirmed(identity):
    caller = identity.signed_in()

    with pytest.raises(ChannelNotConfirmed):
        step_up(identity, caller, StepUpMethod.ONE_TIME_CODE, channel=Channel.EMAIL)


def test_an_app_raises_the_session(identity):
    caller = with_app(identity)
    identity.sign_in()
    again = identity.caller(caller.subject, identity.claims[-1]["sid"])

    step_up(identity, again, StepUpMethod.TOTP, code="۴۲۴۲۴۲")

    assert identity.claims[-1]["amr"] == ["pwd", "otp", "mfa"]
    with pytest.raises(AppCodeWrong):
        step_up(identity, again, StepUpMethod.TOTP, code="424242")


def test_an_app_that_was_not_confirmed_raises_nothing(identity):
    caller = two_factors(identity)
    identity.authenticating.add_totp(**of(identity, caller))

    with pytest.raises(AppCodeWrong):
        step_up(identity, caller, StepUpMethod.TOTP, code="424242")


def test_a_passkey_signs_in_without_a_name_at_level_three(identity):
    caller = with_passkey(identity)

    answer = identity.signing_in.sign_in_with_passkey(a_passkey(identity), cause=GATEWAY)

    assert answer["session"].authenticator is Authenticator.PASSKEY
    claims = identity.claims[-1]
    assert (claims["sub"], claims["amr"]) == (str(caller.subject), ["pop", "user", "mfa"])


def test_an_answer_of_a_passkey_is_good_once_and_in_time(identity):
    with_passkey(identity)
    used, old = a_passkey(identity), a_passkey(identity)
    identity.signing_in.sign_in_with_passkey(used, cause=GATEWAY)
    identity.log.now += timedelta(minutes=3)

    for answer in (used, old, {"id": "a key"}, {}):
        with pytest.raises(PasskeyRefused):
            identity.signing_in.sign_in_with_passkey(answer, cause=GATEWAY)


def test_a_challenge_for_making_a_passkey_signs_nobody_in_and_the_other_way_round(identity):
    caller = with_passkey(identity)
    step_up(identity, caller, StepUpMethod.PASSKEY, passkey=a_passkey(identity))
    making = identity.authenticating.begin_passkey(**of(identity, caller))["passkey"]["challenge"]

    with pytest.raises(PasskeyRefused):
        identity.signing_in.sign_in_with_passkey(
            {"id": "a key", "challenge": making}, cause=GATEWAY
        )
    with pytest.raises(PasskeyRefused):
        identity.authenticating.finish_passkey(
            a_passkey(identity, "another"), "", **of(identity, caller)
        )


def test_a_passkey_is_added_once(identity):
    caller = with_passkey(identity)
    step_up(identity, caller, StepUpMethod.PASSKEY, passkey=a_passkey(identity))
    options = identity.authenticating.begin_passkey(**of(identity, caller))["passkey"]

    with pytest.raises(PasskeyTaken):
        identity.authenticating.finish_passkey(
            {"id": "a key", "challenge": options["challenge"]}, "", **of(identity, caller)
        )


def test_the_passkey_of_somebody_else_raises_no_session_of_mine(identity):
    with_passkey(identity)
    identity.sign_up(national_id="9900000021", mobile="09000000002")
    identity.sign_in(national_id="9900000021")
    reza = identity.caller(UUID(identity.claims[-1]["sub"]), identity.claims[-1]["sid"])

    with pytest.raises(PasskeyRefused):
        step_up(identity, reza, StepUpMethod.PASSKEY, passkey=a_passkey(identity))


def test_a_weaker_proof_moves_neither_the_level_nor_its_time(identity):
    caller = with_passkey(identity)
    step_up(identity, caller, StepUpMethod.PASSKEY, passkey=a_passkey(identity))
    proved_at = identity.claims[-1]["auth_time"]
    identity.log.now += timedelta(minutes=2)

    step_up(identity, caller, StepUpMethod.ONE_TIME_CODE)
    step_up(identity, caller, StepUpMethod.ONE_TIME_CODE, code="111112")

    claims = identity.claims[-1]
    assert (claims["auth_time"], claims["amr"]) == (proved_at, ["pop", "user", "mfa"])


def test_what_a_card_to_be_bound_signs_is_shown_only_to_who_may_bind_one(identity):
    weak = identity.signed_in()
    with pytest.raises(StrongerSignInNeeded):
        identity.authenticating.begin_smart_card(**of(identity, weak))

    step_up(identity, weak, StepUpMethod.ONE_TIME_CODE)
    step_up(identity, weak, StepUpMethod.ONE_TIME_CODE, code="111111")
    challenge = identity.authenticating.begin_smart_card(**of(identity, weak))["challenge"]

    proof = SmartCardProof(challenge, LEILA, "right")
    identity.authenticating.bind_smart_card(proof, **of(identity, weak))
    assert [item["kind"] for item in held(identity, weak)] == ["smart_card"]


def test_a_card_that_was_bound_signs_in_at_level_four(identity):
    caller = two_factors(identity)
    identity.authenticating.bind_smart_card(a_card(identity), **of(identity, caller))

    answer = identity.signing_in.sign_in_with_smart_card(a_card(identity), cause=GATEWAY)

    assert answer["session"].authenticator is Authenticator.SMART_CARD
    assert identity.claims[-1]["amr"] == ["sc", "pin", "mfa"]
    assert [item["kind"] for item in held(identity, caller)] == ["smart_card"]


def test_a_card_that_nobody_bound_signs_nobody_in(identity):
    identity.sign_up()

    with pytest.raises(SmartCardRefused):
        identity.signing_in.sign_in_with_smart_card(a_card(identity), cause=GATEWAY)


def test_a_card_is_bound_by_its_own_holder_and_once(identity):
    caller = two_factors(identity)
    with pytest.raises(SmartCardOfAnother):
        identity.authenticating.bind_smart_card(
            a_card(identity, "9900000021"), **of(identity, caller)
        )
    identity.authenticating.bind_smart_card(a_card(identity), **of(identity, caller))
    step_up(identity, caller, StepUpMethod.SMART_CARD, smart_card=a_card(identity))

    with pytest.raises(SmartCardTaken):
        identity.authenticating.bind_smart_card(a_card(identity), **of(identity, caller))


def test_what_a_card_has_signed_is_good_once(identity):
    caller = two_factors(identity)
    identity.authenticating.bind_smart_card(a_card(identity), **of(identity, caller))
    used = a_card(identity)
    identity.signing_in.sign_in_with_smart_card(used, cause=GATEWAY)

    for proof in (used, a_card(identity, signature="wrong"), SmartCardProof("§", LEILA, "right")):
        with pytest.raises(SmartCardRefused):
            identity.signing_in.sign_in_with_smart_card(proof, cause=GATEWAY)


def test_a_passkey_that_was_removed_signs_in_no_more(identity):
    caller = with_passkey(identity)
    (mine,) = held(identity, caller)
    which = UUID(mine["authenticator_id"])
    with pytest.raises(StrongerSignInNeeded):
        identity.authenticating.remove(which, **of(identity, caller))
    step_up(identity, caller, StepUpMethod.PASSKEY, passkey=a_passkey(identity))

    identity.authenticating.remove(which, **of(identity, caller))

    assert held(identity, caller) == []
    with pytest.raises(PasskeyRefused):
        identity.signing_in.sign_in_with_passkey(a_passkey(identity), cause=GATEWAY)


def test_a_ticket_is_good_for_ten_minutes(identity):
    identity.sign_up(password="zq vortex")
    ticket = identity.sign_in("zq vortex")["ticket"]

    identity.log.now += timedelta(minutes=10)

    with pytest.raises(TicketExpired):
        identity.signing_in.finish_sign_in(
            FinishSignIn(ticket, StepUpMethod.ONE_TIME_CODE, "111111"), cause=GATEWAY
        )


def test_a_new_code_may_be_asked_for_with_the_ticket(identity):
    identity.sign_up(password="zq vortex")
    ticket = identity.sign_in("zq vortex")["ticket"]

    asked = identity.signing_in.finish_sign_in(
        FinishSignIn(ticket, StepUpMethod.ONE_TIME_CODE), cause=GATEWAY
    )

    assert asked["sent_to"] == "0900***0001"
    done = FinishSignIn(asked["ticket"], StepUpMethod.ONE_TIME_CODE, "111112")
    assert identity.signing_in.finish_sign_in(done, cause=GATEWAY)["token_type"] == "Bearer"


def test_who_changes_the_password_has_two_factors_and_knows_the_old_one(identity):
    caller = identity.signed_in()
    change = {"language": "fa", **of(identity, caller)}
    with pytest.raises(StrongerSignInNeeded):
        identity.authenticating.change_password(
            ChangePassword("correct horse battery", NEW), **change
        )
    step_up(identity, caller, StepUpMethod.ONE_TIME_CODE)
    step_up(identity, caller, StepUpMethod.ONE_TIME_CODE, code="111111")
    with pytest.raises(WrongPassword):
        identity.authenticating.change_password(ChangePassword("wrong horse", NEW), **change)

    identity.authenticating.change_password(ChangePassword("correct horse battery", NEW), **change)

    with pytest.raises(WrongCredentials):
        identity.sign_in()
    assert identity.sign_in(NEW)["loa"] == 1
    assert "Authenticators.PasswordSet" in identity.log.kinds()


@pytest.mark.parametrize("new", ["password123", "9900000013", "karimi", "کریمی۱۹۸۵"])
def test_a_new_password_that_is_known_to_others_is_refused_at_its_field(identity, new):
    caller = two_factors(identity)

    with pytest.raises(InvalidInput) as refusal:
        identity.authenticating.change_password(
            ChangePassword("correct horse battery", new), language="fa", **of(identity, caller)
        )

    (point,) = refusal.value.errors
    assert point["pointer"] == "/new_password"
    assert "گذرواژه" in point["detail"]


def test_a_new_password_ends_every_other_session(identity):
    caller = two_factors(identity)
    identity.sign_in()
    elsewhere = identity.caller(caller.subject, identity.claims[-1]["sid"])

    identity.authenticating.change_password(
        ChangePassword("correct horse battery", NEW), language="fa", **of(identity, caller)
    )

    assert held(identity, caller) == []
    with pytest.raises(NotSignedIn):
        held(identity, elsewhere)
    assert identity.log.kinds().count("Session.Ended") == 1


def test_a_common_password_is_refused_at_the_sign_up(identity):
    with pytest.raises(InvalidInput) as refusal:
        identity.sign_up(password="password123")

    assert [point["pointer"] for point in refusal.value.errors] == ["/password"]


def test_a_recovery_leaves_the_new_password_and_nothing_else(identity):
    caller = with_passkey(identity)
    with identity.log.unit_of_work(GATEWAY) as unit:
        identity.authenticating.recover(unit, caller.subject, f"hash of {NEW}")

    assert held(identity, caller) == []
    assert identity.known_devices.rows == {}
    with pytest.raises(PasskeyRefused):
        identity.signing_in.sign_in_with_passkey(a_passkey(identity), cause=GATEWAY)
    assert identity.sign_in(NEW)["loa"] == 1
