"""Places where people are seen in person, and the times that an authority offers there (I7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PublicAggregate

# Who people are is said by the civil registration organisation alone: its own officers look at the card
# and the face. Another authority's word would make level 4 as strong as the weakest counter.
PROVING_AUTHORITY = "civil_registry"


class Place(PublicAggregate):
    TOPIC = "Place"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "Place.Opened"
        code: str
        authority: str
        name: dict[str, str]
        address: dict[str, str]

    Created = Opened

    class TimesOffered(Event):
        """`count` times one after another, `minutes` long, each for `capacity` people at once."""

        TOPIC = "Place.TimesOffered"
        starts_at: datetime
        minutes: int
        count: int
        capacity: int

    @staticmethod
    def id_of(code: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"panjareh:place/{code}")

    @classmethod
    def open(
        cls, code: str, authority: str, name: dict[str, str], address: dict[str, str], at: datetime
    ) -> Place:
        return cls._create(
            cls.Opened,
            id=cls.id_of(code),
            timestamp=at,
            code=code,
            authority=authority,
            name=name,
            address=address,
        )

    def offer(
        self, starts_at: datetime, minutes: int, count: int, capacity: int, at: datetime
    ) -> list[tuple[datetime, datetime]]:
        """The times that this makes, as beginnings and ends."""
        self.trigger_event(
            self.TimesOffered,
            timestamp=at,
            starts_at=starts_at,
            minutes=minutes,
            count=count,
            capacity=capacity,
        )
        length = timedelta(minutes=minutes)
        return [(starts_at + n * length, starts_at + (n + 1) * length) for n in range(count)]

    def __init__(
        self, *, code: str, authority: str, name: dict[str, str], address: dict[str, str]
    ) -> None:
        self.code = code
        self.authority = authority
        self.name = name
        self.address = address
        self.offered = 0

    @event(TimesOffered)
    def _times_offered(self, count: int) -> None:
        self.offered += count
