"""A small aggregate for the tests of the event log."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.event_store.log import Cause

AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
BECAUSE = Cause(actor="tester", role="service", channel="test")


class Note(PersonalAggregate):
    TOPIC = "TestNote"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "TestNote.Opened"
        owner: UUID
        title: str
        secret: Sealed[str]

    Created = Opened

    class Extended(Event):
        TOPIC = "TestNote.Extended"
        text: Sealed[str]

    @classmethod
    def open(cls, owner: UUID, title: str = "title", secret: str = "secret") -> Note:
        return cls._create(
            cls.Opened, id=uuid4(), timestamp=AT, owner=owner, title=title, secret=secret
        )

    def extend(self, text: str) -> None:
        self.trigger_event(self.Extended, timestamp=AT, text=text)

    def __init__(self, owner: UUID, title: str, secret: str | None) -> None:
        self.owner = owner
        self.title = title
        self.secret = secret
        self.texts: list[str | None] = []

    @property
    def person_id(self) -> UUID:
        return self.owner

    @event(Extended)
    def _extended(self, text: str | None) -> None:
        self.texts.append(text)
