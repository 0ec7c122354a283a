"""What requests knows of an authority's days: its calendar, and the outages that touch its services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from panjareh_common.calendar import WorkingCalendar
from panjareh_requests.domain.clock import OutageSpan

LONGEST_OUTAGE = timedelta(days=90)
"""As the catalogue has it. One that nobody ever ended moves no limit for longer."""


@dataclass(frozen=True)
class KnownOutage:
    """`channels`: on which it is; none: on all."""

    channels: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None

    def span(self, now: datetime) -> OutageSpan:
        latest = self.starts_at + LONGEST_OUTAGE
        if self.ends_at is None and latest <= now:
            return OutageSpan(self.starts_at, latest)
        return OutageSpan(self.starts_at, self.ends_at)


@dataclass(frozen=True)
class KnownDays:
    """Of one public service of one authority."""

    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    outages: Sequence[KnownOutage] = ()

    def spans(self, channel: str, now: datetime) -> list[OutageSpan]:
        """The outages that keep a request which came by a channel from being handled."""
        touching = (each for each in self.outages if not each.channels or channel in each.channels)
        return [each.span(now) for each in touching]
