from datetime import timedelta

import pytest

from panjareh_common.refusals import InvalidInput, NotSignedIn
from panjareh_identity.application.commands import StepUp, StepUpMethod
from panjareh_identity.domain.refusals import (
    CodeExpired,
    CodeWrong,
    MessageNotSent,
    NotInRegistry,
    RegistryMismatch,
    RegistryUnavailable,
    TooManyTries,
    WrongCredentials,
)
from panjareh_identity.domain.values import NoRecord, RegistryRecord

LEILA = RegistryRecord("لیلا", "کریمی", "1985-03-21", alive=True)
SOMEBODY_ELSE = RegistryRecord("لیدا", "کریمی", "1985-03-21", alive=True)


def step_up(identity, caller, method=StepUpMethod.ONE_TIME_CODE, code=None):
    command = StepUp(method, code)
    return identity.signing_in.step_up(command, caller=caller, cause=identity.cause(caller))


def match(identity, caller):
    return step_up(identity, caller, StepUpMethod.CIVIL_REGISTRY)


def test_who_knows_the_password_is_signed_in_at_level_one(identity):
    person_id = identity.sign_up()

    body = identity.sign_in()

    session = body.pop("session")
    assert body == {
        "access_token": "a-token",
        "token_type": "Bearer",
        "expires_in": 900,
        "loa": 1,
        "known_device": "device-1",
    }
    assert session.person_id == person_id
    claims = identity.claims[-1]
    assert (claims["sub"], claims["amr"]) == (str(person_id), ["pwd"])


def test_a_national_id_in_persian_digits_is_the_same_person(identity):
    person_id = identity.sign_up()

    identity.sign_in(national_id="۹۹۰۰-۰۰۰۰-۱۳")

    assert identity.claims[-1]["sub"] == str(person_id)


def test_a_wrong_password_and_an_unknown_person_get_one_answer_at_one_price(identity):
    identity.sign_up()
    said, before = set(), identity.passwords.compared

    for national_id in ("9900000013", "9900000021"):
        with pytest.raises(WrongCredentials) as refusal:
            identity.sign_in("wrong horse battery", national_id)
        said.add((refusal.value.code, str(refusal.value)))

    assert len(said) == 1
    assert identity.passwords.compared - before == 2


def test_a_number_that_is_no_national_id_is_told_in_persian_where_it_does_not_fit(identity):
    with pytest.raises(InvalidInput) as refusal:
        identity.sign_in(national_id="9900000014")

    [point] = refusal.value.errors
    assert point["pointer"] == "/national_id"
    assert "شمارهٔ ملی" in point["detail"]


@pytest.mark.parametrize("national_id", ["9900000013", "9900000021"])
def test_who_guesses_waits_after_five_tries_whether_the_person_exists_or_not(identity, national_id):
    identity.sign_up()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            identity.sign_in("wrong horse battery", national_id)

    with pytest.raises(TooManyTries) as refusal:
        identity.sign_in("correct horse battery", national_id)

    assert refusal.value.details == {"retry_after": 60}


def test_the_right_password_ends_the_count(identity):
    identity.sign_up()

    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongCredentials):
                identity.sign_in("wrong horse battery")
        assert identity.sign_in()["loa"] == 1


def test_a_code_is_sent_to_the_persons_phone_in_their_language(identity):
    caller = identity.signed_in()

    answer = step_up(identity, caller)

    assert answer == {"sent_to": "0900***0001"}
    [(mobile, text)] = identity.messages.sent
    assert mobile == "09000000001"
    assert text.startswith("پنجره: کد ورود شما 111111 است.")


def test_the_code_makes_the_session_two_factors_strong_and_confirms_the_mobile(identity):
    caller = identity.signed_in()
    step_up(identity, caller)
    identity.log.now += timedelta(minutes=1)

    step_up(identity, caller, code=" ۱۱۱۱۱۱ ")

    claims = identity.claims[-1]
    assert claims["amr"] == ["pwd", "otp", "sms", "mfa"]
    assert claims["auth_time"] == int(identity.log.now.timestamp())
    assert identity.log.kinds() == ["Person.Registered", "Person.MobileConfirmed"]


def test_a_mobile_is_confirmed_by_the_first_code_only(identity):
    caller = identity.signed_in()

    for code in ("111111", "111112"):
        step_up(identity, caller)
        step_up(identity, caller, code=code)

    assert identity.log.kinds().count("Person.MobileConfirmed") == 1


def test_a_code_works_once(identity):
    caller = identity.signed_in()
    step_up(identity, caller)
    step_up(identity, caller, code="111111")

    with pytest.raises(CodeExpired):
        step_up(identity, caller, code="111111")


def test_a_new_code_takes_the_place_of_the_old(identity):
    caller = identity.signed_in()
    step_up(identity, caller)
    step_up(identity, caller)

    with pytest.raises(CodeWrong):
        step_up(identity, caller, code="111111")
    assert step_up(identity, caller, code="111112")["token_type"] == "Bearer"


def test_a_wrong_code_tells_how_many_tries_are_left_until_none_is(identity):
    caller = identity.signed_in()
    step_up(identity, caller)
    left = []

    for _ in range(5):
        with pytest.raises(CodeWrong) as refusal:
            step_up(identity, caller, code="000000")
        left.append(refusal.value.details["tries_left"])

    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(CodeExpired):
        step_up(identity, caller, code="111111")


def test_a_code_is_too_old_after_three_minutes(identity):
    caller = identity.signed_in()
    step_up(identity, caller)

    identity.log.now += timedelta(minutes=3)

    with pytest.raises(CodeExpired):
        step_up(identity, caller, code="111111")


def test_a_code_of_one_session_raises_no_other(identity):
    caller = identity.signed_in()
    step_up(identity, caller)
    identity.sign_in()
    other = identity.caller(caller.subject, identity.claims[-1]["sid"])

    with pytest.raises(CodeWrong):
        step_up(identity, other, code="111111")


def test_a_phone_is_not_flooded_with_codes(identity):
    caller = identity.signed_in()
    for _ in range(5):
        step_up(identity, caller)

    with pytest.raises(TooManyTries):
        step_up(identity, caller)

    assert len(identity.messages.sent) == 5


def test_a_gateway_that_is_away_is_told_and_the_next_code_works(identity):
    caller = identity.signed_in()
    identity.messages.away = True
    for _ in range(6):
        with pytest.raises(MessageNotSent):
            step_up(identity, caller)

    identity.messages.away = False
    step_up(identity, caller)

    assert step_up(identity, caller, code="111117")["token_type"] == "Bearer"


def test_a_registry_match_and_a_code_together_are_level_two(identity):
    caller = identity.signed_in()
    identity.registry.answer = LEILA

    alone = match(identity, caller)["loa"]
    step_up(identity, caller)
    together = step_up(identity, caller, code="111111")["loa"]

    assert (alone, together) == (1, 2)
    assert "Person.RegistryMatched" in identity.log.kinds()


def test_a_mismatch_is_remembered_and_said(identity):
    caller = identity.signed_in()
    identity.registry.answer = SOMEBODY_ELSE

    with pytest.raises(RegistryMismatch):
        match(identity, caller)

    assert identity.log.kinds()[-1] == "Person.MatchRefused"


def test_a_corrected_registry_is_asked_anew_and_believed(identity):
    caller = identity.signed_in()
    identity.registry.answer = SOMEBODY_ELSE
    with pytest.raises(RegistryMismatch):
        match(identity, caller)

    identity.registry.answer = LEILA
    match(identity, caller)

    assert len(set(identity.registry.asked)) == 2
    assert identity.log.kinds()[-1] == "Person.RegistryMatched"


def test_a_registry_that_is_away_is_asked_the_same_inquiry_again(identity):
    caller = identity.signed_in()
    identity.registry.answer = RegistryUnavailable()
    with pytest.raises(RegistryUnavailable):
        match(identity, caller)

    identity.registry.answer = LEILA
    match(identity, caller)

    assert len(identity.registry.asked) == 2
    assert len(set(identity.registry.asked)) == 1


def test_who_is_matched_already_gets_a_token_and_nobody_is_asked(identity):
    caller = identity.signed_in()
    identity.registry.answer = LEILA
    match(identity, caller)

    assert match(identity, caller)["token_type"] == "Bearer"

    assert len(identity.registry.asked) == 1


def test_after_five_refused_matches_the_registry_is_left_alone(identity):
    caller = identity.signed_in()
    identity.registry.answer = NoRecord.NOTHING_HELD
    for _ in range(5):
        with pytest.raises(NotInRegistry):
            match(identity, caller)

    with pytest.raises(TooManyTries):
        match(identity, caller)

    assert len(identity.registry.asked) == 5


def test_signing_out_ends_the_session_and_tells_everybody_once(identity):
    caller = identity.signed_in()

    for _ in range(2):
        identity.devices.sign_out(caller=caller, cause=identity.cause(caller))

    assert identity.log.kinds().count("Session.Ended") == 1
    assert identity.log.events[-1].session == caller.session


@pytest.mark.parametrize("method", list(StepUpMethod))
def test_an_ended_session_is_raised_no_more(identity, method):
    caller = identity.signed_in()
    identity.devices.sign_out(caller=caller, cause=identity.cause(caller))

    with pytest.raises(NotSignedIn):
        step_up(identity, caller, method)

    assert (identity.messages.sent, identity.registry.asked) == ([], [])


def test_a_session_of_somebody_else_is_not_mine(identity):
    caller = identity.signed_in()

    with pytest.raises(NotSignedIn):
        step_up(identity, identity.caller(sid=caller.session))


def test_a_session_runs_out_after_twelve_hours(identity):
    caller = identity.signed_in()

    identity.log.now += timedelta(hours=12)

    with pytest.raises(NotSignedIn):
        step_up(identity, caller)
