"""Signing up, which tells a stranger nothing about who has an account (decision 0019)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from panjareh_common.due import Due, Handler
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.texts import text
from panjareh_identity.application.checks import ReadPassword, check_sign_up
from panjareh_identity.application.commands import SignUp
from panjareh_identity.application.messages import Messages, tell
from panjareh_identity.application.origin import NOWHERE, Origin
from panjareh_identity.application.ports import (
    Credential,
    Credentials,
    Limit,
    Passwords,
    TakeNote,
    Throttle,
)
from panjareh_identity.application.proofs import Answer
from panjareh_identity.application.registering import Registering
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import MessageNotSent, TooManyTries

TELL_OF_SIGN_UP = "tell_of_sign_up"

# For one address, whoever is signed up. Many people may share one (carrier-grade NAT).
SIGN_UPS = Limit("sign_up", most=500, wait=timedelta(minutes=10))
# Anybody can type anybody's id or number: neither may become a way to flood a phone.
TOLD = Limit("sign_up_told", most=1, wait=timedelta(days=1))
WELCOMED = Limit("sign_up_welcome", most=3, wait=timedelta(days=1))

ANSWER = (
    "Sign in with the password that you have just chosen. If you had an account already, nothing in it was "
    "changed: its password holds, and a message to its phone says what to do."
)
WELCOME_MESSAGE = (
    "Panjareh: an account was opened with this number as its phone, and you can sign in. If it was not you, "
    "give nobody a code that we send you."
)
TRIED_MESSAGE = (
    "Panjareh: somebody signed up with your id, which has an account already. Nothing in it was changed. If "
    "it was you, sign in with your password, or get the account back: {recovery} . If not, do nothing."
)

CheckStatement = Callable[[UnitOfWork, int], None]
"""Raises StatementNotCurrent."""


class Outcome(StrEnum):
    """What a sign-up came to. Only the clock process acts on it, so no answer and no time depends on it."""

    OPENED = "opened"
    TRIED = "tried"
    AGAIN = "again"


class SigningUp:
    """One answer, and one slow hash, for whoever it is; what became of it is told to a phone."""

    def __init__(
        self,
        log: EventLog,
        *,
        registering: Registering,
        credentials: Credentials,
        passwords: Passwords,
        read_password: ReadPassword,
        throttle: Throttle,
        messages: Messages,
        check_statement: CheckStatement,
        take_note: TakeNote,
        recovery_url: str,
    ) -> None:
        self._log = log
        self._registering = registering
        self._credentials = credentials
        self._passwords = passwords
        self._read_password = read_password
        self._throttle = throttle
        self._messages = messages
        self._check_statement = check_statement
        self._take_note = take_note
        self._recovery_url = recovery_url

    def handlers(self) -> dict[str, Handler]:
        return {TELL_OF_SIGN_UP: self.tell}

    def sign_up(
        self, command: SignUp, *, cause: Cause, language: str, origin: Origin = NOWHERE
    ) -> Answer:
        """`{message}`: registers a person, or leaves the account that is there as it is; the same answer for both.

        It is no way to guess a password either: nothing tells whether the one given is the account's
        own, so it spends nobody's tries. Raises InvalidInput, StatementNotCurrent, TooManyTries: each
        before anybody is looked for.
        """
        details, password = check_sign_up(command, self._log.clock(), language, self._read_password)
        if origin.network is not None:
            self._throttle.take(SIGN_UPS, origin.network, self._log.clock())
        version = command.privacy_statement
        if version is not None:
            with self._log.unit_of_work(cause) as unit:
                self._check_statement(unit, version)
        identifier, person_id = details.identifier.text, uuid4()
        known = self._credentials.find(identifier)

        def also(unit: UnitOfWork, registered: UUID) -> None:
            if version is not None:
                self._take_note(unit, registered, version)
            unit.wait_until(unit.now, TELL_OF_SIGN_UP, registered, Outcome.OPENED)

        own = replace(cause, actor=str(person_id), role="person")
        opened = known is None and self._registering.register(
            person_id, details, password, own, also
        )
        if not opened:
            # Known, or somebody registered the same id at the same moment.
            self._leave_as_it_is(known or self._credentials.find(identifier), password, cause)
        return {"message": text("panjareh_identity", ANSWER, language)}

    def _leave_as_it_is(self, known: Credential | None, password: str, cause: Cause) -> None:
        own = self._passwords.fits(password, known.password_hash if known else None)
        outcome = Outcome.AGAIN if own else Outcome.TRIED
        # A wait about nobody is as much work, and ends with the first look.
        subject = known.person_id if known else uuid4()
        self._log.run(
            cause, lambda unit: unit.wait_until(unit.now, TELL_OF_SIGN_UP, subject, outcome)
        )

    def tell(self, due: Due) -> None:
        """The clock's part: a message to the phone of the account. Raises MessageNotSent: it comes due again."""
        with self._log.unit_of_work(due.cause) as unit:
            person = unit.find(Person, due.subject)
        if person is not None and person.mobile and not person.died:
            self._send(person, Outcome(due.detail))
        self._log.run(due.cause, lambda unit: unit.done(due.kind, due.subject, due.detail))

    def _send(self, person: Person, outcome: Outcome) -> None:
        if outcome is Outcome.OPENED:
            self._send_within(WELCOMED, str(person.mobile), person, WELCOME_MESSAGE)
        elif outcome is Outcome.TRIED:
            self._send_within(TOLD, str(person.id), person, TRIED_MESSAGE)

    def _send_within(self, limit: Limit, subject: str, person: Person, message: str) -> None:
        try:
            self._throttle.take(limit, subject, self._log.clock())
        except TooManyTries:
            return  # the phone has been told
        try:
            tell(self._messages, person, Channel.SMS, message, recovery=self._recovery_url)
        except MessageNotSent:
            # A gateway that is away must not count as a message.
            self._throttle.give_back(limit, subject)
            raise
