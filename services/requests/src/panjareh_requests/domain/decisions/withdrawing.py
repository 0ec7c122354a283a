"""The applicant no longer wants what they asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from panjareh_requests.domain.refusals_joining import AppealOfAnother
from panjareh_requests.domain.refusals_life import AlreadyOver
from panjareh_requests.domain.values import OVER, RequestStatus

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Withdrawing:
    """Who asked may stop asking, at any moment before the decision."""

    def withdraw(
        self: ServiceRequest, reason: str, at: datetime, *, party: str | None = None
    ) -> None:
        """Ends a request that is not decided; of one under appeal the appeal, and the first decision stands.

        A party that joined while others are still awaited leaves its place open; afterwards the request ends for
        all, because it is nobody's without one of them. No reason is owed. Raises AlreadyOver, AppealOfAnother.
        """
        reason = reason.strip()
        if self.status in OVER:
            raise AlreadyOver(status=str(self.status))
        if party is not None and self.is_awaiting_parties:
            self.leave(party, reason, at)
        elif self.under_appeal:
            if party != self.appellant:
                raise AppealOfAnother()
            self.trigger_event(self.AppealWithdrawn, timestamp=at, reason=reason)
            self.close(at)
        elif self.outcome is not None:
            raise AlreadyOver(status=str(RequestStatus.DECIDED))
        else:
            self.trigger_event(self.Withdrawn, timestamp=at, party=party, reason=reason)
            self.owe_refunds(at)
