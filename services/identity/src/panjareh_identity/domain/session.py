"""A signed-in session: a plain row while it lives, one event when it is ended before its time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
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
class Limits:
    """How long a session lasts after the last authentication, how long unused, and how long a token of it."""

    after_authentication: timedelta
    unused: timedelta
    token: timedelta


_WEAK = Limits(SESSION_LIFETIME, SESSION_LIFETIME, TOKEN_LIFETIME)
_TWO_FACTORS = Limits(SESSION_LIFETIME, timedelta(hours=1), TOKEN_LIFETIME)
_STRONG = Limits(timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=5))


def limits(authenticator: Authenticator) -> Limits:
    """By how the person signed in: what a session may open is at most as strong as that (decision 0024).

    None is longer than NIST SP 800-63B-4, sections 2.1.3, 2.2.3 and 2.3.3, allows for the level.
    """
    if authenticator >= Authenticator.PASSKEY:
        return _STRONG
    return _TWO_FACTORS if authenticator >= Authenticator.PASSWORD_AND_CODE else _WEAK


def session_id(sid: str) -> UUID:
    """The name by which the owner ends it, and the stream in which its end is told."""
    return uuid5(NAMESPACE_URL, f"panjareh:session/{sid}")


@dataclass(frozen=True)
class Session:
    """Who signed in, when, how and where; every token of the session says the same.

    `device` is what `device_of` makes of a browser's own words, None where it said nothing known.
    """

    sid: str
    person_id: UUID
    auth_time: datetime
    authenticator: Authenticator
    amr: tuple[str, ...]
    created_at: datetime
    last_seen: datetime
    expires_at: datetime
    channel: str
    device: str | None = None

    @classmethod
    def begin(
        cls,
        person_id: UUID,
        authenticator: Authenticator,
        amr: tuple[str, ...],
        *,
        now: datetime,
        channel: str,
        device: str | None,
    ) -> Session:
        return cls(
            sid=secrets.token_urlsafe(24),
            person_id=person_id,
            auth_time=now,
            authenticator=authenticator,
            amr=amr,
            created_at=now,
            last_seen=now,
            expires_at=now + limits(authenticator).after_authentication,
            channel=channel,
            device=device,
        )

    @property
    def unused_until(self) -> datetime:
        """When it ends if nobody uses it."""
        return self.last_seen + limits(self.authenticator).unused

    def raised(self, authenticator: Authenticator, amr: tuple[str, ...], now: datetime) -> Session:
        """After another authentication, which may lengthen it, though never beyond its first twelve hours."""
        longest = self.created_at + SESSION_LIFETIME
        ends = min(longest, now + limits(authenticator).after_authentication)
        return replace(
            self,
            auth_time=now,
            authenticator=authenticator,
            amr=amr,
            last_seen=now,
            expires_at=ends,
        )

    def seen(self, now: datetime) -> Session:
        return replace(self, last_seen=now)

    def token_until(self, now: datetime) -> datetime:
        """When a token that is made now ends."""
        return min(now + limits(self.authenticator).token, self.expires_at)


@dataclass(frozen=True)
class Ending:
    """What tokens are known by and whose they are, where that is no session: a client's, or a grant's to one."""

    sid: str
    person_id: UUID


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
    def end(cls, session: Session | Ending, at: datetime) -> EndedSession:
        last_token = at + TOKEN_LIFETIME + _CLOCKS_DIFFER
        return cls._create(
            cls.Ended,
            id=session_id(session.sid),
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
