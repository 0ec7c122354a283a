"""The second factor that is typed: codes that are sent, and codes of an authenticator app."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Refusal
from panjareh_identity.application.authenticator_ports import KnownDevice, Totp
from panjareh_identity.application.guarding import Guard
from panjareh_identity.application.messages import (
    CODE_MESSAGE,
    Messages,
    address_of,
    tell,
)
from panjareh_identity.application.ports import (
    CodeFor,
    CodeVerdict,
    Limit,
    OneTimeCodes,
    Throttle,
)
from panjareh_identity.application.proofs import Proof, living
from panjareh_identity.domain.assurance import BY_CODE, BY_SMS_CODE, Authenticator
from panjareh_identity.domain.authenticator_refusals import AppCodeWrong
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import CodeExpired, CodeWrong, MessageNotSent
from panjareh_identity.domain.values import read_digits

CODES_SENT = Limit("one_time_code", most=5, wait=timedelta(minutes=10))
SIGN_IN = "sign_in"


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


class Codes:
    """`binding` is what a code is good for and nothing else: a session, or a sign-in that has begun."""

    def __init__(
        self,
        log: EventLog,
        *,
        codes: OneTimeCodes,
        totp: Totp,
        guard: Guard,
        throttle: Throttle,
        messages: Messages,
        code: Callable[[], str] = new_code,
    ) -> None:
        self._log = log
        self._codes = codes
        self._totp = totp
        self._guard = guard
        self._throttle = throttle
        self._messages = messages
        self._code = code

    def send(
        self, wanted: CodeFor, channel: Channel, device: KnownDevice | None, cause: Cause
    ) -> str:
        """Sends a new code; gives the masked address. Raises TooManyTries, MessageNotSent, ChannelNotConfirmed.

        How many are sent is counted for each known device apart, and for all others together.
        """
        subject = _sender(wanted, device)
        with self._log.unit_of_work(cause) as unit:
            address_of(living(unit, wanted.person_id), channel)
        self._throttle.take(CODES_SENT, subject, self._log.clock())
        code = self._code()

        def work(unit: UnitOfWork) -> Person:
            self._codes.keep(unit, wanted, code, channel)
            return living(unit, wanted.person_id)

        person = self._log.run(cause, work)
        # After the commit: a gateway that is slow must not hold a transaction open.
        try:
            return tell(self._messages, person, channel, CODE_MESSAGE, code=code)
        except MessageNotSent:
            # Not one of the codes that were sent: a gateway that is away must not make them wait.
            self._throttle.clear(CODES_SENT, subject)
            raise

    def confirm(
        self,
        wanted: CodeFor,
        typed: str,
        device: KnownDevice | None,
        cause: Cause,
    ) -> Proof | Refusal:
        """What a code that was sent proves; the try is counted and the code used up in a commit of its own.

        Raises TooManyGuesses; gives CodeWrong, CodeExpired. A first code confirms the mobile.
        """
        made = self._guard.take_code(str(wanted.person_id), device, self._log.clock())

        def work(unit: UnitOfWork) -> Proof | Refusal:
            verdict, left, channel = self._codes.use(unit, wanted, read_digits(typed))
            if verdict is CodeVerdict.GONE:
                return CodeExpired()
            if verdict is CodeVerdict.WRONG:
                return CodeWrong(tries_left=left)
            person = living(unit, wanted.person_id)
            if channel is Channel.SMS:
                person.confirm_mobile(unit.now)
                unit.save(person)
            amr = BY_SMS_CODE if channel is Channel.SMS else BY_CODE
            return Proof(wanted.person_id, Authenticator.PASSWORD_AND_CODE, amr)

        proof = self._log.run(cause, work)
        if isinstance(proof, Proof):
            self._guard.right(made)
            self._throttle.clear(CODES_SENT, _sender(wanted, device))
        elif isinstance(proof, CodeExpired):
            self._guard.right(made)  # nothing was compared, so nothing was guessed
        return proof

    def confirm_app(
        self, wanted: CodeFor, typed: str, device: KnownDevice | None, cause: Cause
    ) -> Proof | Refusal:
        """What a code of the person's app proves. Raises TooManyGuesses; gives AppCodeWrong."""
        made = self._guard.take_code(str(wanted.person_id), device, self._log.clock())
        fits = self._log.run(
            cause, lambda unit: self._totp.fits(unit, wanted.person_id, read_digits(typed))
        )
        if not fits:
            return AppCodeWrong()
        self._guard.right(made)
        return Proof(wanted.person_id, Authenticator.PASSWORD_AND_CODE, BY_CODE)


def _sender(wanted: CodeFor, device: KnownDevice | None) -> str:
    trusted = device is not None and device.authenticator > Authenticator.PASSWORD
    apart = device.device_hash.hex() if device is not None and trusted else ""
    return f"{wanted.person_id}\0{apart}"
