"""A public service: what one authority offers, in numbered versions, from draft to retirement (requirement C1).

A version is a draft, perhaps put before people (C5), then published and in time superseded; or it is discarded. The
service is unpublished, published, suspended (and again published) and in the end retired. Numbers are never used
twice, and what was published or put before people under a number never changes.

Public methods decide, and may refuse. Underscored methods remember, and may not: they run again on
every replay, and history cannot be refused. Event topics are the storage format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.publishing_refusals import (
    ConsultationRunning,
    DraftChanged,
    DraftChangesNothing,
    DraftWaits,
    EndNotAhead,
    NotPublished,
    NotSuspended,
    ServiceRetired,
    SuccessorIsItself,
    SuspendedAlready,
    UnknownDraft,
)
from panjareh_catalog.domain.refusals import AuthorityFixed
from panjareh_catalog.domain.values import Card, Standing, VersionState, stream_of
from panjareh_common.event_store import PublicAggregate


@dataclass(frozen=True)
class Draft:
    """The version that an authority is working on. `revision` counts up with every change of it."""

    number: int
    revision: int
    card: dict[str, Any]


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

    class DraftSaved(Event):
        TOPIC = "PublicService.DraftSaved"
        number: int
        revision: int
        card: dict[str, Any]

    class DraftDiscarded(Event):
        TOPIC = "PublicService.DraftDiscarded"
        number: int

    class ConsultationOpened(Event):
        TOPIC = "PublicService.ConsultationOpened"
        number: int
        consultation: UUID

    class ConsultationClosed(Event):
        TOPIC = "PublicService.ConsultationClosed"
        number: int
        consultation: UUID

    class Published(Event):
        TOPIC = "PublicService.Published"
        number: int
        card: dict[str, Any]

    class Suspended(Event):
        TOPIC = "PublicService.Suspended"
        code: str
        reason: dict[str, str]
        until: datetime | None

    class Resumed(Event):
        TOPIC = "PublicService.Resumed"
        code: str

    class Retired(Event):
        TOPIC = "PublicService.Retired"
        code: str
        reason: dict[str, str]
        successor: str | None

    # Decisions: versions

    @classmethod
    def register(cls, code: str, authority: str, at: datetime) -> PublicService:
        return cls._create(
            cls.Registered, id=stream_of(code), timestamp=at, code=code, authority=authority
        )

    def save_draft(self, card: Card, revision: int, at: datetime) -> Draft:
        """The draft as it stands after. `revision` is the one that was changed; 0 begins a draft.

        A draft that was put before people is kept as they saw it: its change is a draft of the next number.
        The same content again changes nothing. Raises ServiceRetired, AuthorityFixed, DraftChanged.
        """
        self._may_change(card)
        draft = self.draft
        if revision != (draft.revision if draft else 0):
            raise DraftChanged(service_code=self.code)
        if draft and _same(draft.card, card):
            return draft
        number = (
            self._next_number() if draft is None or draft.number in self.shown else draft.number
        )
        self.trigger_event(
            self.DraftSaved,
            timestamp=at,
            number=number,
            revision=self.version + 1,
            card=dict(card),
        )
        assert self.draft is not None
        return self.draft

    def discard_draft(self, number: int, at: datetime) -> None:
        """Raises UnknownDraft, ConsultationRunning."""
        self._draft_of(number)
        self._none_consulted()
        self.trigger_event(self.DraftDiscarded, timestamp=at, number=number)

    def open_consultation(self, number: int, consultation: UUID, at: datetime) -> None:
        """Puts a draft before people (C5). Raises UnknownDraft, ConsultationRunning."""
        self._draft_of(number)
        self._none_consulted()
        self.trigger_event(
            self.ConsultationOpened, timestamp=at, number=number, consultation=consultation
        )

    def close_consultation(self, at: datetime) -> None:
        """Raises UnknownDraft when none is open."""
        if self.consulted is None:
            raise UnknownDraft(service_code=self.code)
        number, consultation = self.consulted
        self.trigger_event(
            self.ConsultationClosed, timestamp=at, number=number, consultation=consultation
        )

    def says(self, card: Card) -> bool:
        """Whether the newest published version has this content, in whatever format."""
        return self.card is not None and _same(self.card, card)

    def publish(self, card: Card, at: datetime) -> bool:
        """False when the newest version has this content already.

        A draft of the same content is published with it; past another draft nothing is published.
        Raises ServiceRetired, AuthorityFixed, ConsultationRunning, DraftWaits.
        """
        self._may_change(card)
        if self.says(card):
            return False
        self._none_consulted()
        if self.draft and not _same(self.draft.card, card):
            raise DraftWaits(service_code=self.code, number=self.draft.number)
        number = self.draft.number if self.draft else self._next_number()
        self.trigger_event(self.Published, timestamp=at, number=number, card=dict(card))
        return True

    def publish_draft(self, number: int, at: datetime) -> None:
        """Raises ServiceRetired, UnknownDraft, ConsultationRunning, DraftChangesNothing."""
        draft = self._draft_of(number)
        if not self.publish(draft.card, at):
            raise DraftChangesNothing(service_code=self.code, number=self.number)

    # Decisions: the service

    def suspend(self, reason: Mapping[str, str], until: datetime | None, at: datetime) -> None:
        """New requests are refused from now on. Raises NotPublished, ServiceRetired, SuspendedAlready, EndNotAhead."""
        self._offered()
        if self.standing is Standing.SUSPENDED:
            raise SuspendedAlready(service_code=self.code)
        if until is not None and until <= at:
            raise EndNotAhead()
        self.trigger_event(
            self.Suspended, timestamp=at, code=self.code, reason=dict(reason), until=until
        )

    def resume(self, at: datetime) -> None:
        """Raises NotPublished, ServiceRetired, NotSuspended."""
        self._offered()
        if self.standing is not Standing.SUSPENDED:
            raise NotSuspended(service_code=self.code)
        self.trigger_event(self.Resumed, timestamp=at, code=self.code)

    def retire(self, reason: Mapping[str, str], successor: str | None, at: datetime) -> None:
        """The end of a service; a draft of it is discarded.

        Raises NotPublished, ServiceRetired, ConsultationRunning, SuccessorIsItself.
        """
        self._offered()
        self._none_consulted()
        if successor == self.code:
            raise SuccessorIsItself(service_code=self.code)
        if self.draft:
            self.discard_draft(self.draft.number, at)
        self.trigger_event(
            self.Retired, timestamp=at, code=self.code, reason=dict(reason), successor=successor
        )

    def _may_change(self, card: Card) -> None:
        if self.standing is Standing.RETIRED:
            raise ServiceRetired(service_code=self.code)
        if card["authority"] != self.authority:
            raise AuthorityFixed(service_code=self.code, authority=self.authority)

    def _offered(self) -> None:
        if self.standing is Standing.RETIRED:
            raise ServiceRetired(service_code=self.code)
        if self.standing is Standing.UNPUBLISHED:
            raise NotPublished(service_code=self.code)

    def _draft_of(self, number: int) -> Draft:
        if self.draft is None or self.draft.number != number:
            raise UnknownDraft(service_code=self.code)
        return self.draft

    def _none_consulted(self) -> None:
        if self.consulted is not None:
            number, consultation = self.consulted
            raise ConsultationRunning(
                service_code=self.code, number=number, consultation=str(consultation)
            )

    def _next_number(self) -> int:
        return max(self.states, default=0) + 1

    # Memory

    def __init__(self, *, code: str, authority: str) -> None:
        self.code = code
        self.authority = authority
        self.standing = Standing.UNPUBLISHED
        self.number = 0  # of the newest published version
        self.card: dict[str, Any] | None = None
        self.published_at: datetime | None = None
        self.states: dict[int, VersionState] = {}  # of every version there ever was
        self.draft_number = 0  # 0 while there is no draft
        self.draft_revision = 0
        self.draft_card: dict[str, Any] = {}
        self.consulted: tuple[int, UUID] | None = None  # the draft before people now
        self.shown: list[int] = []  # drafts that were put before people
        self.reason: dict[str, str] | None = None
        self.suspended_until: datetime | None = None
        self.successor: str | None = None

    @property
    def draft(self) -> Draft | None:
        if not self.draft_number:
            return None
        return Draft(self.draft_number, self.draft_revision, self.draft_card)

    @property
    def drafts(self) -> dict[int, dict[str, Any]]:
        """The card of the draft there is, by its number; empty when there is none."""
        return {self.draft.number: self.draft.card} if self.draft else {}

    @event(DraftSaved)
    def _draft_saved(self, number: int, revision: int, card: dict[str, Any]) -> None:
        before = self.draft
        if before and before.number != number and not self._is_consulted(before.number):
            self.states[before.number] = VersionState.SUPERSEDED
        self.draft_number, self.draft_revision, self.draft_card = number, revision, card
        self.states[number] = VersionState.DRAFT

    @event(DraftDiscarded)
    def _draft_discarded(self, number: int) -> None:
        self.states[number] = VersionState.DISCARDED
        self._no_draft()

    @event(ConsultationOpened)
    def _consultation_opened(self, number: int, consultation: UUID) -> None:
        self.states[number] = VersionState.CONSULTATION
        self.consulted = (number, consultation)
        self.shown.append(number)

    @event(ConsultationClosed)
    def _consultation_closed(self, number: int, consultation: UUID) -> None:
        current = self.draft_number == number
        self.states[number] = VersionState.DRAFT if current else VersionState.SUPERSEDED
        self.consulted = None

    @event(Published)
    def _published(self, number: int, card: dict[str, Any], timestamp: datetime) -> None:
        if self.number:
            self.states[self.number] = VersionState.SUPERSEDED
        self.states[number] = VersionState.PUBLISHED
        self.number = number
        self.card = card
        self.published_at = timestamp
        self._no_draft()
        if self.standing is Standing.UNPUBLISHED:
            self.standing = Standing.PUBLISHED

    @event(Suspended)
    def _suspended(self, code: str, reason: dict[str, str], until: datetime | None) -> None:
        self.standing, self.reason, self.suspended_until = Standing.SUSPENDED, reason, until

    @event(Resumed)
    def _resumed(self, code: str) -> None:
        self.standing, self.reason, self.suspended_until = Standing.PUBLISHED, None, None

    @event(Retired)
    def _retired(self, code: str, reason: dict[str, str], successor: str | None) -> None:
        self.standing, self.reason, self.suspended_until = Standing.RETIRED, reason, None
        self.successor = successor

    def _no_draft(self) -> None:
        self.draft_number, self.draft_revision, self.draft_card = 0, 0, {}

    def _is_consulted(self, number: int) -> bool:
        return self.consulted is not None and self.consulted[0] == number


def _same(one: Card, other: Card) -> bool:
    """Whether two cards say the same, in whatever formats they are written."""
    # As JSON: in Python 1 equals True, in a form it does not.
    first, second = (json.dumps(raised(card), sort_keys=True) for card in (one, other))
    return first == second
