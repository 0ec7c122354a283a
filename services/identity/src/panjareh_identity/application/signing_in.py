"""Signing in, raising assurance, signing out: load, tell, save (I1, I2)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound, Refusal
from panjareh_common.security import Caller
from panjareh_common.texts import text
from panjareh_identity.application.checks import check_sign_in
from panjareh_identity.application.commands import SignIn, StepUp, StepUpMethod
from panjareh_identity.application.ports import (
    CivilRegistry,
    CodeVerdict,
    Credentials,
    Limit,
    Officers,
    OneTimeCodes,
    Passwords,
    Sessions,
    TextMessages,
    Throttle,
)
from panjareh_identity.application.tokens import Sign, make_token
from panjareh_identity.domain.assurance import Authenticator, Proofing
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import (
    CodeExpired,
    CodeWrong,
    MessageNotSent,
    WrongCredentials,
)
from panjareh_identity.domain.session import SESSION_LIFETIME, EndedSession, Session
from panjareh_identity.domain.values import mask_mobile, read_digits

Answer = dict[str, Any]

_PACKAGE = "panjareh_identity"
PASSWORD_TRIES = Limit("password", most=5, wait=timedelta(seconds=60))
CODES_SENT = Limit("one_time_code", most=5, wait=timedelta(minutes=10))

CODE_MESSAGE = (
    "Panjareh: your sign-in code is {code}. It is valid for three minutes. "
    "Do not give it to anyone, whoever asks."
)


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


class SigningIn:
    """One method a command."""

    def __init__(
        self,
        log: EventLog,
        *,
        sign: Sign,
        credentials: Credentials,
        passwords: Passwords,
        throttle: Throttle,
        sessions: Sessions,
        codes: OneTimeCodes,
        officers: Officers,
        registry: CivilRegistry,
        messages: TextMessages,
        code: Callable[[], str] = new_code,
    ) -> None:
        self._log = log
        self._sign = sign
        self._credentials = credentials
        self._passwords = passwords
        self._throttle = throttle
        self._sessions = sessions
        self._codes = codes
        self._officers = officers
        self._registry = registry
        self._messages = messages
        self._code = code

    def sign_in(self, command: SignIn, *, cause: Cause, language: str) -> Answer:
        """A token at the level of a password.

        Raises InvalidInput for an id that nobody can have, WrongCredentials (the same, and as
        slowly, for unknown ids) and TooManyTries.
        """
        national_id = check_sign_in(command, language)
        self._throttle.take(PASSWORD_TRIES, national_id, self._log.clock())
        credential = self._credentials.find(national_id)
        known = credential.password_hash if credential else None
        if not self._passwords.fits(command.password, known) or credential is None:
            raise WrongCredentials()
        self._throttle.clear(PASSWORD_TRIES, national_id)
        person_id = credential.person_id

        def work(unit: UnitOfWork) -> Answer:
            if not self._credentials.hold(unit, person_id):
                raise WrongCredentials()  # erased since we looked
            session = Session(
                sid=secrets.token_urlsafe(24),
                person_id=person_id,
                auth_time=unit.now,
                authenticator=Authenticator.PASSWORD,
                amr=("pwd",),
                expires_at=unit.now + SESSION_LIFETIME,
            )
            self._sessions.start(unit, session, unit.cause.channel)
            return self._token(unit, session, unit.load(Person, person_id))

        return self._log.run(replace(cause, actor=str(person_id), role="person"), work)

    def step_up(self, command: StepUp, *, caller: Caller, cause: Cause) -> Answer:
        """Raises the assurance of the caller's session, and gives a new token that says so.

        For a one-time code without the code: sends one, and gives `{sent_to}`. Raises NotSignedIn,
        CodeWrong, CodeExpired, TooManyTries, MessageNotSent, and what the civil registry's answer
        means: RegistryMismatch, NotAlive, NotInRegistry, RegistryRefused, RegistryUnavailable.
        """
        if command.method is StepUpMethod.CIVIL_REGISTRY:
            return self._match(caller, cause)
        if command.code is None:
            return self._send_code(caller, cause)
        return self._confirm_code(command.code, caller, cause)

    def sign_out(self, *, caller: Caller, cause: Cause) -> None:
        """Ends the session everywhere; ending it twice is ending it once."""

        def work(unit: UnitOfWork) -> None:
            session = self._sessions.end(unit, caller.session, caller.person)
            if session is not None:
                unit.save(EndedSession.end(session, unit.now))

        self._log.run(cause, work)

    def _send_code(self, caller: Caller, cause: Cause) -> Answer:
        code = self._code()
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
        self._throttle.take(CODES_SENT, str(caller.person), self._log.clock())

        def work(unit: UnitOfWork) -> Person:
            session = self._sessions.active(unit, caller.session, caller.person)
            self._codes.keep(unit, session, code)
            return _person(unit, caller.person)

        person = self._log.run(cause, work)
        mobile, language = str(person.mobile), str(person.language)
        # After the commit: a gateway that is slow must not hold a transaction open.
        try:
            self._messages.send(mobile, text(_PACKAGE, CODE_MESSAGE, language, code=code))
        except MessageNotSent:
            # Not one of the codes that were sent: a gateway that is away must not make them wait.
            self._throttle.clear(CODES_SENT, str(caller.person))
            raise
        return {"sent_to": mask_mobile(mobile)}

    def _confirm_code(self, typed: str, caller: Caller, cause: Cause) -> Answer:
        def work(unit: UnitOfWork) -> Answer | Refusal:
            session = self._sessions.active(unit, caller.session, caller.person)
            verdict, tries_left = self._codes.use(unit, session, read_digits(typed))
            if verdict is CodeVerdict.GONE:
                return CodeExpired()
            if verdict is CodeVerdict.WRONG:
                return CodeWrong(tries_left=tries_left)
            raised = replace(
                session,
                auth_time=unit.now,
                authenticator=Authenticator.PASSWORD_AND_CODE,
                amr=("pwd", "otp"),
            )
            self._sessions.change(unit, raised)
            person = _person(unit, caller.person)
            person.confirm_mobile(unit.now)
            unit.save(person)
            return self._token(unit, raised, person)

        answer = _said(self._log.run(cause, work))
        self._throttle.clear(CODES_SENT, str(caller.person))
        return answer

    def _match(self, caller: Caller, cause: Cause) -> Answer:
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
            person = _person(unit, caller.person)
            person.may_match(unit.now)
        matched = person.proofing >= Proofing.CIVIL_REGISTRY
        inquiry_id = person.inquiry_id
        # Outside any transaction: the registry may take seconds.
        found = None if matched else self._registry.ask(person.id, inquiry_id)

        def work(unit: UnitOfWork) -> Answer | Refusal:
            session = self._sessions.active(unit, caller.session, caller.person)
            person = _person(unit, caller.person)
            refusal = None if found is None else person.match(inquiry_id, found, unit.now)
            unit.save(person)
            return refusal or self._token(unit, session, person)

        return _said(self._log.run(cause, work))

    def _token(self, unit: UnitOfWork, session: Session, person: Person) -> Answer:
        office = self._officers.office_of(unit, person.id)
        return make_token(self._sign, session, person.proofing, office, unit.now)


def _said(answer: Answer | Refusal) -> Answer:
    """Raises a refusal whose traces (a counted try, a refused match) were committed before."""
    if isinstance(answer, Refusal):
        raise answer
    return answer


def _person(unit: UnitOfWork, person_id: UUID) -> Person:
    """Raises NotFound for an erased one."""
    person = unit.load(Person, person_id)
    if person.national_id is None:
        raise NotFound()
    return person
