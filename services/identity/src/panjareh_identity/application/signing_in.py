"""Signing in and raising assurance: load, tell, save (I1, I2)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller
from panjareh_identity.application.authenticator_ports import (
    Challenges,
    KnownDevice,
    KnownDevices,
    Passkeys,
    SmartCardProof,
    Totp,
)
from panjareh_identity.application.checks import check_sign_in
from panjareh_identity.application.codes import SIGN_IN, Codes
from panjareh_identity.application.commands import (
    FinishSignIn,
    SignIn,
    StepUp,
    StepUpMethod,
)
from panjareh_identity.application.guarding import Guard
from panjareh_identity.application.keys import PASSKEY, SMART_CARD, Keys, to_text
from panjareh_identity.application.origin import NOWHERE, Origin
from panjareh_identity.application.ports import (
    CivilRegistry,
    CodeFor,
    Credentials,
    Passwords,
    Sessions,
)
from panjareh_identity.application.proofs import Answer, Proof, Proofs, by_password, living, said
from panjareh_identity.application.tickets import Ticket, Tickets
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.passwords import is_good_alone, one_form
from panjareh_identity.domain.refusals import WrongCredentials


class SigningIn:
    """One method a command."""

    def __init__(
        self,
        log: EventLog,
        *,
        proofs: Proofs,
        codes: Codes,
        keys: Keys,
        guard: Guard,
        credentials: Credentials,
        passwords: Passwords,
        sessions: Sessions,
        devices: KnownDevices,
        totp: Totp,
        passkeys: Passkeys,
        challenges: Challenges,
        tickets: Tickets,
        registry: CivilRegistry,
    ) -> None:
        self._log = log
        self._proofs = proofs
        self._codes = codes
        self._keys = keys
        self._guard = guard
        self._credentials = credentials
        self._passwords = passwords
        self._sessions = sessions
        self._devices = devices
        self._totp = totp
        self._passkeys = passkeys
        self._challenges = challenges
        self._tickets = tickets
        self._registry = registry

    # With a password

    def sign_in(
        self, command: SignIn, *, cause: Cause, language: str, origin: Origin = NOWHERE
    ) -> Answer:
        """A token at the level of a password; for a short password a ticket, see `finish_sign_in`.

        Raises InvalidInput for an id that nobody can have, WrongCredentials (the same, and as
        slowly, for unknown ids), TooManyTries and TooManyGuesses.
        """
        identifier = check_sign_in(command, language)
        made = self._guard.take_password(identifier, origin, self._log.clock())
        credential = self._credentials.find(identifier)
        known = credential.password_hash if credential else None
        if not self._passwords.fits(command.password, known) or credential is None:
            raise WrongCredentials()
        self._guard.right(made)
        own = _of(cause, credential.person_id)
        if is_good_alone(one_form(command.password)):
            proof = by_password(credential.person_id)
            return self._log.run(own, lambda unit: self._proofs.begin(unit, proof, origin))
        ticket = Ticket(
            credential.person_id,
            secrets.token_urlsafe(16),
            made.device.device_hash if made.device else None,
        )
        return self._ask_second_factor(ticket, own)

    def finish_sign_in(
        self, command: FinishSignIn, *, cause: Cause, origin: Origin = NOWHERE
    ) -> Answer:
        """The second half, with the ticket of the first: a token, at the level of two factors.

        For a one-time code without the code: sends one, and gives the ticket again. Raises
        TicketExpired, CodeWrong, CodeExpired, AppCodeWrong, and what `send` raises.
        """
        ticket = self._tickets.read(command.ticket, self._log.clock())
        own, device = _of(cause, ticket.person_id), self._device_of(ticket, origin)
        wanted = CodeFor(ticket.person_id, SIGN_IN, ticket.binding)
        if command.code is None:
            sent_to = self._codes.send(wanted, command.channel, device, own)
            return self._asked(ticket, own) | {"sent_to": sent_to}
        if command.method is StepUpMethod.TOTP:
            proof = said(self._codes.confirm_app(wanted, command.code, device, own))
        else:
            proof = said(self._codes.confirm(wanted, command.code, device, own))
        return self._log.run(own, lambda unit: self._proofs.begin(unit, proof, origin))

    def _ask_second_factor(self, ticket: Ticket, cause: Cause) -> Answer:
        """An app makes its own codes; who has none is sent one at once."""
        answer = self._asked(ticket, cause)
        if StepUpMethod.TOTP in answer["methods"]:
            return answer
        command = FinishSignIn(answer["ticket"], StepUpMethod.ONE_TIME_CODE)
        return self.finish_sign_in(command, cause=cause)

    def _asked(self, ticket: Ticket, cause: Cause) -> Answer:
        with self._log.unit_of_work(cause) as unit:
            has_app = self._totp.has(unit, ticket.person_id)
        methods = [StepUpMethod.TOTP] if has_app else []
        return {
            "ticket": self._tickets.write(ticket, self._log.clock()),
            "methods": [*methods, StepUpMethod.ONE_TIME_CODE],
        }

    def _device_of(self, ticket: Ticket, origin: Origin) -> KnownDevice | None:
        """The device of the first half, if the second comes from it too."""
        device = self._devices.of_token(origin.known_device, ticket.person_id)
        return device if device and device.device_hash == ticket.device else None

    # With a key

    def passkey_challenge(self) -> Answer:
        """`{passkey}`: the options for `navigator.credentials.get()`."""
        challenge = self._challenges.make(PASSKEY, None, self._log.clock())
        return {"passkey": self._passkeys.request(challenge)}

    def sign_in_with_passkey(
        self, credential: Mapping[str, Any], *, cause: Cause, origin: Origin = NOWHERE
    ) -> Answer:
        """A token at the level of a passkey. Raises PasskeyRefused."""
        proof = self._log.run(cause, lambda unit: self._keys.by_passkey(unit, credential))
        return self._begin(proof, cause, origin)

    def smart_card_challenge(self) -> Answer:
        """`{challenge}`: what the card has to sign, in base64url."""
        challenge = self._challenges.make(SMART_CARD, None, self._log.clock())
        return {"challenge": to_text(challenge)}

    def sign_in_with_smart_card(
        self, proof: SmartCardProof, *, cause: Cause, origin: Origin = NOWHERE
    ) -> Answer:
        """A token at the level of a smart national card. Raises SmartCardRefused, SmartCardsUnavailable."""
        card = self._keys.check_card(proof)
        proved = self._log.run(cause, lambda unit: self._keys.by_card(unit, proof, card))
        return self._begin(proved, cause, origin)

    def _begin(self, proof: Proof, cause: Cause, origin: Origin) -> Answer:
        """In a commit of its own: what was used up stays used up, and the person is the one who acts."""
        own = _of(cause, proof.person_id)
        return self._log.run(own, lambda unit: self._proofs.begin(unit, proof, origin))

    # Step-up

    def step_up(self, command: StepUp, *, caller: Caller, cause: Cause) -> Answer:
        """Raises the assurance of the caller's session, and gives a new token that says so.

        For a one-time code without the code: sends one, and gives `{sent_to}`. Raises NotSignedIn,
        CodeWrong, CodeExpired, AppCodeWrong, TooManyTries, TooManyGuesses, MessageNotSent,
        ChannelNotConfirmed, PasskeyRefused, SmartCardRefused, SmartCardsUnavailable, and what the
        civil registry's answer means: RegistryMismatch, NotAlive, NotInRegistry, RegistryRefused,
        RegistryUnavailable.
        """
        if command.method is StepUpMethod.CIVIL_REGISTRY:
            return self._match(caller, cause)
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
        if command.method is StepUpMethod.ONE_TIME_CODE and command.code is None:
            device = self._devices.of_session(caller.session, caller.person)
            wanted = self._wanted(caller)
            return {"sent_to": self._codes.send(wanted, command.channel, device, cause)}
        return self._raise(self._proved(command, caller, cause), caller, cause)

    def _proved(self, command: StepUp, caller: Caller, cause: Cause) -> Proof:
        person_id = caller.person
        if command.passkey is not None:
            credential = command.passkey
            return self._log.run(
                cause, lambda unit: self._keys.by_passkey(unit, credential, person_id)
            )
        if command.smart_card is not None:
            shown = command.smart_card
            card = self._keys.check_card(shown)
            return self._log.run(
                cause, lambda unit: self._keys.by_card(unit, shown, card, person_id)
            )
        device = self._devices.of_session(caller.session, person_id)
        confirm = (
            self._codes.confirm_app if command.method is StepUpMethod.TOTP else self._codes.confirm
        )
        proof: Proof = said(confirm(self._wanted(caller), command.code or "", device, cause))
        return proof

    def _raise(self, proof: Proof, caller: Caller, cause: Cause) -> Answer:
        def work(unit: UnitOfWork) -> Answer:
            session = self._sessions.active(unit, caller.session, caller.person)
            return self._proofs.raise_(unit, session, living(unit, caller.person), proof)

        return self._log.run(cause, work)

    @staticmethod
    def _wanted(caller: Caller) -> CodeFor:
        return CodeFor(caller.person, SIGN_IN, caller.session or "")

    def _match(self, caller: Caller, cause: Cause) -> Answer:
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            person.may_match(unit.now)
        matched = person.proofing >= Proofing.CIVIL_REGISTRY
        inquiry_id = person.inquiry_id
        # Outside any transaction: the registry may take seconds.
        found = None if matched else self._registry.ask(person.id, inquiry_id)

        def work(unit: UnitOfWork) -> Answer | Refusal:
            session = self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            refusal = None if found is None else person.match(inquiry_id, found, unit.now)
            unit.save(person)
            return refusal or self._proofs.token(unit, session, person)

        answer: Answer = said(self._log.run(cause, work))
        return answer


def _of(cause: Cause, person_id: UUID) -> Cause:
    return replace(cause, actor=str(person_id), role="person")
