"""A decision is looked at again: upon the applicant's appeal, or because the authority reopens it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_requests.domain.refusals import ReasonMissing
from panjareh_requests.domain.refusals_life import (
    AppealTooLate,
    AppealUsed,
    GroundsMissing,
    NotDecidedYet,
    NothingToAppeal,
    NothingToReopen,
    OwnRequest,
)
from panjareh_requests.domain.values import Outcome, RequestStatus

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest

_ENDED = frozenset({RequestStatus.DECIDED, RequestStatus.CLOSED})
_OF_APPEAL = frozenset(
    {
        RequestStatus.UNDER_APPEAL,
        RequestStatus.AWAITING_APPLICANT,
        RequestStatus.AWAITING_APPOINTMENT,
    }
)


class Appealing:
    """One appeal against a refusal, in its time; and an end when no appeal is left."""

    @property
    def under_appeal(self: ServiceRequest) -> bool:
        """An appeal is made and not decided, also while its applicant corrects something."""
        return self.appealed_version is not None and self.status in _OF_APPEAL

    def appeal(
        self: ServiceRequest, grounds: str, at: datetime, *, party: str | None = None
    ) -> None:
        """Raises NotDecidedYet, NothingToAppeal, AppealUsed, AppealTooLate, GroundsMissing."""
        if self.outcome is None or self.status not in _ENDED | {RequestStatus.UNDER_APPEAL}:
            raise NotDecidedYet(status=str(self.status))
        if self.outcome is Outcome.GRANTED:
            raise NothingToAppeal()
        if self.appealed_version is not None:
            raise AppealUsed()
        if self.final_at is not None and at >= self.final_at:
            raise AppealTooLate(until=to_wire(self.final_at))
        if not grounds.strip():
            raise GroundsMissing()
        self.trigger_event(self.Appealed, timestamp=at, party=party, grounds=grounds.strip())

    def end_appeal_time(self: ServiceRequest, at: datetime) -> bool:
        """Closes a decided request once an appeal would be too late; False where it is not yet.

        Nothing happens to one that is under appeal, or was closed already.
        """
        if self.status is not RequestStatus.DECIDED or self.final_at is None:
            return True
        if at < self.final_at:
            return False
        return self.close(at)

    def reopen(self: ServiceRequest, reason: str, *, officer_id: UUID, at: datetime) -> None:
        """The authority looks at a refused request again, as a court may tell it to.

        Raises NothingToReopen, OwnRequest, and ReasonMissing.
        """
        if self.status not in _ENDED or self.outcome is not Outcome.REFUSED:
            raise NothingToReopen(status=str(self.outcome or self.status))
        if officer_id in self.person_ids:
            raise OwnRequest()
        if not reason.strip():
            raise ReasonMissing()
        self.trigger_event(
            self.Reopened, timestamp=at, officer_id=officer_id, reason=reason.strip()
        )
