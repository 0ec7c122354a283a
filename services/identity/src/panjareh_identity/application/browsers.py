"""Who is signed in at a browser: the one session that all pages and clients of the provider share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.clients import ClientRow
from panjareh_identity.application.ports import Office, Officers, Sessions
from panjareh_identity.domain.assurance import Proofing, assurance_level
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.session import Session

_LOOKS = Cause(actor="identity", role="service", channel="web", cause="browser")


@dataclass(frozen=True)
class SignedIn:
    """A session that is alive, and what is known of its person now."""

    session: Session
    proofing: Proofing
    office: Office | None
    name: str = field(repr=False)
    language: str

    @property
    def person_id(self) -> UUID:
        return self.session.person_id

    @property
    def level(self) -> AssuranceLevel:
        return assurance_level(self.proofing, self.session.authenticator)

    @property
    def caller(self) -> Caller:
        return Caller(
            kind=CallerKind.PERSON,
            subject=self.person_id,
            assurance=self.level,
            auth_time=self.session.auth_time,
            session=self.session.sid,
        )


class Browsers:
    def __init__(
        self,
        log: EventLog,
        *,
        sessions: Sessions,
        officers: Officers,
    ) -> None:
        self._log = log
        self._sessions = sessions
        self._officers = officers

    def of(self, answer: Mapping[str, Any]) -> SignedIn:
        """The session that `SigningIn` has just begun or raised."""
        session: Session = answer["session"]
        return self.find(session.sid, session.person_id)

    def find(self, sid: str | None, person_id: UUID) -> SignedIn:
        """The person is there and uses their session: it counts as that (decision 0024).

        Raises NotSignedIn when the session has ended, has run out, or its person is gone.
        """
        with self._log.unit_of_work(_LOOKS) as unit:
            return self._signed_in(unit, self._sessions.active(unit, sid, person_id))

    def look(self, sid: str, person_id: UUID) -> SignedIn:
        """As `find`, for a client that asks by itself: the person may be asleep."""
        with self._log.unit_of_work(_LOOKS) as unit:
            for session in self._sessions.of_person(unit, person_id):
                if session.sid == sid:
                    return self._signed_in(unit, session)
        raise NotSignedIn()

    def of_client(self, sid: str, person_id: UUID, client: ClientRow) -> SignedIn:
        """A first party's calls are the person's own doing."""
        return (self.find if client.details.first_party else self.look)(sid, person_id)

    def _signed_in(self, unit: UnitOfWork, session: Session) -> SignedIn:
        person = unit.load(Person, session.person_id)
        if not person.known or person.died:
            raise NotSignedIn()
        return SignedIn(
            session=session,
            proofing=person.proofing,
            office=self._officers.office_of(unit, person.id),
            name=f"{person.given_name} {person.family_name}",
            language=str(person.language),
        )
