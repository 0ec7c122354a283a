"""Two officers decide where the service says so: one proposes, another confirms or returns."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_requests.domain.queue_order import FIRST, Doing, Place
from panjareh_requests.domain.refusals import AlreadyDecided, ReasonMissing
from panjareh_requests.domain.refusals_work import NothingProposed, OwnProposal
from panjareh_requests.domain.values import APPEAL_DAYS, IN_REVIEW, OVER, Decision, Outcome

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class FourEyes:
    """A proposal is no decision: nothing of it is told to the applicant, and nothing follows from it."""

    def propose_decision(
        self: ServiceRequest,
        outcome: Outcome,
        *,
        officer_id: UUID,
        reason: str,
        at: datetime,
        place: Place = FIRST,
    ) -> None:
        """Raises AlreadyDecided, NotUnderReview, ReviewNotStarted, ReviewAlreadyStarted, ProposalWaits, ReasonMissing,
        OutOfOrder.
        """
        if self.outcome is not None and self.status in OVER:
            raise AlreadyDecided()
        self.must_be_reviewed_by(officer_id)
        if outcome is Outcome.REFUSED and not reason.strip():
            raise ReasonMissing()
        self.in_its_turn(officer_id, Doing.DECISION, place, at)
        self.trigger_event(
            self.DecisionProposed,
            timestamp=at,
            officer_id=officer_id,
            outcome=str(outcome),
            reason=reason.strip(),
        )

    def confirm_decision(
        self: ServiceRequest,
        officer_id: UUID,
        at: datetime,
        *,
        appeal_days: int = APPEAL_DAYS,
        place: Place = FIRST,
    ) -> None:
        """Decides as was proposed. Raises AlreadyDecided, NothingProposed, OwnProposal, OwnRequest,
        ConflictOfInterest, DecidedItBefore, OutOfOrder.
        """
        if self.outcome is not None and self.status in OVER:
            raise AlreadyDecided()
        by, outcome, reason = self._proposed_for(officer_id)
        self.must_be_open_to(officer_id)
        self.in_its_turn(officer_id, Doing.CONFIRMATION, place, at)
        self.trigger_event(self.DecisionConfirmed, timestamp=at, officer_id=officer_id)
        decision = Decision(outcome, {"fa": reason, "en": reason})
        self._decide(decision, by, at, by="officer", appeal_days=appeal_days)

    def return_proposal(self: ServiceRequest, officer_id: UUID, reason: str, at: datetime) -> None:
        """Back to who proposed it; they may take it back themselves, too.

        Raises NothingProposed, ReasonMissing, OwnRequest, ConflictOfInterest, DecidedItBefore.
        """
        if self.proposed_by is None or self.status not in IN_REVIEW:
            raise NothingProposed()
        self.must_be_open_to(officer_id)
        if not reason.strip():
            raise ReasonMissing()
        self.trigger_event(
            self.ProposalReturned, timestamp=at, officer_id=officer_id, reason=reason.strip()
        )

    def _proposed_for(self: ServiceRequest, officer_id: UUID) -> tuple[UUID, Outcome, str]:
        if self.proposed_by is None or self.status not in IN_REVIEW:
            raise NothingProposed()
        if self.proposed_by == officer_id:
            raise OwnProposal()
        assert self.proposed_outcome is not None
        return self.proposed_by, Outcome(self.proposed_outcome), self.proposed_reason or "—"
