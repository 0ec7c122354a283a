"""A consultation: a draft of a public service put before people, and what became of their opinions (requirement C5).

Public methods decide, and may refuse. Underscored methods remember, and may not: they run again on every
replay, and history cannot be refused. Event topics are the storage format. What people wrote is not here
(domain/opinion.py): this is what an authority asked and answered, and all of it is public.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_catalog.domain.consultation_refusals import (
    ConsultationClosed,
    ConsultationEndUnfit,
    ConsultationNotShortened,
    ConsultationOver,
    ConsultationUnderWay,
    OpinionsUndecided,
    OutcomeNeedsChange,
    OutcomePointsNowhere,
    OutcomesGiven,
    OutcomesOutdated,
    RefusalNamesChange,
)
from panjareh_common.clock import to_wire
from panjareh_common.event_store import PublicAggregate

LONGEST = timedelta(days=180)


class Outcome(StrEnum):
    """What became of an opinion."""

    APPLIED = "applied"
    PARTLY = "partly"
    REFUSED = "refused"


UNDECIDED = "undecided"
"""What an opinion is called for which there is no outcome yet."""


class Ending(StrEnum):
    """How a consultation was closed: its draft was published, or given up."""

    PUBLISHED = "published"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Use:
    """How opinions were used. `pointers` lead to the changes that they led to; `reason` is {fa, en}."""

    outcome: Outcome
    pointers: tuple[str, ...]
    reason: Mapping[str, str]


@dataclass(frozen=True)
class Revision:
    """The draft as it stands, and at which places (JSON Pointers) it differs from what people were shown."""

    number: int
    changed: Collection[str]


class Consultation(PublicAggregate):
    """One draft, one time in which people may say what they think of it, one public answer to each opinion."""

    TOPIC = "Consultation"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        """`number` is the version that is put before people; `questions` are {fa, en}, known by their place from 1."""

        TOPIC = "Consultation.Opened"
        service_code: str
        authority: str
        number: int
        about: dict[str, str]
        questions: list[dict[str, str]]
        until: datetime
        required_loa: int

    Created = Opened

    class Prolonged(Event):
        TOPIC = "Consultation.Prolonged"
        until: datetime

    class OpinionsUsed(Event):
        """`number` is the version of which the pointers say what changed; said again, the later word holds."""

        TOPIC = "Consultation.OpinionsUsed"
        opinions: list[UUID]
        outcome: str
        pointers: list[str]
        reason: dict[str, str]
        number: int

    class Closed(Event):
        """`number` is the version that was published; None, with a reason, where the draft was given up."""

        TOPIC = "Consultation.Closed"
        ending: str
        number: int | None
        reason: dict[str, str] | None

    # Decisions

    @classmethod
    def open(
        cls,
        *,
        consultation_id: UUID,
        service_code: str,
        authority: str,
        number: int,
        about: Mapping[str, str],
        questions: Sequence[Mapping[str, str]],
        until: datetime,
        required_loa: int,
        at: datetime,
    ) -> Consultation:
        """Raises ConsultationEndUnfit."""
        _check_end(until, at)
        return cls._create(
            cls.Opened,
            id=consultation_id,
            timestamp=at,
            service_code=service_code,
            authority=authority,
            number=number,
            about=dict(about),
            questions=[dict(question) for question in questions],
            until=until,
            required_loa=required_loa,
        )

    def prolong(self, until: datetime, at: datetime) -> None:
        """Gives people more time, also where the time is over.

        Raises ConsultationClosed, OutcomesGiven, ConsultationNotShortened, ConsultationEndUnfit.
        """
        self._not_closed()
        if self.used:
            raise OutcomesGiven()
        if until <= self.until:
            raise ConsultationNotShortened(until=to_wire(self.until))
        _check_end(until, at)
        self.trigger_event(self.Prolonged, timestamp=at, until=until)

    def takes_opinions(self, at: datetime) -> None:
        """Raises ConsultationClosed, ConsultationOver."""
        self._not_closed()
        if at >= self.until:
            raise ConsultationOver(until=to_wire(self.until))

    def use(self, opinions: Sequence[UUID], use: Use, revision: Revision, at: datetime) -> None:
        """Says what became of opinions; the same again changes nothing.

        Raises ConsultationClosed, ConsultationUnderWay, OutcomeNeedsChange, RefusalNamesChange, OutcomePointsNowhere.
        """
        self._not_closed()
        self._over(at)
        if use.outcome is Outcome.REFUSED and use.pointers:
            raise RefusalNamesChange()
        if use.outcome is not Outcome.REFUSED and not use.pointers:
            raise OutcomeNeedsChange()
        for pointer in use.pointers:
            if not leads_to_change(pointer, revision.changed):
                raise OutcomePointsNowhere(
                    pointer=pointer, consulted=self.number, drafted=revision.number
                )
        said = _said(use)
        anew = [opinion for opinion in opinions if self.used.get(opinion) != said]
        if anew:
            self.trigger_event(
                self.OpinionsUsed,
                timestamp=at,
                opinions=anew,
                outcome=str(use.outcome),
                pointers=list(use.pointers),
                reason=dict(use.reason),
                number=revision.number,
            )

    def close_as_published(self, revision: Revision, undecided: int, at: datetime) -> None:
        """`undecided` opinions stand without an outcome; `revision` is the draft that is published now.

        Raises ConsultationClosed, ConsultationUnderWay, OpinionsUndecided, OutcomesOutdated.
        """
        self._not_closed()
        self._over(at)
        if undecided:
            raise OpinionsUndecided(count=undecided)
        for pointer in sorted({pointer for said in self.used.values() for pointer in said[1]}):
            if not leads_to_change(pointer, revision.changed):
                raise OutcomesOutdated(pointer=pointer)
        self.trigger_event(
            self.Closed,
            timestamp=at,
            ending=str(Ending.PUBLISHED),
            number=revision.number,
            reason=None,
        )

    def abandon(self, reason: Mapping[str, str], at: datetime) -> None:
        """The draft is given up, at any time. Raises ConsultationClosed."""
        self._not_closed()
        self.trigger_event(
            self.Closed,
            timestamp=at,
            ending=str(Ending.ABANDONED),
            number=None,
            reason=dict(reason),
        )

    def _not_closed(self) -> None:
        if self.ending is not None:
            raise ConsultationClosed()

    def _over(self, at: datetime) -> None:
        if at < self.until:
            raise ConsultationUnderWay(until=to_wire(self.until))

    # Memory

    def __init__(
        self,
        *,
        service_code: str,
        authority: str,
        number: int,
        about: dict[str, str],
        questions: list[dict[str, str]],
        until: datetime,
        required_loa: int,
    ) -> None:
        self.service_code = service_code
        self.authority = authority
        self.number = number
        self.about = about
        self.questions = questions
        self.until = until
        self.required_loa = required_loa
        # Of each opinion (outcome, pointers, reason), as it was said last.
        self.used: dict[UUID, tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]] = {}
        self.ending: Ending | None = None
        self.published_number: int | None = None
        self.reason: dict[str, str] | None = None
        self.closed_at: datetime | None = None

    @event(Prolonged)
    def _prolonged(self, until: datetime) -> None:
        self.until = until

    @event(OpinionsUsed)
    def _opinions_used(
        self,
        opinions: list[UUID],
        outcome: str,
        pointers: list[str],
        reason: dict[str, str],
        number: int,
    ) -> None:
        said = _said(Use(Outcome(outcome), tuple(pointers), reason))
        self.used |= dict.fromkeys(opinions, said)

    @event(Closed)
    def _closed(
        self, ending: str, number: int | None, reason: dict[str, str] | None, timestamp: datetime
    ) -> None:
        self.ending = Ending(ending)
        self.published_number = number
        self.reason = reason
        self.closed_at = timestamp


def leads_to_change(pointer: str, changed: Collection[str]) -> bool:
    """Whether a pointer (RFC 6901) names one of the changes, a part of one, or what holds one.

    The whole card names nothing.
    """
    if not pointer.startswith("/"):
        return False
    return any(
        change == pointer or change.startswith(f"{pointer}/") or pointer.startswith(f"{change}/")
        for change in changed
    )


def _check_end(until: datetime, at: datetime) -> None:
    if not at < until <= at + LONGEST:
        raise ConsultationEndUnfit(days=LONGEST.days)


def _said(use: Use) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
    return str(use.outcome), use.pointers, tuple(sorted(use.reason.items()))
