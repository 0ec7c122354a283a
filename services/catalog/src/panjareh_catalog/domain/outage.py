"""Outages: planned ones, announced in advance, and incidents, announced when they happen (requirement C3).

Public methods decide, and may refuse. Underscored methods remember, and may not. Event topics are the
storage format. Where an outage stands follows from its times; the clock process only tells others of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_catalog.domain.refusals_outages import (
    IncidentInFuture,
    OutageBegun,
    OutageEndUnfit,
    OutageInPast,
    OutageNotBegun,
    OutageOver,
    OutageTooFar,
)
from panjareh_common.event_store import PublicAggregate

LONGEST = timedelta(days=90)
_FARTHEST = timedelta(days=400)
_SEEN_LATE = timedelta(days=7)  # by which an incident may have begun before it is announced


class OutageKind(StrEnum):
    PLANNED = "planned"
    INCIDENT = "incident"


class OutageState(StrEnum):
    ANNOUNCED = "announced"
    UNDER_WAY = "under_way"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class PlatformStatus(StrEnum):
    """How the platform is, in the words of Australia's Consumer Data Standards."""

    OK = "OK"
    PARTIAL_FAILURE = "PARTIAL_FAILURE"
    UNAVAILABLE = "UNAVAILABLE"
    SCHEDULED_OUTAGE = "SCHEDULED_OUTAGE"


@dataclass(frozen=True)
class Affected:
    """What is out of service: public services by code, all of some authorities, or, with neither, the whole
    platform; on some channels, or, where none is named, on all.
    """

    services: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        return {name: sorted(values) for name, values in vars(self).items()}


@dataclass(frozen=True)
class OutagePlan:
    """What is announced. `ends_at` is when the end is expected; only an incident may do without.

    `partial`: some of it works all the same. `explanation` by language.
    """

    affected: Affected
    starts_at: datetime
    ends_at: datetime | None
    partial: bool
    explanation: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """The fields of an event."""
        return vars(self) | {
            "affected": self.affected.to_json(),
            "explanation": dict(self.explanation),
        }


class Outage(PublicAggregate):
    """One outage, from its announcement to its end."""

    TOPIC = "Outage"

    class Event(Aggregate.Event):
        pass

    class Announced(Event, Aggregate.Created):
        """`said_by` is an authority or the platform; `source` "people", or "probes" for a measured incident."""

        TOPIC = "Outage.Announced"
        kind: str
        said_by: str
        source: str
        affected: dict[str, list[str]]
        starts_at: datetime
        ends_at: datetime | None
        partial: bool
        explanation: dict[str, str]

    Created = Announced

    class Changed(Event):
        TOPIC = "Outage.Changed"
        affected: dict[str, list[str]]
        starts_at: datetime
        ends_at: datetime | None
        partial: bool
        explanation: dict[str, str]

    class Started(Event):
        """A planned one has begun. An incident begins with its announcement."""

        TOPIC = "Outage.Started"

    class Ended(Event):
        TOPIC = "Outage.Ended"
        ended_at: datetime

    class Withdrawn(Event):
        TOPIC = "Outage.Withdrawn"
        because: dict[str, str]

    # Decisions

    @classmethod
    def announce(
        cls, kind: OutageKind, plan: OutagePlan, *, said_by: str, outage_id: UUID, at: datetime
    ) -> Outage:
        """Raises OutageInPast, OutageTooFar, OutageEndUnfit and IncidentInFuture."""
        _check(kind, plan, at)
        return cls._new(kind, plan, said_by=said_by, source="people", outage_id=outage_id, at=at)

    @classmethod
    def detect(cls, plan: OutagePlan, *, said_by: str, outage_id: UUID, at: datetime) -> Outage:
        """An incident that probes have measured; when it ends nobody can say yet."""
        kind = OutageKind.INCIDENT
        return cls._new(kind, plan, said_by=said_by, source="probes", outage_id=outage_id, at=at)

    @classmethod
    def _new(
        cls,
        kind: OutageKind,
        plan: OutagePlan,
        *,
        said_by: str,
        source: str,
        outage_id: UUID,
        at: datetime,
    ) -> Outage:
        return cls._create(
            cls.Announced,
            id=outage_id,
            timestamp=at,
            kind=str(kind),
            said_by=said_by,
            source=source,
            **plan.to_json(),
        )

    def change(self, plan: OutagePlan, at: datetime) -> None:
        """Raises OutageOver, OutageBegun when the beginning would move, OutageInPast, OutageEndUnfit."""
        self._not_over(at)
        if self.starts_at <= at:
            if plan.starts_at != self.starts_at:
                raise OutageBegun()
            _check_end(self.kind, plan, at)
        else:
            _check(self.kind, plan, at)
        self.trigger_event(self.Changed, timestamp=at, **plan.to_json())

    def start(self, at: datetime) -> bool:
        """Tells that it has begun, once; False when there is nothing to tell."""
        if self.told_start or self.state(at) is not OutageState.UNDER_WAY:
            return False
        self.trigger_event(self.Started, timestamp=at)
        return True

    def finish(self, at: datetime) -> bool:
        """A planned one ends when it was announced to; False when that is not now."""
        due = self.kind is OutageKind.PLANNED and self.ends_at is not None and self.ends_at <= at
        if not due or self.ended_at is not None or self.withdrawn_at is not None:
            return False
        self.trigger_event(self.Ended, timestamp=at, ended_at=self.ends_at)
        return True

    def end(self, at: datetime) -> None:
        """Raises OutageNotBegun and OutageOver."""
        self._not_over(at)
        if self.starts_at > at:
            raise OutageNotBegun()
        self.trigger_event(self.Ended, timestamp=at, ended_at=at)

    def withdraw(self, because: Mapping[str, str], at: datetime) -> None:
        """One that does not happen, or an incident that was none. Raises OutageOver and OutageBegun."""
        self._not_over(at)
        if self.kind is OutageKind.PLANNED and self.starts_at <= at:
            raise OutageBegun()
        self.trigger_event(self.Withdrawn, timestamp=at, because=dict(because))

    def state(self, at: datetime) -> OutageState:
        """Where it stands at a moment, whether or not the clock process has come round."""
        if self.withdrawn_at is not None:
            return OutageState.WITHDRAWN
        planned_end = self.ends_at if self.kind is OutageKind.PLANNED else None
        end = self.ended_at or planned_end
        if end is not None and end <= at:
            return OutageState.ENDED
        return OutageState.UNDER_WAY if self.starts_at <= at else OutageState.ANNOUNCED

    def _not_over(self, at: datetime) -> None:
        if self.state(at) in (OutageState.ENDED, OutageState.WITHDRAWN):
            raise OutageOver()

    # Memory

    def __init__(
        self,
        *,
        kind: str,
        said_by: str,
        source: str,
        affected: dict[str, list[str]],
        starts_at: datetime,
        ends_at: datetime | None,
        partial: bool,
        explanation: dict[str, str],
    ) -> None:
        self.kind = OutageKind(kind)
        self.said_by = said_by
        self.source = source
        self.affected = affected
        self.starts_at = starts_at
        self.ends_at = ends_at
        self.partial = partial
        self.explanation = explanation
        self.told_start = self.kind is OutageKind.INCIDENT
        self.because: dict[str, str] | None = None
        self.ended_at: datetime | None = None
        self.withdrawn_at: datetime | None = None

    @event(Changed)
    def _changed(
        self,
        affected: dict[str, list[str]],
        starts_at: datetime,
        ends_at: datetime | None,
        partial: bool,
        explanation: dict[str, str],
    ) -> None:
        self.affected, self.explanation, self.partial = affected, explanation, partial
        self.starts_at, self.ends_at = starts_at, ends_at

    @event(Started)
    def _started(self) -> None:
        self.told_start = True

    @event(Ended)
    def _ended(self, ended_at: datetime) -> None:
        self.ended_at = ended_at

    @event(Withdrawn)
    def _withdrawn(self, because: dict[str, str], timestamp: datetime) -> None:
        self.because = because
        self.withdrawn_at = timestamp


def measured_outage_id(place: str, since: datetime) -> UUID:
    """The stream of an incident that probes found: two processes that find it at once meet there."""
    return uuid5(NAMESPACE_URL, f"panjareh:outage/{place}/{since.isoformat()}")


def _check(kind: OutageKind, plan: OutagePlan, at: datetime) -> None:
    """Of one that has not begun yet, or is announced now."""
    if kind is OutageKind.PLANNED and plan.starts_at <= at:
        raise OutageInPast()
    if kind is OutageKind.PLANNED and plan.starts_at - at > _FARTHEST:
        raise OutageTooFar(days=_FARTHEST.days)
    if kind is OutageKind.INCIDENT:
        if plan.starts_at > at:
            raise IncidentInFuture()
        if plan.starts_at < at - _SEEN_LATE:
            raise OutageInPast()
    _check_end(kind, plan, at)


def _check_end(kind: OutageKind, plan: OutagePlan, at: datetime) -> None:
    if plan.ends_at is None:
        if kind is OutageKind.PLANNED:
            raise OutageEndUnfit(days=LONGEST.days)
        return
    if plan.ends_at <= at:
        raise OutageInPast()
    if not timedelta() < plan.ends_at - plan.starts_at <= LONGEST:
        raise OutageEndUnfit(days=LONGEST.days)
