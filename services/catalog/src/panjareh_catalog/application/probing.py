"""Asking the window and the published channels whether they answer, counting it, and telling of incidents that
this finds (C3).

An address is taken for as long as its next probe is away: several processes share the work, and one that
dies loses a probe and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from panjareh_catalog.application.outages import Outages
from panjareh_catalog.domain.availability import Watched
from panjareh_catalog.domain.outage import (
    Affected,
    Outage,
    OutagePlan,
    OutageState,
    measured_outage_id,
)
from panjareh_common.event_store import Cause, EventLog, UnitOfWork

log = structlog.get_logger(__name__)

BATCH = 50
_ROUND_SECONDS = 20.0
_SOON = timedelta(seconds=20)  # after a failure: an incident is to be known within a minute
_KEPT = timedelta(days=400)
_PROBES = Cause(actor="catalog", role="service", channel="internal", cause="probe")
_EXPLANATION = {
    "fa": "این کانال به پرسش‌های پی‌درپی سامانه پاسخ نمی‌دهد. کانال‌های دیگر را ببینید یا دیرتر بیایید.",
    "en": "This channel does not answer when the platform asks it again and again. "
    "Look at the other channels, or come back later.",
}
_WINDOW_EXPLANATION = {
    "fa": "پنجره به پرسش‌های پی‌درپی پاسخ نمی‌دهد و اکنون نمی‌توان در آن درخواستی را آغاز کرد. "
    "آنچه فرستاده‌اید از دست نمی‌رود. دیرتر بیایید، یا اگر خدمت پیشخوان دارد به پیشخوان بروید.",
    "en": "The window does not answer when it is asked again and again, and nothing can be begun there now. "
    "What you have sent is not lost. Come back later, or go to a counter where the service has one.",
}


class Prober(Protocol):
    def statuses(self, addresses: Collection[str]) -> Mapping[str, int | None]:
        """The HTTP status of each address, None without one in time. Never raises for what an address does."""
        ...


@dataclass(frozen=True)
class Probe:
    """One address that was taken, as it was known until now. `url`: what is asked there; `outage_id`: of the
    incident that goes on there.
    """

    watched: Watched
    url: str
    outage_id: UUID | None


class Availability(Protocol):
    """What is probed, and what came of it."""

    def refresh(self, now: datetime) -> None:
        """Takes over the addresses of versions that were published since."""
        ...

    def take(self, now: datetime, until: datetime, limit: int) -> tuple[Sequence[Probe], bool]:
        """Claims addresses whose time has come, until their next one. Gives those that may be asked, and whether
        there may be more.
        """
        ...

    def affected(self, unit: UnitOfWork, watched: Watched) -> Affected | None:
        """What is out of service when nobody answers there; None when nothing published is reached there."""
        ...

    def count(self, unit: UnitOfWork, watched: Watched, answered: bool) -> None:
        """Adds one probe to the day of every channel there."""
        ...

    def keep(
        self, unit: UnitOfWork, watched: Watched, outage_id: UUID | None, next_at: datetime
    ) -> None: ...

    def forget(self, before: datetime) -> None:
        """Drops the days that nobody reads any more."""
        ...


class Probing:
    """One round of probes; and the sweeping of what is too old."""

    def __init__(
        self,
        log_: EventLog,
        *,
        availability: Availability,
        outages: Outages,
        prober: Prober,
        every: timedelta,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log_
        self._availability = availability
        self._outages = outages
        self._prober = prober
        self._every = every
        self._monotonic = monotonic

    def round(self, now: datetime) -> int:
        """Probes what is due, as far as the time of a round goes; gives how many addresses that were."""
        self._availability.refresh(now)
        done, until = 0, self._monotonic() + _ROUND_SECONDS
        # What is left waits for the next round: whoever watches this process wants to see it come round.
        while self._monotonic() < until:
            taken, more = self._availability.take(now, now + self._every, BATCH)
            statuses = self._prober.statuses([each.url for each in taken])
            for each in taken:
                self._record(each, each.watched.answers(statuses[each.url]))
            done += len(taken)
            if not more:
                break
        return done

    def sweep(self, now: datetime) -> None:
        self._availability.forget(now - _KEPT)

    def _record(self, probe: Probe, answered: bool) -> None:
        def work(unit: UnitOfWork) -> None:
            watched = probe.watched.after(answered, unit.now)
            outage_id = probe.outage_id
            if watched.begins_incident:
                outage_id = self._begin(unit, watched)
            elif outage_id is not None and self._is_over(unit, watched):
                self._end(unit, outage_id)
                outage_id = None
            pause = self._every if answered else min(self._every, _SOON)
            self._availability.count(unit, watched, answered)
            self._availability.keep(unit, watched, outage_id, unit.now + pause)

        self._log.run(_PROBES, work)

    def _is_over(self, unit: UnitOfWork, watched: Watched) -> bool:
        """It answers again, or no published service is reached there any more."""
        return watched.ends_incident or self._availability.affected(unit, watched) is None

    def _begin(self, unit: UnitOfWork, watched: Watched) -> UUID | None:
        assert watched.down_since is not None
        place = f"{watched.authority}/{watched.address}"
        outage_id = measured_outage_id(place, watched.down_since)
        affected = self._availability.affected(unit, watched)
        if affected is None or unit.find(Outage, outage_id) is not None:
            return outage_id if affected else None
        plan = OutagePlan(
            affected,
            starts_at=watched.down_since,
            ends_at=None,
            partial=not watched.is_window,
            explanation=_WINDOW_EXPLANATION if watched.is_window else _EXPLANATION,
        )
        outage = Outage.detect(plan, said_by=watched.authority, outage_id=outage_id, at=unit.now)
        unit.save(outage)
        self._outages.write(unit, outage)
        many = len(affected.services)
        log.warning("channel_does_not_answer", authority=watched.authority, services=many)
        return outage_id

    def _end(self, unit: UnitOfWork, outage_id: UUID) -> None:
        outage = unit.find(Outage, outage_id)
        # Its authority may have ended or withdrawn it before.
        if outage is not None and outage.state(unit.now) is OutageState.UNDER_WAY:
            outage.end(unit.now)
            unit.save(outage)
            self._outages.write(unit, outage)
