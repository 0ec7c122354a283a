"""The statutory clock of a request, and what happens when its time has passed (R5, R6)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from panjareh_requests.domain.clock import StatutoryClock, Turn, clock_of, turn_of
from panjareh_requests.domain.escalation import Stage, stage_after
from panjareh_requests.domain.refusals import AlreadyDecided
from panjareh_requests.domain.values import APPEAL_DAYS, Decision

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class KeepingTime:
    """One clock at most, made of the changes of turn that the request remembers."""

    def clock(self: ServiceRequest, limit_days: int) -> StatutoryClock | None:
        """None for an imported case: its time is its authority's own affair."""
        return None if self.case is not None else clock_of(self.turns, limit_days)

    @property
    def next_stage(self: ServiceRequest) -> Stage | None:
        """Before whom it is put next, should nobody act; None when nothing is owed, or after the last."""
        if turn_of(self.status) is Turn.NOBODY:
            return None
        return stage_after(len(self.escalations))

    def escalate(self: ServiceRequest, stage: Stage, deadline: datetime, at: datetime) -> bool:
        """Puts it before the next duty; False when it was before that one already, or nothing is owed."""
        if self.next_stage != stage:
            return False
        self.trigger_event(self.Escalated, timestamp=at, duty=str(stage.duty), deadline=deadline)
        return True

    def decide_by_law(
        self: ServiceRequest, decision: Decision, at: datetime, *, appeal_days: int = APPEAL_DAYS
    ) -> None:
        """What the law says happens when the authority has let the time pass. Raises AlreadyDecided."""
        if self.outcome is not None or turn_of(self.status) is Turn.NOBODY:
            raise AlreadyDecided()
        self._decide(decision, None, at, by="law", appeal_days=appeal_days)
