"""What people sign in with, on a real database: what is counted is counted, also by many at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pyotp
import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotSignedIn, Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.authenticating import ChangePassword
from panjareh_identity.application.authenticator_ports import SmartCardProof
from panjareh_identity.application.commands import FinishSignIn, SignIn, StepUp, StepUpMethod
from panjareh_identity.application.origin import Origin
from panjareh_identity.domain.authenticator_refusals import (
    AppCodeWrong,
    SignInAgainFirst,
    StrongerSignInNeeded,
    TicketExpired,
    TooManyAuthenticators,
    TooManyGuesses,
    UnlockCodeWrong,
)
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.refusals import CodeExpired, CodeWrong, WrongCredentials
from panjareh_sandbox.national_id import make_national_id
from tests.integration.identity.providing import OPERATOR, PASSWORD, Ground, Human

NEW_PASSWORD = "three crows on a white wall"


class Owner:
    """A person at one device, through the use cases."""

    def __init__(self, ground: Ground, human: Human, password: str = PASSWORD) -> None:
        self.ground, self.human, self.password = ground, human, password
        self.signing_in = ground.wiring.signing_in
        self.authenticating = ground.wiring.authenticating
        self.known_device: str | None = None
        self.session: Any = None

    def sign_in(self, password: str | None = None, address: str = "192.0.2.1") -> dict[str, Any]:
        command = SignIn(self.human.national_id, password or self.password)
        origin = Origin(address, None, self.known_device)
        answer = self.signing_in.sign_in(command, cause=OPERATOR, language="en", origin=origin)
        return self._keep(answer)

    def step_up(self, method: StepUpMethod, **proof: Any) -> dict[str, Any]:
        command = StepUp(method, **proof)
        caller = self.caller
        return self._keep(
            self.signing_in.step_up(command, caller=caller, cause=caller.cause("web"))
        )

    def by_code(self) -> dict[str, Any]:
        self.step_up(StepUpMethod.ONE_TIME_CODE)
        return self.step_up(StepUpMethod.ONE_TIME_CODE, code=self.ground.phone.code())

    def two_factors(self) -> Owner:
        self.sign_in()
        self.by_code()
        return self

    def _keep(self, answer: dict[str, Any]) -> dict[str, Any]:
        self.session = answer.get("session", self.session)
        self.known_device = answer.get("known_device", self.known_device)
        return answer

    @property
    def caller(self) -> Caller:
        return Caller(
            CallerKind.PERSON,
            self.human.id,
            AssuranceLevel.SELF_ASSERTED,
            session=self.session.sid,
        )

    @property
    def own(self) -> dict[str, Any]:
        return {"caller": self.caller, "cause": self.caller.cause("web")}


@pytest.fixture
def owner(ground: Ground) -> Owner:
    return Owner(ground, ground.human())


def nobody_of(ground: Ground) -> Human:
    """A national id with which nobody has signed up."""
    return Human(uuid4(), make_national_id(next(ground._numbers)))


def at_once(tries: int, attempt: Callable[[int], Any]) -> list[Any]:
    """What each of many at the same moment is told."""

    def one(number: int) -> Any:
        try:
            return attempt(number)
        except Refusal as refusal:
            return type(refusal)

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(tries)))


def test_a_crowd_of_guessers_has_a_hundred_tries_and_not_one_more(owner: Owner) -> None:
    mine = Owner(owner.ground, owner.human)
    mine.sign_in()

    said = at_once(130, lambda n: owner.sign_in("wrong horse battery", f"10.0.{n}.1"))

    assert said.count(WrongCredentials) == 100
    assert said.count(TooManyGuesses) == 30
    assert mine.sign_in()["loa"] == 1, "the owner's device is not kept out"


def test_unknown_people_are_guarded_in_the_same_way(ground: Ground) -> None:
    nobody = Owner(ground, nobody_of(ground))

    said = at_once(110, lambda n: nobody.sign_in("wrong horse battery", f"10.0.{n}.1"))

    assert (said.count(WrongCredentials), said.count(TooManyGuesses)) == (100, 10)


def test_known_and_unknown_people_are_refused_in_the_same_time(ground: Ground) -> None:
    known = Owner(ground, ground.human())
    unknown = Owner(ground, nobody_of(ground))
    taken: dict[Owner, list[float]] = {known: [], unknown: []}
    for number in range(12):
        for owner in (known, unknown):
            began = time.perf_counter()
            with pytest.raises(WrongCredentials):
                owner.sign_in("wrong horse battery", f"10.0.{number}.1")
            taken[owner].append(time.perf_counter() - began)

    # The fastest of each: what else the machine does only ever adds.
    fastest = sorted(min(times) for times in taken.values())
    assert fastest[1] < 1.5 * fastest[0], fastest


def test_a_code_is_used_once_by_whoever_is_first(owner: Owner) -> None:
    owner.sign_in()
    owner.step_up(StepUpMethod.ONE_TIME_CODE)
    code = owner.ground.phone.code()

    said = at_once(12, lambda _: owner.step_up(StepUpMethod.ONE_TIME_CODE, code=code))

    assert sum(isinstance(each, dict) for each in said) == 1
    assert {each for each in said if not isinstance(each, dict)} == {CodeExpired}


def test_a_code_has_five_tries_also_all_at_once(owner: Owner) -> None:
    owner.sign_in()
    owner.step_up(StepUpMethod.ONE_TIME_CODE)
    right = owner.ground.phone.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    said = at_once(20, lambda _: owner.step_up(StepUpMethod.ONE_TIME_CODE, code=wrong))

    assert (said.count(CodeWrong), said.count(CodeExpired)) == (5, 15)
    with pytest.raises(CodeExpired):
        owner.step_up(StepUpMethod.ONE_TIME_CODE, code=right)


def test_no_code_and_no_secret_stands_in_any_table(owner: Owner) -> None:
    owner.two_factors()
    owner.step_up(StepUpMethod.ONE_TIME_CODE)
    seed = owner.authenticating.add_totp(**owner.own)
    secrets = [owner.ground.phone.code(), seed["secret"], str(owner.known_device), PASSWORD]

    dumped = _dump(owner.ground)

    assert "one_time_code" in dumped and "known_device" in dumped
    assert [secret for secret in secrets if secret in dumped] == []


def test_nothing_secret_is_logged_whatever_goes_wrong(
    owner: Owner, capfd: pytest.CaptureFixture[str]
) -> None:
    owner.two_factors()
    said = [PASSWORD, owner.ground.phone.code(), str(owner.known_device), owner.human.national_id]
    seed = owner.authenticating.add_totp(**owner.own)
    for attempt in (
        lambda: owner.sign_in("wrong horse battery"),
        lambda: owner.step_up(StepUpMethod.ONE_TIME_CODE, code="000000"),
        lambda: owner.step_up(StepUpMethod.TOTP, code="000000"),
        lambda: owner.step_up(StepUpMethod.PASSKEY, passkey={"id": "a canary key"}),
        lambda: owner.signing_in.sign_in_with_smart_card(
            SmartCardProof("canary", "canary", "canary"), cause=OPERATOR
        ),
        lambda: owner.step_up(StepUpMethod.ONE_TIME_CODE, channel=Channel.EMAIL),
    ):
        with pytest.raises(Refusal) as refusal:
            attempt()
        said += [str(refusal.value), repr(refusal.value.details)]

    told = "".join(capfd.readouterr()) + "".join(said[4:])
    canaries = [*said[:4], seed["secret"], "wrong horse", "canary", "09120000001"]
    assert [secret for secret in canaries if secret in told] == []


def test_an_app_is_a_second_factor_once_it_was_confirmed(owner: Owner) -> None:
    owner.two_factors()
    seed = owner.authenticating.add_totp(**owner.own)
    app = pyotp.TOTP(seed["secret"])
    assert seed["uri"].startswith("otpauth://totp/Panjareh:")
    with pytest.raises(AppCodeWrong):
        owner.step_up(StepUpMethod.TOTP, code=app.now())

    with pytest.raises(AppCodeWrong):
        owner.authenticating.confirm_totp("000000", "", **owner.own)
    owner.authenticating.confirm_totp(app.now(), "تلفن من", **owner.own)

    owner.sign_in()
    after = app.at(time.time() + 30)
    assert owner.step_up(StepUpMethod.TOTP, code=after)["token_type"] == "Bearer"
    assert owner.session.amr == ("pwd", "otp", "mfa")
    (held,) = owner.authenticating.list(**owner.own)["items"]
    assert (held["kind"], held["label"]) == ("totp", "تلفن من")


def test_a_code_of_an_app_counts_once(owner: Owner) -> None:
    app = _with_app(owner)
    code = app.at(time.time() + 30)

    said = at_once(8, lambda _: owner.step_up(StepUpMethod.TOTP, code=code))

    assert sum(isinstance(each, dict) for each in said) == 1
    assert {each for each in said if not isinstance(each, dict)} == {AppCodeWrong}


def test_there_is_one_app_at_a_time_and_it_can_be_taken_away(owner: Owner) -> None:
    app = _with_app(owner)
    with pytest.raises(TooManyAuthenticators):
        owner.authenticating.add_totp(**owner.own)

    (held,) = owner.authenticating.list(**owner.own)["items"]
    owner.authenticating.remove(UUID(held["authenticator_id"]), **owner.own)

    assert owner.authenticating.list(**owner.own)["items"] == []
    with pytest.raises(AppCodeWrong):
        owner.step_up(StepUpMethod.TOTP, code=app.at(time.time() + 30))


def test_a_password_alone_adds_nothing(owner: Owner) -> None:
    owner.sign_in()

    with pytest.raises(StrongerSignInNeeded):
        owner.authenticating.add_totp(**owner.own)
    with pytest.raises(StrongerSignInNeeded):
        owner.authenticating.begin_passkey(**owner.own)


def test_a_session_that_was_left_open_changes_nothing(owner: Owner) -> None:
    owner.two_factors()
    with psycopg.connect(owner.ground.wiring.foundation.database_url) as connection:
        connection.execute("UPDATE session SET auth_time = auth_time - interval '11 minutes'")

    with pytest.raises(SignInAgainFirst):
        owner.authenticating.begin_passkey(**owner.own)


def test_a_short_password_needs_the_app_if_there_is_one(ground: Ground) -> None:
    owner = Owner(ground, ground.human(password="zq vortex"), "zq vortex")
    asked = owner.sign_in()
    finish = FinishSignIn(asked["ticket"], StepUpMethod.ONE_TIME_CODE, ground.phone.code())
    owner._keep(owner.signing_in.finish_sign_in(finish, cause=OPERATOR))
    seed = owner.authenticating.add_totp(**owner.own)
    app = pyotp.TOTP(seed["secret"])
    owner.authenticating.confirm_totp(app.now(), "", **owner.own)
    sent = len(ground.phone.messages)

    asked = owner.sign_in()

    assert asked["methods"] == ["totp", "one_time_code"]
    assert len(ground.phone.messages) == sent, "no message where none is needed"
    finish = FinishSignIn(asked["ticket"], StepUpMethod.TOTP, app.at(time.time() + 30))
    assert owner.signing_in.finish_sign_in(finish, cause=OPERATOR)["loa"] == 2


@pytest.mark.parametrize("ticket", ["", "x", "AAAA", "A" * 200, "§"])
def test_a_ticket_that_is_not_ours_opens_nothing(owner: Owner, ticket: str) -> None:
    finish = FinishSignIn(ticket, StepUpMethod.ONE_TIME_CODE, "111111")

    with pytest.raises(TicketExpired):
        owner.signing_in.finish_sign_in(finish, cause=OPERATOR)


def test_a_new_password_ends_the_other_sessions_and_the_old_one(owner: Owner) -> None:
    elsewhere = Owner(owner.ground, owner.human).two_factors()
    owner.two_factors()

    owner.authenticating.change_password(
        ChangePassword(PASSWORD, NEW_PASSWORD), **owner.own, language="en"
    )

    with pytest.raises(WrongCredentials):
        owner.sign_in(PASSWORD)
    assert owner.sign_in(NEW_PASSWORD)["loa"] == 2 or owner.session
    with pytest.raises(NotSignedIn):
        elsewhere.authenticating.list(**elsewhere.own)
    log = owner.ground.wiring.foundation.log
    assert "Authenticators.PasswordSet" in [
        event.topic for event in log.history(_stream(owner.human.id))
    ]


def test_who_has_seen_the_password_pushes_no_device_of_the_owner_out(owner: Owner) -> None:
    owner.two_factors()
    for _ in range(25):
        Owner(owner.ground, owner.human).sign_in()

    at_once(100, lambda n: Owner(owner.ground, owner.human).sign_in("wrong", f"10.0.{n}.1"))

    assert _counts(owner, ("known_device",)) == {"known_device": 20}
    assert owner.sign_in()["token_type"] == "Bearer"


def test_an_unlock_code_makes_a_device_known(owner: Owner) -> None:
    at_once(100, lambda n: owner.sign_in("wrong horse battery", f"10.0.{n}.1"))
    unlocking = owner.ground.wiring.unlocking
    unlocking.ask(owner.human.national_id, cause=OPERATOR, language="en")
    unlocking.send(owner.human.id, OPERATOR)
    found = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", owner.ground.phone.messages[-1]["text"])
    assert found
    code = found[0]

    device = unlocking.use(owner.human.national_id, code, cause=OPERATOR, language="en")

    owner.known_device = device["known_device"]
    assert owner.sign_in()["token_type"] == "Bearer"
    with pytest.raises(UnlockCodeWrong):
        unlocking.use(owner.human.national_id, code, cause=OPERATOR, language="en")


def test_who_is_forgotten_leaves_nothing_to_sign_in_with(owner: Owner) -> None:
    _with_app(owner)
    owner.step_up(StepUpMethod.ONE_TIME_CODE)
    with pytest.raises(CodeWrong):
        owner.step_up(StepUpMethod.ONE_TIME_CODE, code="000000")
    stranger = Owner(owner.ground, owner.human)
    with pytest.raises(WrongCredentials):
        stranger.sign_in("wrong horse battery")
    guessed = _guesses_about(owner)
    assert guessed == 1

    owner.ground.wiring.people.erase(owner.human.id, cause=OPERATOR)

    with psycopg.connect(owner.ground.wiring.foundation.database_url) as connection:
        for table in (
            "pending_code",
            "one_time_code",
            "totp",
            "passkey",
            "smart_card",
            "known_device",
            "unlock_code",
        ):
            found = connection.execute(
                f"SELECT 1 FROM {table} WHERE person_id = %s".encode(), (owner.human.id,)
            )
            assert found.rowcount == 0, table
    assert _guesses_about(owner) == 0


def test_what_has_run_out_is_swept_and_what_is_good_stays(owner: Owner) -> None:
    owner.two_factors()
    owner.step_up(StepUpMethod.ONE_TIME_CODE)
    owner.authenticating.add_totp(**owner.own)
    owner.signing_in.passkey_challenge()
    sweep = next(each for each in owner.ground.wiring.rounds if each.name == "authenticators")
    now = owner.ground.wiring.foundation.log.clock()
    with psycopg.connect(owner.ground.wiring.foundation.database_url) as connection:
        old = "INSERT INTO one_time_code VALUES (%s, '', 'sign_in', now() + interval '3 min', 5)"
        connection.execute(old, (owner.human.id,))
    mine = ("pending_code", "one_time_code", "totp", "known_device")

    sweep.work(now)
    assert _counts(owner, mine) == dict.fromkeys(mine, 1)
    sweep.work(now + timedelta(days=2))
    assert _counts(owner, mine) == dict.fromkeys(mine, 0) | {"known_device": 1}
    sweep.work(now + timedelta(days=366))
    assert _counts(owner, mine) == dict.fromkeys(mine, 0)


def test_what_was_guessed_is_remembered_for_a_year(owner: Owner) -> None:
    with pytest.raises(WrongCredentials):
        owner.sign_in("wrong horse battery")
    sweep = next(each for each in owner.ground.wiring.rounds if each.name == "authenticators")
    now = owner.ground.wiring.foundation.log.clock()

    sweep.work(now + timedelta(days=364))
    assert _guesses_about(owner) == 1
    sweep.work(now + timedelta(days=367))
    assert _guesses_about(owner) == 0


def _counts(owner: Owner, tables: tuple[str, ...]) -> dict[str, int]:
    with psycopg.connect(owner.ground.wiring.foundation.database_url) as connection:
        return {
            table: connection.execute(
                f"SELECT 1 FROM {table} WHERE person_id = %s".encode(), (owner.human.id,)
            ).rowcount
            for table in tables
        }


def _guesses_about(owner: Owner) -> int:
    foundation = owner.ground.wiring.foundation
    subject = foundation.keyring.lookup("national_id", owner.human.national_id)
    with psycopg.connect(foundation.database_url) as connection:
        return connection.execute("SELECT 1 FROM guess WHERE subject = %s", (subject,)).rowcount


def _with_app(owner: Owner) -> Any:
    owner.two_factors()
    app = pyotp.TOTP(owner.authenticating.add_totp(**owner.own)["secret"])
    owner.authenticating.confirm_totp(app.now(), "", **owner.own)
    return app


def _stream(person_id: UUID) -> UUID:
    from panjareh_identity.domain.authenticators import authenticators_id

    return authenticators_id(person_id)


def _dump(ground: Ground) -> str:
    """Every row of every table, as text."""
    with psycopg.connect(ground.wiring.foundation.database_url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        rows = [
            f"{table}: {row}"
            for (table,) in tables
            for row in connection.execute(f'SELECT * FROM "{table}"'.encode()).fetchall()
        ]
    return "\n".join([str(tables), *rows])
