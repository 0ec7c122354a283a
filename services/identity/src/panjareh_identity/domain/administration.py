"""The administration of the platform, which begins once: with its first administrator."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate

from panjareh_common.event_store import PublicAggregate

ADMINISTRATION_ID = uuid5(NAMESPACE_URL, "panjareh:administration")


class Administration(PublicAggregate):
    """There is one, in a stream of its own: of two who begin it at once, the log takes one."""

    TOPIC = "Administration"

    class Event(Aggregate.Event):
        pass

    class Begun(Event, Aggregate.Created):
        """An operator of the platform named its first administrator."""

        TOPIC = "Administration.Begun"
        administrator: UUID

    Created = Begun

    @classmethod
    def begin(cls, administrator: UUID, at: datetime) -> Administration:
        return cls._create(
            cls.Begun, id=ADMINISTRATION_ID, timestamp=at, administrator=administrator
        )

    def __init__(self, *, administrator: UUID) -> None:
        self.administrator = administrator
