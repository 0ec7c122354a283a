"""Where a person is reached, and in which language: what is new is confirmed by a code sent there (I5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller
from panjareh_common.texts import text
from panjareh_identity.application.lives.ports import (
    Answer,
    ChangeProof,
    ContactChange,
    ContactChanges,
    Exchange,
)
from panjareh_identity.application.lives.settling import CONTACT_CODES, settle, spend
from panjareh_identity.application.messages import Messages, masked, tell
from panjareh_identity.application.ports import CodeFor, OneTimeCodes, Sessions, Throttle
from panjareh_identity.application.proofs import living
from panjareh_identity.application.typed import read_typed
from panjareh_identity.domain.contacts import Channel, read_any_mobile, read_email
from panjareh_identity.domain.matching import mobile_difference, mobile_refusal
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.persons_refusals import ChangeNotBegun, OldNumberNotProved
from panjareh_identity.domain.refusals import MessageNotSent
from panjareh_identity.domain.values import MobileAnswer, NoRecord

_PACKAGE = "panjareh_identity"
_WAITS = timedelta(minutes=15)
_SEEN_LATELY = timedelta(
    hours=24
)  # an officer who saw the person is proof enough of a change that day
MOBILE_OWNER, PURPOSE = "mobile_owner", "identity_proofing"
NEW, OLD = "confirm_new", "confirm_old"

CONFIRM_MESSAGE = (
    "Panjareh: the code to confirm this address is {code}. It is valid for three minutes. "
    "Do not give it to anyone, whoever asks."
)
OLD_NUMBER_MESSAGE = (
    "Panjareh: somebody wants another number on your account. If it is you, the code is {code}. "
    "If not, do not give it to anyone, and change your password."
)
CHANGED_MESSAGE = (
    "Panjareh: the mobile number of your account was changed. If it was not you, go to a civil "
    "registry office with your identity document."
)


class Channels:
    """One method a command of the person who is signed in."""

    def __init__(
        self,
        log: EventLog,
        *,
        sessions: Sessions,
        changes: ContactChanges,
        codes: OneTimeCodes,
        throttle: Throttle,
        exchange: Exchange,
        messages: Messages,
        code: Callable[[], str],
    ) -> None:
        self._log = log
        self._sessions = sessions
        self._changes = changes
        self._codes = codes
        self._throttle = throttle
        self._exchange = exchange
        self._messages = messages
        self._code = code

    def choose_language(self, language: str, *, caller: Caller, cause: Cause) -> None:
        def work(unit: UnitOfWork) -> None:
            self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            person.choose_language(language, unit.now)
            unit.save(person)

        self._log.run(cause, work)

    def begin_email(self, typed: str, *, caller: Caller, cause: Cause, language: str) -> Answer:
        """Sends a code there; `{sent_to}`. Raises NotSignedIn, InvalidInput, TooManyTries, MessageNotSent."""
        email = read_typed("email", read_email, typed, language)
        return self._begin(Channel.EMAIL, email, "", caller, cause)

    def confirm_email(self, code: str, *, caller: Caller, cause: Cause) -> None:
        """Raises NotSignedIn, ChangeNotBegun, CodeWrong, CodeExpired."""

        def work(unit: UnitOfWork) -> Refusal | None:
            change = self._begun(unit, caller, Channel.EMAIL)
            if refusal := spend(self._codes, unit, _code_for(change, NEW), code):
                return refusal
            person = living(unit, caller.person)
            person.confirm_email(change.to, unit.now)
            unit.save(person)
            self._changes.remove(unit, person.id, Channel.EMAIL)
            return None

        settle(self._log, cause, work)
        self._throttle.clear(CONTACT_CODES, str(caller.person))

    def begin_mobile(
        self, typed: str, proof: ChangeProof, *, caller: Caller, cause: Cause, language: str
    ) -> Answer:
        """Sends a code to the new number, and for the proof `old_number` another one to the old; `{sent_to}`.

        Raises as `begin_email`, and OldNumberNotProved for the proof `in_person` of somebody whom no officer saw lately.
        """
        mobile = read_typed("mobile", read_any_mobile, typed, language)
        return self._begin(Channel.SMS, mobile, proof, caller, cause)

    def confirm_mobile(
        self, code: str, old_code: str | None, *, caller: Caller, cause: Cause
    ) -> None:
        """Changes the number. Raises as `confirm_email`, and for the proof `mobile_registry` what it answers:
        MobileNotTheirs, MobileRegistrySilent, RegistryUnavailable.
        """

        def typed_codes(unit: UnitOfWork) -> ContactChange | Refusal:
            change = self._begun(unit, caller, Channel.SMS)
            if change.proof == ChangeProof.OLD_NUMBER:
                old = spend(self._codes, unit, _code_for(change, OLD), old_code or "")
                if old is not None:
                    return old
            return spend(self._codes, unit, _code_for(change, NEW), code) or change

        change = settle(self._log, cause, typed_codes)
        # Outside any transaction: the registry may take seconds. A code is used up by now, so whoever
        # finds the registry away begins again.
        answer = self._asked(change)

        def work(unit: UnitOfWork) -> tuple[str | None, Person] | Refusal:
            if self._begun(unit, caller, Channel.SMS) != change:
                return ChangeNotBegun()
            self._changes.remove(unit, caller.person, Channel.SMS)
            because = None if answer is None else mobile_difference(answer)
            if because is not None:
                return mobile_refusal(because)
            person = living(unit, caller.person)
            left = person.mobile
            person.change_mobile(change.to, change.proof, matched=answer is True, at=unit.now)
            unit.save(person)
            return left, person

        left, person = settle(self._log, cause, work)
        self._throttle.clear(CONTACT_CODES, str(caller.person))
        self._tell_the_old(left, person)

    def _begin(self, channel: Channel, to: str, proof: str, caller: Caller, cause: Cause) -> Answer:
        code, old_code = self._code(), self._code()
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
        self._throttle.take(CONTACT_CODES, str(caller.person), self._log.clock())

        def work(unit: UnitOfWork) -> Person:
            self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            seen = person.proved_in_person_at
            lately = seen is not None and unit.now - seen <= _SEEN_LATELY
            if proof == ChangeProof.IN_PERSON and not lately:
                raise OldNumberNotProved()
            change = ContactChange(person.id, channel, to, proof, uuid4(), unit.now + _WAITS)
            self._changes.keep(unit, change)
            self._codes.keep(unit, _code_for(change, NEW), code, channel)
            if proof == ChangeProof.OLD_NUMBER:
                self._codes.keep(unit, _code_for(change, OLD), old_code)
            return person

        person = self._log.run(cause, work)
        # After the commit: a gateway that is slow must not hold a transaction open.
        language = person.language or "fa"
        said = text(_PACKAGE, CONFIRM_MESSAGE, language, code=code)
        self._messages.send(channel, to, said, language)
        if proof == ChangeProof.OLD_NUMBER:
            tell(self._messages, person, Channel.SMS, OLD_NUMBER_MESSAGE, code=old_code)
        return {"sent_to": masked(channel, to)}

    def _begun(self, unit: UnitOfWork, caller: Caller, channel: Channel) -> ContactChange:
        self._sessions.active(unit, caller.session, caller.person)
        change = self._changes.find(unit, caller.person, channel)
        if change is None:
            raise ChangeNotBegun()
        return change

    def _asked(self, change: ContactChange) -> MobileAnswer | None:
        if change.proof != ChangeProof.MOBILE_REGISTRY:
            return None
        return mobile_owner(self._exchange, change.person_id, change.inquiry_id)

    def _tell_the_old(self, left: str | None, person: Person) -> None:
        """Whoever had the number hears of it; that it was changed stands, even where they cannot be reached."""
        language = person.language or "fa"
        said = text(_PACKAGE, CHANGED_MESSAGE, language)
        for channel, to in ((Channel.SMS, left), (Channel.EMAIL, person.email)):
            try:
                if to:
                    self._messages.send(channel, to, said, language)
            except MessageNotSent:
                continue


def _code_for(change: ContactChange, which: str) -> CodeFor:
    return CodeFor(change.person_id, f"{which}:{change.channel}", str(change.inquiry_id))


def mobile_owner(exchange: Exchange, person_id: UUID, inquiry_id: UUID) -> MobileAnswer:
    """Whether the number that waits, or else the person's, is registered under their id. Raises RegistryUnavailable."""
    found = exchange.ask(person_id, inquiry_id, evidence_type=MOBILE_OWNER, purpose=PURPOSE)
    return found if isinstance(found, NoRecord) else bool(found["owner"])
