"""An evidence type: one kind of fact that an authority offers through the exchange, as the others know it (Q1, Q2).

How it is asked for (address, schema, time) is the directory's, and told to nobody. Public methods decide; underscored
ones remember. Event topics are the storage format.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PublicAggregate
from panjareh_inquiry.domain.values import EvidenceTerms


def stream_of(name: str) -> UUID:
    """The stream of an evidence type: its name decides, so connecting twice meets the same one."""
    return uuid5(NAMESPACE_URL, f"panjareh:evidence-type/{name}")


class EvidenceType(PublicAggregate):
    """One name for ever. What it offers may change, be withdrawn, and be offered again."""

    TOPIC = "EvidenceType"

    class Event(Aggregate.Event):
        pass

    class Registered(Event, Aggregate.Created):
        TOPIC = "EvidenceType.Registered"
        name: str

    Created = Registered

    class Published(Event):
        """`facts` are `{name, title}`, those inside a list with a dotted name; `synonyms` lists by language."""

        TOPIC = "EvidenceType.Published"
        name: str
        provider: str
        authority: str
        titles: dict[str, str]
        synonyms: dict[str, list[str]]
        facts: list[dict[str, Any]]
        personal: bool
        required_loa: int
        legal_basis: dict[str, str]

    class Withdrawn(Event):
        TOPIC = "EvidenceType.Withdrawn"
        name: str

    # Decisions

    @classmethod
    def register(cls, name: str, at: datetime) -> EvidenceType:
        return cls._create(cls.Registered, id=stream_of(name), timestamp=at, name=name)

    def publish(self, terms: EvidenceTerms, at: datetime) -> bool:
        """False when it is offered with just that already."""
        content = terms.content()
        if content == self.content:
            return False
        self.trigger_event(self.Published, timestamp=at, name=self.name, **content)
        return True

    def withdraw(self, at: datetime) -> bool:
        """False when it is not offered."""
        if self.content is None:
            return False
        self.trigger_event(self.Withdrawn, timestamp=at, name=self.name)
        return True

    # Memory

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.content: dict[str, Any] | None = None  # what is offered; None when nothing is

    @event(Published)
    def _published(
        self,
        *,
        provider: str,
        authority: str,
        titles: dict[str, str],
        synonyms: dict[str, list[str]],
        facts: list[dict[str, Any]],
        personal: bool,
        required_loa: int,
        legal_basis: dict[str, str],
    ) -> None:
        self.content = {
            "provider": provider,
            "authority": authority,
            "titles": titles,
            "synonyms": synonyms,
            "facts": facts,
            "personal": personal,
            "required_loa": required_loa,
            "legal_basis": legal_basis,
        }

    @event(Withdrawn)
    def _withdrawn(self) -> None:
        self.content = None
