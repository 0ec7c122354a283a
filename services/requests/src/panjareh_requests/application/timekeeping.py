"""What the clock process does about time: it acts when a limit has passed, and counts again what has moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_requests.application import counting
from panjareh_requests.application.ending import conclude
from panjareh_requests.application.handling import SELF, by_itself
from panjareh_requests.application.ports import Days, Documents, RequestView, Terms
from panjareh_requests.application.recounting import KIND_RECOUNT, Affected, affected_from
from panjareh_requests.application.requests import issue
from panjareh_requests.domain.clock import Turn, reckon, turn_of
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Decision, Outcome, ServiceTerms

KIND_CLOCK, KIND_MISSING = "clock", "find_clocks_missing"
"""The wait of a clock is kept by the trigger of migration 0007."""

_BATCH = 1_000
_OF_NOBODY = UUID(int=0)
_OLD_RELEASE_GONE = timedelta(hours=1)


class ClockRows(Protocol):
    """The rows of clocks, and with them their waits."""

    def write(self, unit: UnitOfWork, request: ServiceRequest) -> bool:
        """False for a request that has no clock."""
        ...

    def count_again(self, unit: UnitOfWork, affected: Affected, limit: int) -> UUID | None:
        """Counts at most `limit` clocks again; gives the last of them where there may be more."""
        ...

    def find_missing(self, unit: UnitOfWork) -> None:
        """Sets an alarm for every open request without a clock."""
        ...


class Timekeeping:
    def __init__(
        self,
        log: EventLog,
        *,
        terms: Terms,
        days: Days,
        clocks: ClockRows,
        view: RequestView,
        documents: Documents,
    ) -> None:
        self._log = log
        self._terms = terms
        self._days = days
        self._clocks = clocks
        self._view = view
        self._documents = documents

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {
            KIND_CLOCK: self.ring,
            KIND_RECOUNT: self.count_again,
            KIND_MISSING: self.find_missing,
        }

    def begin(self) -> None:
        """Has requests found that a release without clocks has stored: now, and once that has surely gone."""

        def work(unit: UnitOfWork) -> None:
            unit.wait_until(unit.now, KIND_MISSING, _OF_NOBODY)
            later = unit.now + _OLD_RELEASE_GONE
            unit.wait_until(later, KIND_MISSING, _OF_NOBODY, "once more")

        self._log.run(SELF, work)

    def find_missing(self, due: Due) -> None:
        def work(unit: UnitOfWork) -> None:
            self._clocks.find_missing(unit)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def ring(self, due: Due) -> None:
        """An alarm: does what is owed by now, and sets the next. One that came too early only does the latter."""

        def work(unit: UnitOfWork) -> ServiceRequest | None:
            request = unit.load(ServiceRequest, due.subject)
            if request.case is None:
                self._act(unit, request)
            decided = counting.newly_decided(request)
            if unit.save(request):
                self._view.write(unit, request)  # and the clock with it
            elif not self._clocks.write(unit, request):
                unit.done(due.kind, due.subject, due.detail)
            return decided

        if decided := self._log.run(by_itself(due), work):
            counting.decided(decided)

    def _act(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        terms = self._terms.of(unit, request.service_code, request.service_version)
        clock = request.clock(terms.time_limit_days)
        if clock is None:
            return
        days = self._days.of(unit, request.authority, request.service_code)
        spans = days.spans(request.channel, unit.now)
        while stage := request.next_stage:
            # Nobody is hurried while the person's answer is awaited, even where time had passed before.
            if turn_of(request.status) is not Turn.AUTHORITY:
                return
            told = reckon(clock, days.calendar, spans, unit.now, more=stage.after)
            if told.deadline is None or told.deadline > unit.now:
                return
            law = _by_law(terms)
            if law is not None and request.outcome is None:
                request.decide_by_law(law, unit.now, appeal_days=terms.appeal_days)
                issue(unit, request, self._terms, self._documents)
                conclude(unit, request)
                return
            limit = reckon(clock, days.calendar, spans, unit.now).deadline
            if not request.escalate(stage, limit or told.deadline, unit.now):
                return

    def count_again(self, due: Due) -> None:
        """One batch of the clocks that something has moved; the rest is a wait of its own."""
        affected = affected_from(due.detail)

        def work(unit: UnitOfWork) -> None:
            last = self._clocks.count_again(unit, affected, _BATCH)
            unit.done(due.kind, due.subject, due.detail)
            if last is not None:
                rest = replace(affected, after=last)
                unit.wait_until(unit.now, due.kind, due.subject, rest.to_text())

        self._log.run(by_itself(due), work)


def _by_law(terms: ServiceTerms) -> Decision | None:
    """What is decided when nobody did, where the law says so (R5): it needs no officer, and no rule set."""
    said = terms.when_time_passes
    if said is None or not said.granted:
        return None
    return Decision(Outcome.GRANTED, dict(said.words))
