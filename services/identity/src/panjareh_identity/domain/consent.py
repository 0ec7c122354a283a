"""A consent: what somebody lets a receiver know of them, what for, and how long. It can be withdrawn at any time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate
from panjareh_common.refusals import NotFound, Refusal

LONGEST = timedelta(days=5 * 366)


class ConsentTooLong(Refusal):
    code = "consent_too_long"
    message = "A consent begins now and lasts at most {days} days. Give it for a shorter time."


class Consent(PersonalAggregate):
    """Codes only: what they mean to people stands with the receiver's service or client."""

    TOPIC = "Consent"

    class Event(Aggregate.Event):
        pass

    class Given(Event, Aggregate.Created):
        """`assurance` is the level at which the giver was known then."""

        TOPIC = "Consent.Given"
        giver_id: UUID
        purpose: str
        data: list[str]
        receiver: str
        until: datetime
        assurance: int

    Created = Given

    class Withdrawn(Event):
        """From now on. What the receiver did before with the consent stays lawful."""

        TOPIC = "Consent.Withdrawn"

    @classmethod
    def give(
        cls,
        *,
        consent_id: UUID,
        giver_id: UUID,
        purpose: str,
        data: Sequence[str],
        receiver: str,
        until: datetime,
        assurance: int,
        at: datetime,
    ) -> Consent:
        """Raises ConsentTooLong: a consent without an end is none."""
        if not at < until <= at + LONGEST:
            raise ConsentTooLong(days=LONGEST.days)
        return cls._create(
            cls.Given,
            id=consent_id,
            timestamp=at,
            giver_id=giver_id,
            purpose=purpose,
            data=sorted(set(data)),
            receiver=receiver,
            until=until,
            assurance=assurance,
        )

    def withdraw(self, person_id: UUID, at: datetime) -> bool:
        """False when it was withdrawn before. Raises NotFound for anybody else's."""
        if person_id != self.giver_id:
            raise NotFound()
        if self.withdrawn:
            return False
        self.trigger_event(self.Withdrawn, timestamp=at)
        return True

    def __init__(
        self,
        *,
        giver_id: UUID,
        purpose: str,
        data: list[str],
        receiver: str,
        until: datetime,
        assurance: int,
    ) -> None:
        self.giver_id = giver_id
        self.purpose = purpose
        self.data = tuple(data)
        self.receiver = receiver
        self.until = until
        self.withdrawn = False

    @property
    def person_id(self) -> UUID:
        return self.giver_id

    @event(Withdrawn)
    def _withdrawn(self) -> None:
        self.withdrawn = True
