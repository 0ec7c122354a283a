"""Who works on a request: it goes from officer to officer, in its turn, and never to one who is too near to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_requests.domain.clock import Turn, turn_of
from panjareh_requests.domain.queue_order import FIRST, IDLE_AFTER, Doing, Place, Released
from panjareh_requests.domain.refusals import NotUnderReview, ReasonMissing, ReviewAlreadyStarted
from panjareh_requests.domain.refusals_life import AlreadyOver, DecidedItBefore, OwnRequest
from panjareh_requests.domain.refusals_work import (
    AlreadyReviewing,
    ConflictOfInterest,
    NobodyReviews,
    OutOfOrder,
)
from panjareh_requests.domain.values import IN_REVIEW, OVER

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Working:
    """Taking, giving back, handing over, stepping back."""

    def must_be_open_to(self: ServiceRequest, officer_id: UUID) -> None:
        """Raises OwnRequest, ConflictOfInterest, and DecidedItBefore under appeal."""
        if officer_id in self.person_ids:
            raise OwnRequest()
        if officer_id in self.conflicted:
            raise ConflictOfInterest()
        if self.under_appeal and officer_id in self.decided_by:
            raise DecidedItBefore()

    @property
    def blocked(self: ServiceRequest) -> set[UUID]:
        """The officers to whom it is not open, of those that the request knows of."""
        before = self.decided_by if self.under_appeal else set()
        return {*self.conflicted, *before, *self.person_ids}

    def in_its_turn(
        self: ServiceRequest, officer_id: UUID, doing: Doing, place: Place, at: datetime
    ) -> None:
        """Records the reason of what is done out of its turn; one reason holds as long as the officer has it.

        Raises OutOfOrder where there is none.
        """
        if not place.ahead or officer_id in self.excused:
            return
        if not place.reason.strip():
            raise OutOfOrder(ahead=place.ahead)
        self.trigger_event(
            self.TakenOutOfOrder,
            timestamp=at,
            officer_id=officer_id,
            doing=str(doing),
            ahead=place.ahead,
            reason=place.reason.strip(),
        )

    def start_review(
        self: ServiceRequest, officer_id: UUID, at: datetime, place: Place = FIRST
    ) -> None:
        """Raises NotUnderReview, ReviewAlreadyStarted, OwnRequest, ConflictOfInterest, DecidedItBefore, OutOfOrder;
        the same officer may repeat it.
        """
        if self.status not in IN_REVIEW:
            raise NotUnderReview(status=str(self.status))
        if self.officer_id == officer_id:
            return
        if self.officer_id is not None:
            raise ReviewAlreadyStarted()
        self.must_be_open_to(officer_id)
        self.in_its_turn(officer_id, Doing.REVIEW, place, at)
        self.trigger_event(self.ReviewStarted, timestamp=at, officer_id=officer_id)

    def release_review(
        self: ServiceRequest, because: Released, at: datetime, *, reason: str = ""
    ) -> None:
        """Back to its place in the queue; what was proposed is no longer. Raises NobodyReviews, AlreadyOver."""
        if self.status in OVER:
            raise AlreadyOver()
        if self.officer_id is None:
            raise NobodyReviews()
        self.trigger_event(
            self.ReviewReleased,
            timestamp=at,
            officer_id=self.officer_id,
            because=str(because),
            reason=reason.strip(),
        )

    def give_review_back(self: ServiceRequest, officer_id: UUID, reason: str, at: datetime) -> None:
        """By whoever reviews it. Raises AlreadyOver, NobodyReviews, ReviewAlreadyStarted."""
        if self.officer_id is not None and self.officer_id != officer_id:
            raise ReviewAlreadyStarted()
        self.release_review(Released.OFFICER, at, reason=reason)

    def release_idle(self: ServiceRequest, at: datetime) -> bool:
        """Whether the officer's hold has ended; one in which something happened lately goes on."""
        if self.status in OVER or self.officer_id is None:
            return True
        if turn_of(self.status) is Turn.PERSON or at < self.modified_on + IDLE_AFTER:
            return False
        self.release_review(Released.IDLE, at)
        return True

    def reassign(
        self: ServiceRequest,
        officer_id: UUID,
        *,
        supervisor_id: UUID,
        reason: str,
        at: datetime,
        place: Place = FIRST,
    ) -> None:
        """A supervisor hands it to an officer; `place` counts where nobody had it before.

        Raises NotUnderReview, AlreadyReviewing, ReasonMissing, OwnRequest, ConflictOfInterest, DecidedItBefore.
        """
        if self.status not in IN_REVIEW:
            raise NotUnderReview(status=str(self.status))
        if self.officer_id == officer_id:
            raise AlreadyReviewing()
        if not reason.strip():
            raise ReasonMissing()
        self.must_be_open_to(officer_id)
        # Neither does who supervises hand over what is theirs.
        self.must_be_open_to_supervisor(supervisor_id)
        if self.officer_id is None:
            in_turn = Place(place.ahead, reason)
            self.in_its_turn(officer_id, Doing.REASSIGNMENT, in_turn, at)
        self.trigger_event(
            self.ReviewReassigned,
            timestamp=at,
            officer_id=officer_id,
            from_officer=self.officer_id,
            supervisor_id=supervisor_id,
            reason=reason.strip(),
        )

    def must_be_open_to_supervisor(self: ServiceRequest, supervisor_id: UUID) -> None:
        """Raises OwnRequest, ConflictOfInterest."""
        if supervisor_id in self.person_ids:
            raise OwnRequest()
        if supervisor_id in self.conflicted:
            raise ConflictOfInterest()

    def declare_conflict(self: ServiceRequest, officer_id: UUID, reason: str, at: datetime) -> None:
        """That officer has nothing to do with it any more. Raises AlreadyOver, ReasonMissing."""
        if self.status in OVER:
            raise AlreadyOver()
        if officer_id in self.conflicted:
            return
        if not reason.strip():
            raise ReasonMissing()
        self.trigger_event(
            self.ConflictDeclared, timestamp=at, officer_id=officer_id, reason=reason.strip()
        )
