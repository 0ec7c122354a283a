"""Steps of the service's own that its authority reports: printed, posted, on the agenda (R1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from panjareh_requests.domain.refusals_milestones import NotOnItsWay, StepUnknown
from panjareh_requests.domain.values import RequestStatus, ServiceTerms, Step

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest

_LEFT = frozenset({RequestStatus.WITHDRAWN, RequestStatus.CLOSED})


class Milestones:
    """What the card says by a step's `code`, told once each; after the decision, too: a card is printed then."""

    def reach(
        self: ServiceRequest, step: str, terms: ServiceTerms, *, unit: str | None, at: datetime
    ) -> bool:
        """False where it was reached before. Raises StepUnknown, NotOnItsWay."""
        if step not in terms.milestones:
            raise StepUnknown(step=step, steps="، ".join(terms.milestones) or "—")
        if step in self.steps_known:
            return False
        if self.status in _LEFT:
            raise NotOnItsWay()
        return self.complete_step(Step(step, None, unit, step), at)
