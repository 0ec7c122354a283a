"""Help at a counter: a clerk acts beside a person, under the clerk's own name, while the person is there (I5).

The clerk never gets the person's password, code for signing in, or token: the token stays the clerk's,
and says whom they assist.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_identity.domain.persons_refusals import AssistanceOver, NotYourself

LASTS = timedelta(minutes=30)  # one visit to a counter
CODE_WAITS = timedelta(minutes=10)


class Assistance(PersonalAggregate):
    TOPIC = "Assistance"

    class Event(Aggregate.Event):
        pass

    class Begun(Event, Aggregate.Created):
        """`purpose`: what the clerk says they help with, which the person reads beside the code."""

        TOPIC = "Assistance.Begun"
        person: UUID
        clerk: UUID
        authority: str
        purpose: Sealed[str]

    Created = Begun

    class Confirmed(Event):
        """The person gave the clerk the code that was sent to the person."""

        TOPIC = "Assistance.Confirmed"
        until: datetime

    class Ended(Event):
        """`by`: the clerk or the person."""

        TOPIC = "Assistance.Ended"
        by: UUID

    @classmethod
    def begin(
        cls,
        *,
        assistance_id: UUID,
        person_id: UUID,
        clerk: UUID,
        authority: str,
        purpose: str,
        at: datetime,
    ) -> Assistance:
        """Raises NotYourself."""
        if person_id == clerk:
            raise NotYourself()
        return cls._create(
            cls.Begun,
            id=assistance_id,
            timestamp=at,
            person=person_id,
            clerk=clerk,
            authority=authority,
            purpose=purpose,
        )

    def confirm(self, at: datetime) -> datetime:
        """Until when it lasts. Raises AssistanceOver."""
        if self.until is not None or self.ended or at > self.created_on + CODE_WAITS:
            raise AssistanceOver()
        until = at + LASTS
        self.trigger_event(self.Confirmed, timestamp=at, until=until)
        return until

    def end(self, by: UUID, at: datetime) -> bool:
        """False when it had ended."""
        if self.ended:
            return False
        self.trigger_event(self.Ended, timestamp=at, by=by)
        return True

    def __init__(self, *, person: UUID, clerk: UUID, authority: str, purpose: str | None) -> None:
        self.person = person
        self.clerk = clerk
        self.authority = authority
        self.purpose = purpose
        self.until: datetime | None = None
        self.ended = False

    @property
    def person_id(self) -> UUID:
        return self.person

    @event(Confirmed)
    def _confirmed(self, until: datetime) -> None:
        self.until = until

    @event(Ended)
    def _ended(self) -> None:
        self.ended = True
