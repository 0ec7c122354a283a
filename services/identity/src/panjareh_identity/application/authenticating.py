"""How a person signs in, as they change it themself: look, add, remove, choose a new password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller
from panjareh_identity.application.authenticator_ports import (
    Challenges,
    Guesses,
    KnownDevices,
    Passkeys,
    SmartCardProof,
    SmartCards,
    Totp,
    UnlockCodes,
)
from panjareh_identity.application.guarding import Guard
from panjareh_identity.application.keys import SMART_CARD, Keys, to_text
from panjareh_identity.application.ports import Credentials, OneTimeCodes, Passwords, Sessions
from panjareh_identity.application.proofs import Answer, living, said
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.setting_passwords import SettingPasswords, opened
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import (
    AppCodeWrong,
    PasskeyRefused,
    SmartCardOfAnother,
    WrongPassword,
)
from panjareh_identity.domain.authenticators import (
    Authenticators,
    Held,
    Kind,
    authenticators_id,
    check_fresh,
)
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import read_digits

REGISTRATION = "passkey_registration"


@dataclass(frozen=True)
class ChangePassword:
    present: str = field(repr=False)
    new: str = field(repr=False)


class Authenticating:
    """One method a command or a question of the person who is signed in."""

    def __init__(
        self,
        log: EventLog,
        *,
        keys: Keys,
        guard: Guard,
        sessions: Sessions,
        ends: SessionEnds,
        credentials: Credentials,
        passwords: Passwords,
        setting: SettingPasswords,
        devices: KnownDevices,
        guesses: Guesses,
        codes: OneTimeCodes,
        totp: Totp,
        passkeys: Passkeys,
        smart_cards: SmartCards,
        challenges: Challenges,
        unlock_codes: UnlockCodes,
    ) -> None:
        self._log = log
        self._keys = keys
        self._guard = guard
        self._sessions = sessions
        self._ends = ends
        self._credentials = credentials
        self._passwords = passwords
        self._setting = setting
        self._devices = devices
        self._guesses = guesses
        self._codes = codes
        self._totp = totp
        self._passkeys = passkeys
        self._smart_cards = smart_cards
        self._challenges = challenges
        self._unlock_codes = unlock_codes

    def list(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{items, password_set_at}`. Raises NotSignedIn."""
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
            kept = unit.find(Authenticators, authenticators_id(caller.person))
        items = [_shown(which, held) for which, held in kept.held.items()] if kept else []
        changed = kept.password_set_at if kept else None
        return {"items": items, "password_set_at": changed and to_wire(changed)}

    # An authenticator app

    def add_totp(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{secret, uri}`, once; it counts after `confirm_totp`. Raises what `may_add` raises."""

        def work(unit: UnitOfWork) -> Answer:
            self._may_add(unit, Kind.TOTP, caller)
            person = living(unit, caller.person)
            seed = self._totp.begin(unit, person.id, uuid4(), _account(person))
            return {"secret": seed.secret, "uri": seed.uri}

        return self._log.run(cause, work)

    def confirm_totp(self, code: str, label: str, *, caller: Caller, cause: Cause) -> Answer:
        """`{authenticator_id}`. Raises AppCodeWrong, TooManyGuesses, and what `may_add` raises."""
        device = self._devices.of_session(caller.session, caller.person)
        made = self._guard.take_code(str(caller.person), device, self._log.clock())

        def work(unit: UnitOfWork) -> Answer | Refusal:
            kept = self._may_add(unit, Kind.TOTP, caller)
            which = self._totp.confirm(unit, caller.person, read_digits(code))
            if which is None:
                return AppCodeWrong()
            return self._add(unit, kept, Kind.TOTP, which, label)

        answer: Answer = said(self._log.run(cause, work))
        self._guard.right(made)
        return answer

    # Passkeys

    def begin_passkey(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{passkey}`: the options for `navigator.credentials.create()`. Raises what `may_add` raises."""

        def work(unit: UnitOfWork) -> Answer:
            self._may_add(unit, Kind.PASSKEY, caller)
            person = living(unit, caller.person)
            challenge = self._challenges.make(REGISTRATION, person.id, unit.now)
            options = self._passkeys.registration(unit, person.id, _account(person), challenge)
            return {"passkey": options}

        return self._log.run(cause, work)

    def finish_passkey(
        self, credential: Mapping[str, Any], label: str, *, caller: Caller, cause: Cause
    ) -> Answer:
        """`{authenticator_id}`. Raises PasskeyRefused, PasskeyTaken, and what `may_add` raises."""

        def work(unit: UnitOfWork) -> Answer:
            kept = self._may_add(unit, Kind.PASSKEY, caller)
            challenge = self._passkeys.challenge_of(credential)
            if not self._challenges.use(unit, REGISTRATION, challenge, caller.person):
                raise PasskeyRefused()
            which = uuid4()
            self._passkeys.add(unit, caller.person, which, credential, challenge)
            return self._add(unit, kept, Kind.PASSKEY, which, label)

        return self._log.run(cause, work)

    # Smart national cards

    def begin_smart_card(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{challenge}`: what the card to be bound has to sign. Raises what `may_add` raises."""

        def work(unit: UnitOfWork) -> Answer:
            self._may_add(unit, Kind.SMART_CARD, caller)
            return {"challenge": to_text(self._challenges.make(SMART_CARD, None, unit.now))}

        return self._log.run(cause, work)

    def bind_smart_card(self, proof: SmartCardProof, *, caller: Caller, cause: Cause) -> Answer:
        """`{authenticator_id}`. Raises SmartCardRefused, SmartCardsUnavailable, SmartCardOfAnother,
        SmartCardTaken, and what `may_add` raises.
        """
        card = self._keys.check_card(proof)

        def work(unit: UnitOfWork) -> Answer:
            kept = self._may_add(unit, Kind.SMART_CARD, caller)
            self._keys.use_card_challenge(unit, proof)
            if living(unit, caller.person).national_id != card.national_id:
                raise SmartCardOfAnother()
            which = uuid4()
            self._smart_cards.bind(unit, caller.person, which, card)
            return self._add(unit, kept, Kind.SMART_CARD, which, "")

        return self._log.run(cause, work)

    def remove(self, authenticator_id: UUID, *, caller: Caller, cause: Cause) -> None:
        """Raises NotSignedIn, NotFound, StrongerSignInNeeded, SignInAgainFirst."""

        def work(unit: UnitOfWork) -> None:
            session = self._sessions.active(unit, caller.session, caller.person)
            kept = opened(unit, caller.person)
            kind = kept.remove(authenticator_id, session, unit.now)
            unit.save(kept)
            self._take_away(unit, caller.person, kind, authenticator_id)

        self._log.run(cause, work)

    # The password

    def change_password(
        self, command: ChangePassword, *, caller: Caller, cause: Cause, language: str
    ) -> None:
        """Every other session ends. Raises InvalidInput, WrongPassword, StrongerSignInNeeded,
        SignInAgainFirst, TooManyTries, TooManyGuesses.

        The session has to have two factors: who has seen the password must not change it.
        """
        with self._log.unit_of_work(cause) as unit:
            session = self._sessions.active(unit, caller.session, caller.person)
            check_fresh(session, Authenticator.PASSWORD_AND_CODE, unit.now)
            person = living(unit, caller.person)
            known = self._credentials.password_hash_of(unit, person.id)
        # Counted with the codes: such a session is on a device that nobody else can use up.
        device = self._devices.of_session(caller.session, caller.person)
        made = self._guard.take_code(str(caller.person), device, self._log.clock())
        if not self._passwords.fits(command.present, known):
            raise WrongPassword()
        self._guard.right(made)
        prepared = self._setting.prepare(command.new, person, language, "new_password")

        def work(unit: UnitOfWork) -> None:
            self._sessions.active(unit, caller.session, caller.person)
            self._setting.set(unit, caller.person, prepared, because="changed", keep=caller.session)
            self._ends.end_all(unit, caller.person, keep=caller.session)

        self._log.run(cause, work)

    # For other parts

    def recover(self, unit: UnitOfWork, person_id: UUID, password_hash: str) -> None:
        """After a recovery that proved as much as what goes: a new password, and nothing else.

        Ends no session: `SessionEnds` does. Raises NotFound for a person who cannot sign in.
        """
        self._setting.set(unit, person_id, password_hash, because="recovery", only=True)
        self.leave(unit, person_id)

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        """Takes away every row by which the person could sign in, or be known by a device."""
        for kind in Kind:
            self._take_away(unit, person_id, kind, None)
        self._codes.remove(unit, person_id)
        self._challenges.remove(unit, person_id)
        self._unlock_codes.remove(unit, person_id)
        self._devices.forget_all(unit, person_id)
        self._guesses.forget(unit, person_id)

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> Sequence[Answer]:
        """What is held about a person here, for them to take along."""
        kept = unit.find(Authenticators, authenticators_id(person_id))
        return [_shown(which, held) for which, held in kept.held.items()] if kept else []

    def _may_add(self, unit: UnitOfWork, kind: Kind, caller: Caller) -> Authenticators:
        session = self._sessions.active(unit, caller.session, caller.person)
        kept = opened(unit, caller.person)
        kept.may_add(kind, session, unit.now)
        return kept

    @staticmethod
    def _add(unit: UnitOfWork, kept: Authenticators, kind: Kind, which: UUID, label: str) -> Answer:
        kept.add(kind, which, label, unit.now)
        unit.save(kept)
        return {"authenticator_id": str(which)}

    def _take_away(self, unit: UnitOfWork, person_id: UUID, kind: Kind, which: UUID | None) -> None:
        if kind is Kind.TOTP:
            self._totp.remove(unit, person_id)
        elif kind is Kind.PASSKEY:
            self._passkeys.remove(unit, person_id, which)
        else:
            self._smart_cards.remove(unit, person_id, which)


def _account(person: Person) -> str:
    """What the app or the browser calls the account: a name, for it is shown on shared screens too."""
    return f"{person.given_name} {person.family_name}"


def _shown(which: UUID, held: Held) -> Answer:
    return {
        "authenticator_id": str(which),
        "kind": str(held.kind),
        "label": held.label or "",
        "added_at": to_wire(held.added_at),
    }
