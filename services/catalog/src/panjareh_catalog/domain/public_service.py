"""A public service: what one authority offers, in numbered versions (requirement C1).

Public methods decide, and may refuse. Underscored methods remember, and may not: they run again on
every replay, and history cannot be refused. Event topics are the storage format.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from eventsourcing.domain import Aggregate, event

from panjareh_catalog.domain.refusals import AuthorityFixed
from panjareh_catalog.domain.values import Card, stream_of
from panjareh_common.event_store import PublicAggregate


class PublicService(PublicAggregate):
    """One code for ever; a published version never changes, because requests run under it."""

    TOPIC = "PublicService"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        pass

    class Registered(Event, Aggregate.Created):
        TOPIC = "PublicService.Registered"
        code: str
        authority: str

    Created = Registered

    class Published(Event):
        TOPIC = "PublicService.Published"
        number: int
        card: dict[str, Any]

    # Decisions

    @classmethod
    def register(cls, code: str, authority: str, at: datetime) -> PublicService:
        return cls._create(
            cls.Registered, id=stream_of(code), timestamp=at, code=code, authority=authority
        )

    def publish(self, card: Card, at: datetime) -> bool:
        """False when the newest version has this content already. Raises AuthorityFixed."""
        if card["authority"] != self.authority:
            raise AuthorityFixed(service_code=self.code, authority=self.authority)
        if self.card is not None and _same(self.card, card):
            return False
        number = self.number + 1
        self.trigger_event(self.Published, timestamp=at, number=number, card=dict(card))
        return True

    # Memory

    def __init__(self, *, code: str, authority: str) -> None:
        self.code = code
        self.authority = authority
        self.number = 0  # of the newest published version
        self.card: dict[str, Any] | None = None
        self.published_at: datetime | None = None

    @event(Published)
    def _published(self, number: int, card: dict[str, Any], timestamp: datetime) -> None:
        self.number = number
        self.card = card
        self.published_at = timestamp


def _same(one: Card, other: Card) -> bool:
    # As JSON: in Python 1 equals True, in a form it does not.
    first, second = (json.dumps(dict(card), sort_keys=True) for card in (one, other))
    return first == second
