"""A signed-in session: a plain row while it lives, one event when it is ended before its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate

from panjareh_common.event_store import PersonalAggregate
from panjareh_identity.domain.assurance import Authenticator

TOKEN_LIFETIME = timedelta(minutes=15)
SESSION_LIFETIME = timedelta(hours=12)
# Verifiers allow some seconds for clocks that differ; a revocation must outlive them.
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """Who signed in, when and how; every token of the session says the same."""

    sid: str
    person_id: UUID
    auth_time: datetime
    authenticator: Authenticator
    amr: tuple[str, ...]
    expires_at: datetime


class EndedSession(PersonalAggregate):
    """The end of a session, for every process that verifies tokens to hear of."""

    TOPIC = "Session"

    class Event(Aggregate.Event):
        pass

    class Ended(Event, Aggregate.Created):
        """`expires_at`: when the last token of the session has run out, as POSIX seconds."""

        TOPIC = "Session.Ended"
        person: UUID
        session: str
        expires_at: float

    Created = Ended

    @classmethod
    def end(cls, session: Session, at: datetime) -> EndedSession:
        last_token = at + TOKEN_LIFETIME + _CLOCKS_DIFFER
        return cls._create(
            cls.Ended,
            id=uuid5(NAMESPACE_URL, f"panjareh:session/{session.sid}"),
            timestamp=at,
            person=session.person_id,
            session=session.sid,
            expires_at=last_token.timestamp(),
        )

    def __init__(self, *, person: UUID, session: str, expires_at: float) -> None:
        self.person = person
        self.session = session
        self.expires_at = expires_at

    @property
    def person_id(self) -> UUID:
        return self.person
