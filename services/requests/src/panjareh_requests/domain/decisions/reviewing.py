"""How a request is decided, by rules or by an officer (R3, R5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_requests.domain.queue_order import FIRST, Doing, Place
from panjareh_requests.domain.refusals import (
    AlreadyDecided,
    NotUnderReview,
    ReasonMissing,
    ReviewAlreadyStarted,
    ReviewNotStarted,
)
from panjareh_requests.domain.refusals_work import ProposalWaits
from panjareh_requests.domain.values import (
    APPEAL_DAYS,
    IN_REVIEW,
    OVER,
    Decision,
    Outcome,
)

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Reviewing:
    """Who reviews it decides; who that is, is said in `working`."""

    def must_be_reviewed_by(self: ServiceRequest, officer_id: UUID) -> None:
        """Raises NotUnderReview, ReviewNotStarted, ReviewAlreadyStarted where a colleague does, and ProposalWaits
        where another officer has to look at what is proposed first.
        """
        if self.status not in IN_REVIEW:
            raise NotUnderReview(status=str(self.status))
        if self.officer_id is None:
            raise ReviewNotStarted()
        if self.officer_id != officer_id:
            raise ReviewAlreadyStarted()
        if self.proposed_by is not None:
            raise ProposalWaits()

    def decide_by_rules(
        self: ServiceRequest, decision: Decision, at: datetime, *, appeal_days: int = APPEAL_DAYS
    ) -> None:
        """Raises AlreadyDecided."""
        if not self.ready_to_decide:
            raise AlreadyDecided()
        self._decide(decision, None, at, by="rules", appeal_days=appeal_days)

    def decide_by_officer(
        self: ServiceRequest,
        outcome: Outcome,
        *,
        officer_id: UUID,
        reason: str,
        at: datetime,
        appeal_days: int = APPEAL_DAYS,
        place: Place = FIRST,
    ) -> None:
        """Raises AlreadyDecided, NotUnderReview, ReviewNotStarted, ReasonMissing, OutOfOrder. Requirement R3."""
        if self.outcome is not None and self.status in OVER:
            raise AlreadyDecided()
        self.must_be_reviewed_by(officer_id)
        if outcome is Outcome.REFUSED and not reason.strip():
            raise ReasonMissing()
        self.in_its_turn(officer_id, Doing.DECISION, place, at)
        said = reason.strip()
        decision = Decision(outcome, {"fa": said, "en": said})
        self._decide(decision, officer_id, at, by="officer", appeal_days=appeal_days)

    def _decide(
        self: ServiceRequest,
        decision: Decision,
        officer_id: UUID | None,
        at: datetime,
        *,
        by: str,
        appeal_days: int,
    ) -> None:
        last = self.appealed_version is not None
        self.trigger_event(
            self.Decided,
            timestamp=at,
            outcome=str(decision.outcome),
            by=by,
            instance=self.instance + 1,
            final_at=None if last else at + timedelta(days=appeal_days),
            officer_id=officer_id,
            rules=dict(decision.rules) if decision.rules else None,
            evidence={name: str(self.inquiry_id(name)) for name in self.facts},
            reason=dict(decision.reason),
            inputs=dict(decision.inputs),
        )
