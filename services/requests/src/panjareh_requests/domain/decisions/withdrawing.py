"""The applicant no longer wants what they asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from panjareh_requests.domain.refusals_life import AlreadyOver
from panjareh_requests.domain.values import OVER, RequestStatus

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Withdrawing:
    """Who asked may stop asking, at any moment before the decision."""

    def withdraw(self: ServiceRequest, reason: str, at: datetime) -> None:
        """Ends a request that is not decided; of one under appeal the appeal, and the first decision stands.

        No reason is owed. Raises AlreadyOver.
        """
        reason = reason.strip()
        if self.status in OVER:
            raise AlreadyOver(status=str(self.status))
        if self.under_appeal:
            self.trigger_event(self.AppealWithdrawn, timestamp=at, reason=reason)
            self.close(at)
        elif self.outcome is not None:
            raise AlreadyOver(status=str(RequestStatus.DECIDED))
        else:
            self.trigger_event(self.Withdrawn, timestamp=at, reason=reason)
