"""Announcing, changing and ending outages, and telling of their beginning and end when that comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID, uuid4

from panjareh_catalog.application.powers import PLATFORM, speaks_for
from panjareh_catalog.domain.outage import Affected, Outage, OutageKind, OutagePlan
from panjareh_catalog.domain.refusals import UnknownAuthority, UnknownService
from panjareh_catalog.domain.refusals_outages import OutageOfOthers, UnknownOutage
from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.due import Due, Handler
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.idempotency import Answer

START, FINISH = "outage_start", "outage_finish"


class Outages(Protocol):
    """The rows that answer "what is out of service?", written in the commit of their events."""

    def write(self, unit: UnitOfWork, outage: Outage) -> None: ...

    def owners(self, unit: UnitOfWork, services: Sequence[str]) -> Mapping[str, str]:
        """The authority of each public service that is there."""
        ...

    def authorities(self, unit: UnitOfWork, codes: Sequence[str]) -> set[str]:
        """Which of these authorities are there."""
        ...


@dataclass(frozen=True)
class AnnounceOutage:
    kind: OutageKind
    plan: OutagePlan


class Announcing:
    """What publishers and supervisors of an authority do about its outages, and administrators about the platform's."""

    def __init__(self, log: EventLog, outages: Outages) -> None:
        self._log = log
        self._outages = outages

    def announce(self, command: AnnounceOutage, asked: Asking) -> Answer:
        """`{outage_id, state}`. Raises NotAllowed, OutageOfOthers, UnknownService, and what Outage refuses."""
        by = speaks_for(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            return self._announce(unit, command, by)

        request = {"kind": str(command.kind)} | _as_request(command.plan)
        return asked.once(self._log, "announce_outage", request, work)

    def announce_by_operators(self, command: AnnounceOutage, cause: Cause) -> Answer:
        """As `announce`, for the platform: also while nobody can sign in."""
        return self._log.run(cause, lambda unit: self._announce(unit, command, PLATFORM))

    def end_by_operators(self, outage_id: UUID, cause: Cause) -> Answer:
        """Raises UnknownOutage, OutageOver and OutageNotBegun."""

        def work(unit: UnitOfWork) -> Answer:
            outage = self._own(unit, outage_id, PLATFORM)
            outage.end(unit.now)
            return self._kept(unit, outage)

        return self._log.run(cause, work)

    def change(self, outage_id: UUID, plan: OutagePlan, asked: Asking) -> Answer:
        """`{outage_id, state}`. Raises as `announce`, and UnknownOutage, OutageOver and OutageBegun."""
        by = speaks_for(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            outage = self._own(unit, outage_id, by)
            self._check(unit, plan.affected, by)
            outage.change(plan, unit.now)
            return self._kept(unit, outage)

        request = {"outage_id": str(outage_id)} | _as_request(plan)
        return asked.once(self._log, "change_outage", request, work)

    def end(self, outage_id: UUID, asked: Asking) -> Answer:
        """`{outage_id, state}`. Raises UnknownOutage, OutageOver and OutageNotBegun."""
        by = speaks_for(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            outage = self._own(unit, outage_id, by)
            outage.end(unit.now)
            return self._kept(unit, outage)

        return asked.once(self._log, "end_outage", {"outage_id": str(outage_id)}, work)

    def withdraw(self, outage_id: UUID, because: Mapping[str, str], asked: Asking) -> Answer:
        """`{outage_id, state}`. Raises UnknownOutage, OutageOver and OutageBegun."""
        by = speaks_for(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            outage = self._own(unit, outage_id, by)
            outage.withdraw(because, unit.now)
            return self._kept(unit, outage)

        request = {"outage_id": str(outage_id), "because": dict(because)}
        return asked.once(self._log, "withdraw_outage", request, work)

    def handlers(self) -> dict[str, Handler]:
        """What the clock process does when an outage begins or ends as it was announced."""
        return {START: self._start, FINISH: self._finish}

    def _start(self, due: Due) -> None:
        def work(unit: UnitOfWork) -> None:
            outage = unit.load(Outage, due.subject)
            if outage.start(unit.now):
                unit.save(outage)
                self._outages.write(unit, outage)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(due.cause, work)

    def _finish(self, due: Due) -> None:
        def work(unit: UnitOfWork) -> None:
            outage = unit.load(Outage, due.subject)
            if outage.finish(unit.now):
                unit.save(outage)
                self._outages.write(unit, outage)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(due.cause, work)

    def _announce(self, unit: UnitOfWork, command: AnnounceOutage, by: str) -> Answer:
        self._check(unit, command.plan.affected, by)
        outage = Outage.announce(
            command.kind, command.plan, said_by=by, outage_id=uuid4(), at=unit.now
        )
        return self._kept(unit, outage)

    def _own(self, unit: UnitOfWork, outage_id: UUID, by: str) -> Outage:
        """Raises UnknownOutage also for another authority's: "not yours" looks like "not there"."""
        outage = unit.find(Outage, outage_id)
        if outage is None or by not in (PLATFORM, outage.said_by):
            raise UnknownOutage()
        return outage

    def _check(self, unit: UnitOfWork, affected: Affected, by: str) -> None:
        if not affected.services and not affected.authorities and by != PLATFORM:
            raise OutageOfOthers()
        owners = self._outages.owners(unit, affected.services)
        for code in affected.services:
            if code not in owners:
                raise UnknownService(service_code=code)
        known = self._outages.authorities(unit, affected.authorities)
        for code in affected.authorities:
            if code not in known:
                raise UnknownAuthority(authority=code)
        if by != PLATFORM and {*owners.values(), *affected.authorities} - {by}:
            raise OutageOfOthers()

    def _kept(self, unit: UnitOfWork, outage: Outage) -> Answer:
        unit.save(outage)
        self._outages.write(unit, outage)
        keep_waits(unit, outage)
        return {"outage_id": str(outage.id), "state": str(outage.state(unit.now))}


def keep_waits(unit: UnitOfWork, outage: Outage) -> None:
    """Waits for the beginning and the end as they are announced now.

    Each has its time in its key: after a change the older wait still comes, finds nothing to tell, and ends.
    """
    if outage.kind is not OutageKind.PLANNED or outage.ends_at is None:
        return
    if outage.withdrawn_at is not None or outage.ended_at is not None:
        return
    if not outage.told_start:
        unit.wait_until(outage.starts_at, START, outage.id, to_wire(outage.starts_at))
    unit.wait_until(outage.ends_at, FINISH, outage.id, to_wire(outage.ends_at))


def _as_request(plan: OutagePlan) -> dict[str, Any]:
    told = plan.to_json()
    ends_at = to_wire(plan.ends_at) if plan.ends_at else None
    return told | {"starts_at": to_wire(plan.starts_at), "ends_at": ends_at}
