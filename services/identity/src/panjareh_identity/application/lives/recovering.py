"""Getting a lost account back, never by a weaker proof than what is got back (I1, decision 0022)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from panjareh_common.due import Due, Handler
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_identity.application.lives.channels import mobile_owner
from panjareh_identity.application.lives.ports import (
    Answer,
    Exchange,
    Recoveries,
    Recovery,
)
from panjareh_identity.application.messages import Messages, tell
from panjareh_identity.application.origin import NOWHERE, Origin
from panjareh_identity.application.ports import Credentials, Limit, Throttle
from panjareh_identity.application.proofs import living
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.setting_passwords import SettingPasswords
from panjareh_identity.application.typed import read_typed
from panjareh_identity.application.unlocking import in_groups, new_unlock_code, read_unlock_code
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.identifiers import read_identifier
from panjareh_identity.domain.matching import mobile_difference, mobile_refusal
from panjareh_identity.domain.person import Person, Restored
from panjareh_identity.domain.persons_refusals import (
    InPersonNeeded,
    MobileNotConfirmed,
    ProofMissing,
    RecoveryCodeWrong,
    RecoveryOver,
)
from panjareh_identity.domain.refusals import MessageNotSent

KIND_SEND, PURPOSE = "send_recovery_code", "recovery"
_LASTS = timedelta(hours=1)
# For one address, whoever is meant: it bounds the rows, and nobody can use it up for another.
_BEGUN = Limit("recovery", most=30, wait=timedelta(minutes=10))

RECOVERY_MESSAGE = (
    "Panjareh: somebody wants to get back into your account. If it is you, the code is {code}. It is "
    "valid for an hour. If not, do not give it to anyone; nothing changes."
)
RECOVERED_MESSAGE = (
    "Panjareh: your account was got back with a new password, and every session was ended. If it was "
    "not you, go to a civil registry office with your identity document."
)
_BY = {
    Proofing.SELF_ASSERTED: Restored.CODE,
    Proofing.MOBILE_MATCHED: Restored.MOBILE_REGISTRY,
    Proofing.IN_PERSON: Restored.IN_PERSON,
}


@dataclass(frozen=True)
class BeginRecovery:
    """`identifier` as it was typed."""

    identifier: str = field(repr=False)
    channel: Channel = Channel.SMS


@dataclass(frozen=True)
class CompleteRecovery:
    recovery_id: UUID
    secret: str = field(repr=False)
    password: str = field(repr=False)


class Recovering:
    """Nobody is signed in here: who asks is known by the secret that the recovery began with.

    Whether an id is anybody's shows nowhere: not in an answer, and not in its time, because the code is
    sent by the clock process. A code has eighty bits, so tries are not counted, and any code that lies on
    the owner's phone is good for any recovery of theirs: nobody can use up the owner's way back.
    """

    def __init__(
        self,
        log: EventLog,
        *,
        recoveries: Recoveries,
        credentials: Credentials,
        throttle: Throttle,
        exchange: Exchange,
        messages: Messages,
        passwords: SettingPasswords,
        ends: SessionEnds,
        renew: Callable[[UnitOfWork, UUID, str], None],
        code: Callable[[], str] = new_unlock_code,
    ) -> None:
        self._log = log
        self._recoveries = recoveries
        self._credentials = credentials
        self._throttle = throttle
        self._exchange = exchange
        self._messages = messages
        self._passwords = passwords
        self._ends = ends
        self._renew = renew
        self._code = code

    def handlers(self) -> dict[str, Handler]:
        return {KIND_SEND: self.send}

    def begin(
        self, command: BeginRecovery, *, cause: Cause, language: str, origin: Origin = NOWHERE
    ) -> Answer:
        """`{recovery_id, secret, expires_in}`, the same for ids of nobody. Raises InvalidInput, TooManyTries."""
        identifier = read_typed("identifier", read_identifier, command.identifier, language).text
        if origin.network is not None:
            self._throttle.take(_BEGUN, origin.network, self._log.clock())
        known = self._credentials.find(identifier)
        secret, recovery_id = secrets.token_urlsafe(32), uuid4()

        def work(unit: UnitOfWork) -> None:
            person_id = known.person_id if known else None
            until = unit.now + _LASTS
            recovery = Recovery(recovery_id, person_id, command.channel, 0, until)
            self._recoveries.add(unit, recovery, secret)
            unit.wait_until(unit.now, KIND_SEND, recovery_id)

        self._log.run(cause, work)
        seconds = int(_LASTS.total_seconds())
        return {"recovery_id": recovery_id, "secret": secret, "expires_in": seconds}

    def send(self, due: Due) -> None:
        """The clock's part: a code to the phone or address that the person confirmed, if there is one.

        At most three codes are good at a time. Raises MessageNotSent: it comes due again.
        """
        with self._log.unit_of_work(due.cause) as unit:
            # Inside the commit: a code that was not sent must not count as one of the three.
            self._send(unit, due.subject)
            unit.done(KIND_SEND, due.subject)

    def _send(self, unit: UnitOfWork, recovery_id: UUID) -> None:
        recovery = self._recoveries.find(unit, recovery_id)
        if recovery is None or recovery.person_id is None:
            return
        person, channel, code = living(unit, recovery.person_id), recovery.channel, self._code()
        if not _reached(person, channel) or person.died:
            return
        if self._recoveries.keep_code(unit, person.id, channel, code):
            tell(self._messages, person, channel, RECOVERY_MESSAGE, code=in_groups(code))

    def type_code(self, recovery_id: UUID, secret: str, code: str, *, cause: Cause) -> Answer:
        """The code proves level 1. Raises RecoveryOver, RecoveryCodeWrong (also where none was sent)."""
        typed = read_unlock_code(code)

        def work(unit: UnitOfWork) -> Answer:
            recovery = self._recoveries.open(unit, recovery_id, secret)
            person_id, channel = recovery.person_id, recovery.channel
            if person_id is None or not self._recoveries.use_code(unit, person_id, channel, typed):
                raise RecoveryCodeWrong()
            return self._proved(unit, recovery, Proofing.SELF_ASSERTED)

        return self._log.run(cause, work)

    def ask_mobile_registry(self, recovery_id: UUID, secret: str, *, cause: Cause) -> Answer:
        """After a code to the phone: that its number is the person's own proves level 2.

        Raises RecoveryOver, ProofMissing, MobileNotConfirmed, MobileNotTheirs, MobileRegistrySilent, RegistryUnavailable.
        """
        with self._log.unit_of_work(cause) as unit:
            recovery = self._recoveries.open(unit, recovery_id, secret)
            if recovery.person_id is None or recovery.reached is None:
                raise ProofMissing()
            if recovery.channel is not Channel.SMS:
                raise MobileNotConfirmed()
        because = mobile_difference(mobile_owner(self._exchange, recovery.person_id, recovery_id))
        if because is not None:
            raise mobile_refusal(because)

        def work(unit: UnitOfWork) -> Answer:
            again = self._recoveries.open(unit, recovery_id, secret)
            return self._proved(unit, again, Proofing.MOBILE_MATCHED)

        return self._log.run(cause, work)

    def complete(self, command: CompleteRecovery, *, cause: Cause, language: str) -> Answer:
        """A new password; what was proved before and is more than the way back proved is gone.

        `{proofing}`. Raises RecoveryOver, ProofMissing, InPersonNeeded, InvalidInput for the password.
        """
        with self._log.unit_of_work(cause) as unit:
            recovery = self._recoveries.open(unit, command.recovery_id, command.secret)
            if recovery.person_id is None or recovery.reached is None:
                raise ProofMissing()
            person = living(unit, recovery.person_id)
        password = self._passwords.prepare(command.password, person, language)

        def work(unit: UnitOfWork) -> Person:
            now = self._recoveries.open(unit, command.recovery_id, command.secret)
            if now.person_id is None or now.reached is None:
                raise ProofMissing()
            person = living(unit, now.person_id)
            self._may(person, now.reached)
            person.recover(_BY[now.reached], now.reached, unit.now)
            unit.save(person)
            self._ends.end_all(unit, person.id)
            # What was lost, or stolen, must not open the account beside the new password.
            self._renew(unit, person.id, password)
            self._recoveries.complete(unit, now.recovery_id)
            return person

        person = self._log.run(cause, work)
        self._tell(person)
        return {"proofing": int(person.proofing)}

    def _may(self, person: Person, reached: Proofing) -> None:
        """Raises InPersonNeeded for who never had a password: their number is their guardian's; DeathReported."""
        person.may_sign_in()
        known = self._credentials.find(person.identifier.text) if person.identifier else None
        if known is None:
            raise RecoveryOver()
        if known.password_hash is None and reached < Proofing.IN_PERSON:
            raise InPersonNeeded()

    def _proved(self, unit: UnitOfWork, recovery: Recovery, reached: Proofing) -> Answer:
        best = max(recovery.proved, int(reached))
        self._recoveries.prove(unit, recovery.recovery_id, Proofing(best))
        return {"proved": best}

    def _tell(self, person: Person) -> None:
        """On every channel: whoever has lost only one of them hears of it on the other."""
        for channel in Channel:
            try:
                if _reached(person, channel):
                    tell(self._messages, person, channel, RECOVERED_MESSAGE)
            except MessageNotSent:
                continue


def _reached(person: Person, channel: Channel) -> bool:
    """Only a channel that was confirmed proves anything."""
    return bool(person.email) if channel is Channel.EMAIL else person.mobile_confirmed
