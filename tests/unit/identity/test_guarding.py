"""A guesser has a hundred tries, and the owner always has a way in (decision 0019)."""

import re
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.identity.conftest import GATEWAY, Identity

from panjareh_common.refusals import Refusal
from panjareh_identity.application.commands import FinishSignIn, StepUp, StepUpMethod
from panjareh_identity.application.guarding import MOST_GUESSES
from panjareh_identity.application.origin import Origin
from panjareh_identity.domain.authenticator_refusals import TooManyGuesses, UnlockCodeWrong
from panjareh_identity.domain.refusals import CodeWrong, TooManyTries, WrongCredentials

LEILA, NOBODY = "9900000013", "9900000021"
RIGHT, WRONG = "correct horse battery", "wrong horse battery"


def guess(identity, address, national_id=LEILA, device=None):
    """One guess from somewhere; the kind of answer."""
    try:
        identity.sign_in(WRONG, national_id, Origin(address, known_device=device))
    except Refusal as refusal:
        return refusal
    raise AssertionError("a wrong password was taken")


def spend(identity, national_id=LEILA, tries=MOST_GUESSES):
    """Guesses from ever new addresses, so that no wait stands in the way."""
    for number in range(tries):
        said = guess(identity, f"10.{number // 250}.{number % 250}.1", national_id)
        assert isinstance(said, WrongCredentials), said


def code_in(message):
    return re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}|[0-9]{6}", message[1])[0]


def unlock(identity):
    """The owner has a code sent, and types it on a new device."""
    identity.unlocking.ask(LEILA, cause=GATEWAY, language="fa")
    ((_, subject, _),) = list(identity.log.waits)
    identity.unlocking.send(subject, GATEWAY)
    typed = code_in(identity.messages.sent[-1])
    answer = identity.unlocking.use(LEILA, typed.lower(), cause=GATEWAY, language="fa")
    return answer["known_device"]


@pytest.mark.parametrize("national_id", [LEILA, NOBODY])
def test_after_a_hundred_wrong_tries_nobody_unknown_is_asked_for_a_password(identity, national_id):
    identity.sign_up()
    spend(identity, national_id)
    compared = identity.passwords.compared

    with pytest.raises(TooManyGuesses):
        identity.sign_in(RIGHT, national_id, Origin("192.0.2.1"))

    assert identity.passwords.compared == compared


def test_the_owner_signs_in_where_they_have_been_before(identity):
    identity.sign_up()
    device = identity.sign_in()["known_device"]
    spend(identity)

    answer = identity.sign_in(origin=Origin("192.0.2.1", known_device=device))

    assert answer["loa"] == 1
    assert "known_device" not in answer, "it keeps what it has"


def test_the_owner_unlocks_a_new_device_with_their_phone(identity):
    identity.sign_up()
    spend(identity)

    device = unlock(identity)

    assert identity.sign_in(origin=Origin("192.0.2.1", known_device=device))["loa"] == 1


def test_a_guesser_who_asks_for_unlock_codes_keeps_nobody_out(identity):
    person_id = identity.sign_up()
    spend(identity)
    for _ in range(20):
        identity.unlocking.ask(LEILA, cause=GATEWAY, language="fa")
        identity.unlocking.send(person_id, GATEWAY)
        with pytest.raises(UnlockCodeWrong):
            identity.unlocking.use(LEILA, "0000-0000-0000-0000", cause=GATEWAY, language="fa")

    assert len(identity.messages.sent) == 3, "nor is the phone flooded"
    oldest = code_in(identity.messages.sent[0])
    device = identity.unlocking.use(LEILA, oldest, cause=GATEWAY, language="fa")["known_device"]
    assert identity.sign_in(origin=Origin(known_device=device))["loa"] == 1


def test_an_unlock_code_is_good_once_and_for_its_owner_alone(identity):
    identity.sign_up()
    unlock(identity)
    used = code_in(identity.messages.sent[-1])

    for national_id in (LEILA, NOBODY):
        with pytest.raises(UnlockCodeWrong):
            identity.unlocking.use(national_id, used, cause=GATEWAY, language="fa")


def test_a_second_factor_lets_the_owner_begin_anew(identity):
    caller = identity.signed_in()
    spend(identity)
    step_up(identity, caller)
    step_up(identity, caller, code="111111")

    assert isinstance(guess(identity, "192.0.2.1"), WrongCredentials)
    assert identity.guesses.wrong == {("password", LEILA): 1}


def test_the_right_password_alone_gives_a_guesser_nothing_back(identity):
    identity.sign_up()
    spend(identity, tries=40)

    identity.sign_in(origin=Origin("192.0.2.1"))

    assert identity.guesses.wrong == {("password", LEILA): 40}


def test_a_stolen_device_has_ten_tries_and_then_is_like_any_other(identity):
    identity.sign_up()
    device = identity.sign_in()["known_device"]
    for _ in range(10):
        assert isinstance(guess(identity, "192.0.2.9", device=device), WrongCredentials)
    assert identity.guesses.wrong.get(("password", LEILA), 0) == 0

    guess(identity, "192.0.2.9", device=device)

    assert identity.guesses.wrong == {("password", LEILA): 1}


def test_a_device_is_known_for_its_owner_only(identity):
    identity.sign_up()
    device = identity.sign_in()["known_device"]

    guess(identity, "192.0.2.9", NOBODY, device)

    assert identity.guesses.wrong == {("password", NOBODY): 1}


def test_one_address_waits_and_the_others_do_not(identity):
    identity.sign_up()
    for _ in range(5):
        guess(identity, "192.0.2.9")

    assert isinstance(guess(identity, "192.0.2.9"), TooManyTries)
    assert isinstance(guess(identity, "192.0.2.10"), WrongCredentials)


def test_who_tries_one_password_on_everybody_waits_too(identity):
    answers = [guess(identity, "2001:db8::1", f"{900000000 + n}{check(n)}") for n in range(201)]

    assert [type(each) for each in answers].count(WrongCredentials) == 200
    assert isinstance(answers[-1], TooManyTries)
    assert isinstance(guess(identity, "2001:db8::ffff:1", NOBODY), TooManyTries), "the same /64"


def check(n):
    from panjareh_sandbox.national_id import make_national_id

    return make_national_id(n)[-1]


def test_codes_are_guessed_a_hundred_times_at_most_and_the_owner_is_not_kept_out(identity):
    caller = identity.signed_in()  # the owner, who has used a code on this device before
    step_up(identity, caller)
    step_up(identity, caller, code="111111")
    identity.sign_in(origin=Origin("192.0.2.66"))  # somebody who has seen the password
    guesser = identity.caller(caller.subject, identity.claims[-1]["sid"])
    wrong = 0
    while wrong < MOST_GUESSES:
        identity.throttle.taken.clear()  # however long they wait
        step_up(identity, guesser)
        for _ in range(5):
            with pytest.raises(CodeWrong):
                step_up(identity, guesser, code="000000")
            wrong += 1
    identity.throttle.taken.clear()

    step_up(identity, guesser)
    with pytest.raises(TooManyGuesses):
        step_up(identity, guesser, code="000000")

    step_up(identity, caller)
    code = code_in(identity.messages.sent[-1])
    assert step_up(identity, caller, code=code)["token_type"] == "Bearer"


def test_whoever_floods_with_codes_does_not_use_up_those_of_the_owner(identity):
    caller = identity.signed_in()
    step_up(identity, caller)
    step_up(identity, caller, code="111111")
    identity.sign_in(origin=Origin("192.0.2.66"))
    guesser = identity.caller(caller.subject, identity.claims[-1]["sid"])
    for _ in range(5):
        step_up(identity, guesser)
    with pytest.raises(TooManyTries):
        step_up(identity, guesser)

    assert "sent_to" in step_up(identity, caller)


def step_up(identity, caller, code=None):
    command = StepUp(StepUpMethod.ONE_TIME_CODE, code)
    return identity.signing_in.step_up(command, caller=caller, cause=identity.cause(caller))


@dataclass
class _Seen:
    compared: int = 0
    since_proof: int = 0
    devices: list = field(default_factory=list)


class Guessing(RuleBasedStateMachine):
    """Whatever guessers and the owner do, in whatever order: at most a hundred, and never locked out."""

    @initialize()
    def begin(self):
        self.identity, self.seen = Identity(), _Seen()
        self.identity.sign_up()
        self.seen.devices.append(self.identity.sign_in()["known_device"])

    @rule(address=st.integers(1, 60), tries=st.integers(1, 30))
    def somebody_guesses(self, address, tries):
        for _ in range(tries):
            before = self.identity.passwords.compared
            guess(self.identity, f"198.51.100.{address}", device=str(uuid4()))
            self.seen.since_proof += self.identity.passwords.compared - before

    @rule()
    def time_passes(self):
        self.identity.throttle.taken.clear()

    @rule(device=st.integers(0, 5))
    def the_owner_signs_in(self, device):
        known = self.seen.devices[device % len(self.seen.devices)]
        answer = self.identity.sign_in(origin=Origin("203.0.113.1", known_device=known))
        assert answer["loa"] == 1

    @rule()
    def the_owner_signs_in_somewhere_new(self):
        self.identity.unlock_codes.rows.clear()  # an hour later
        self.identity.log.waits.clear()
        device = unlock(self.identity)
        self.seen.devices.append(device)
        assert self.identity.sign_in(origin=Origin("203.0.113.2", known_device=device))

    @rule()
    def the_owner_proves_more(self):
        self.identity.throttle.taken.clear()
        person = next(iter(self.identity.credentials.rows.values())).person_id
        known = Origin(known_device=self.seen.devices[0])
        sid = self.identity.sign_in(origin=known)["session"].sid
        caller = self.identity.caller(person, sid)
        step_up(self.identity, caller)
        code = code_in(self.identity.messages.sent[-1])
        step_up(self.identity, caller, code=code)
        self.seen.since_proof = 0

    @invariant()
    def no_more_than_a_hundred_guesses_were_made(self):
        if hasattr(self, "seen"):
            assert self.seen.since_proof <= MOST_GUESSES


Guessing.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_whatever_guessers_do = Guessing.TestCase


def test_a_short_password_is_good_only_with_a_second_factor(identity):
    identity.sign_up(password="zq vortex")

    asked = identity.sign_in("zq vortex")

    assert asked["methods"] == ["one_time_code"]
    assert asked["sent_to"] == "0900***0001"
    assert identity.claims == []
    done = FinishSignIn(asked["ticket"], StepUpMethod.ONE_TIME_CODE, "111111")
    answer = identity.signing_in.finish_sign_in(done, cause=GATEWAY)
    assert answer["token_type"] == "Bearer"
    assert identity.claims[-1]["amr"] == ["pwd", "otp", "sms", "mfa"]
