"""From a proof of who somebody is to a session and its token, and to a stronger one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import NotFound, Refusal
from panjareh_identity.application.authenticator_ports import Guesses, KnownDevices
from panjareh_identity.application.origin import Origin
from panjareh_identity.application.ports import Credentials, Officers, Sessions
from panjareh_identity.application.tokens import Sign, make_token
from panjareh_identity.domain.assurance import BY_PASSWORD, Authenticator
from panjareh_identity.domain.device import device_of
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import WrongCredentials
from panjareh_identity.domain.session import Session

Answer = dict[str, Any]


@dataclass(frozen=True)
class Proof:
    """What was shown just now: by whom, how strong, and in the words of RFC 8176."""

    person_id: UUID
    authenticator: Authenticator
    amr: tuple[str, ...]


def by_password(person_id: UUID) -> Proof:
    return Proof(person_id, Authenticator.PASSWORD, BY_PASSWORD)


class Proofs:
    """Begins and raises sessions, in the caller's unit of work."""

    def __init__(
        self,
        *,
        sign: Sign,
        credentials: Credentials,
        sessions: Sessions,
        officers: Officers,
        devices: KnownDevices,
        guesses: Guesses,
    ) -> None:
        self._sign = sign
        self._credentials = credentials
        self._sessions = sessions
        self._officers = officers
        self._devices = devices
        self._guesses = guesses

    def begin(self, unit: UnitOfWork, proof: Proof, origin: Origin) -> Answer:
        """A session and its token; `known_device` is there when the device should keep it.

        `session` is for who keeps a session of its own beside the token. Raises WrongCredentials for
        a person who was erased since, DeathReported.
        """
        if not self._credentials.hold(unit, proof.person_id):
            raise WrongCredentials()
        person = unit.load(Person, proof.person_id)
        person.may_sign_in()
        session = Session.begin(
            proof.person_id,
            proof.authenticator,
            proof.amr,
            now=unit.now,
            channel=unit.cause.channel,
            device=device_of(origin.agent),
        )
        self._sessions.start(unit, session)
        device = self._devices.remember(
            unit,
            proof.person_id,
            token=origin.known_device,
            authenticator=proof.authenticator,
            sid=session.sid,
        )
        self._beyond_guessing(unit, proof)
        answer = self.token(unit, session, person) | {"session": session}
        return answer | {"known_device": device} if device else answer

    def raise_(self, unit: UnitOfWork, session: Session, person: Person, proof: Proof) -> Answer:
        """The session as strong as the proof, or as it was where that is stronger.

        A weaker proof moves nothing, not even the time: the token's `auth_time` says when its level
        was proved, and services ask how long ago that was.
        """
        if proof.authenticator >= session.authenticator:
            session = session.raised(proof.authenticator, proof.amr, unit.now)
            self._sessions.change(unit, session)
            self._devices.raised(unit, session.sid, proof.authenticator)
        self._beyond_guessing(unit, proof)
        return self.token(unit, session, person) | {"session": session}

    def token(self, unit: UnitOfWork, session: Session, person: Person) -> Answer:
        office = self._officers.office_of(unit, person.id)
        return make_token(self._sign, session, person.proofing, office, unit.now)

    def _beyond_guessing(self, unit: UnitOfWork, proof: Proof) -> None:
        if proof.authenticator > Authenticator.PASSWORD:
            self._guesses.forget(unit, proof.person_id)


def said(answer: Any | Refusal) -> Any:
    """Raises a refusal whose traces (a counted try, a refused match) were committed before."""
    if isinstance(answer, Refusal):
        raise answer
    return answer


def living(unit: UnitOfWork, person_id: UUID) -> Person:
    """Raises NotFound for an erased one."""
    person = unit.load(Person, person_id)
    if not person.known:
        raise NotFound()
    return person
