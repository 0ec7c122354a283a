"""The keys that people's tokens are signed with: when one is made, signs and runs out (decision 0021)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store.aggregate import PublicAggregate
from panjareh_common.security.keys import ED25519, ES256

ALGORITHMS = (ED25519, ES256)
# Every service knows identity's own key, so that one signs until the first of the schedule does.
BRIDGED = frozenset({ED25519})


@dataclass(frozen=True)
class Schedule:
    """`ahead`: how long everybody knows a key before it signs. `early`: how much sooner than it must it is made.

    `tokens_live`: the longest that anything which is signed with it can be valid.
    """

    ahead: timedelta = timedelta(hours=24)
    early: timedelta = timedelta(hours=24)
    signs: timedelta = timedelta(days=30)
    tokens_live: timedelta = timedelta(hours=24)


@dataclass(frozen=True)
class KeyTimes:
    """A key that was made: it signs from `not_before` to `signs_until`, and is believed until `expires_at`."""

    kid: str
    algorithm: str
    not_before: datetime
    signs_until: datetime
    expires_at: datetime

    @classmethod
    def begin(cls, kid: str, algorithm: str, at: datetime, schedule: Schedule) -> KeyTimes:
        ends = at + schedule.signs
        return cls(kid, algorithm, at, ends, ends + schedule.tokens_live)


def signs_now(keys: Iterable[KeyTimes], algorithm: str, now: datetime) -> KeyTimes | None:
    """The key that signs: the youngest whose time it is."""
    able = [
        key
        for key in keys
        if key.algorithm == algorithm and key.not_before <= now < key.signs_until
    ]
    return max(able, key=lambda key: key.not_before, default=None)


def next_begins(
    keys: Iterable[KeyTimes], algorithm: str, now: datetime, schedule: Schedule
) -> datetime | None:
    """From when a key that is to be made now shall sign; None where none is to be made.

    Everybody knows it for `ahead` before, unless nothing else could sign until then.
    """
    keys = [key for key in keys if key.algorithm == algorithm]
    if algorithm not in BRIDGED and signs_now(keys, algorithm, now) is None:
        return now
    last = max((key.signs_until for key in keys), default=now)
    if last - now > schedule.ahead + schedule.early:
        return None
    return max(last, now + schedule.ahead)


def stream_of(kid: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"panjareh:signing-key/{kid}")


class SigningKey(PublicAggregate):
    """One key, as others hear of it. Its private half is in no event.

    `statement` is what they believe: a compact JWS by identity's own key (`panjareh_common.security.keys`).
    """

    TOPIC = "SigningKey"

    class Event(Aggregate.Event):
        pass

    class Published(Event, Aggregate.Created):
        TOPIC = "SigningKey.Published"
        kid: str
        algorithm: str
        not_before: datetime
        expires_at: datetime
        statement: str

    Created = Published

    class Restated(Event):
        """Identity's own key is another now, and whoever comes late knows only that one."""

        TOPIC = "SigningKey.Restated"
        statement: str

    class Withdrawn(Event):
        TOPIC = "SigningKey.Withdrawn"
        statement: str
        because: str

    @classmethod
    def publish(cls, times: KeyTimes, statement: str, at: datetime) -> SigningKey:
        return cls._create(
            cls.Published,
            id=stream_of(times.kid),
            timestamp=at,
            kid=times.kid,
            algorithm=times.algorithm,
            not_before=times.not_before,
            expires_at=times.expires_at,
            statement=statement,
        )

    def __init__(
        self,
        *,
        kid: str,
        algorithm: str,
        not_before: datetime,
        expires_at: datetime,
        statement: str,
    ) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.not_before = not_before
        self.expires_at = expires_at
        self.statement = statement
        self.withdrawn = False

    def restate(self, statement: str, at: datetime) -> None:
        if not self.withdrawn:
            self.trigger_event(self.Restated, timestamp=at, statement=statement)

    @event(Restated)
    def _restated(self, statement: str) -> None:
        self.statement = statement

    def withdraw(self, statement: str, because: str, at: datetime) -> bool:
        """Has nobody believe it any more; False when it was withdrawn before."""
        if self.withdrawn:
            return False
        self.trigger_event(self.Withdrawn, timestamp=at, statement=statement, because=because)
        return True

    @event(Withdrawn)
    def _withdrawn(self, statement: str) -> None:
        self.statement = statement
        self.withdrawn = True
