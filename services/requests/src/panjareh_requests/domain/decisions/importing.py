"""Cases that an authority handled before, or handles elsewhere, with their own times (R6)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_requests.domain.values import RequestStatus, Step

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Importing:
    """A case as its authority's log tells it."""

    @classmethod
    def import_case(
        cls: type[ServiceRequest],
        *,
        request_id: UUID,
        service_code: str,
        authority: str,
        source: str,
        case: str,
        channel: str,
        department: str | None,
        responsible: str | None,
        reference: str,
        started_at: datetime,
        promised_by: datetime | None,
    ) -> ServiceRequest:
        return cls._create(
            cls.Imported,
            id=request_id,
            timestamp=started_at,
            reference=reference,
            service_code=service_code,
            authority=authority,
            source=source,
            case=case,
            channel=channel,
            department=department,
            responsible=responsible,
            promised_by=promised_by,
        )

    def complete_step(self: ServiceRequest, step: Step, at: datetime) -> bool:
        """A step from an authority's log; False when it was known already."""
        if step.instance in self.steps_known:
            return False
        self.trigger_event(
            self.StepCompleted,
            timestamp=at,
            step=step.step,
            officer=step.officer,
            unit=step.unit,
            instance=step.instance,
        )
        return True

    def close(self: ServiceRequest, at: datetime) -> bool:
        """Ends an imported case, or a request whose decision is final; False where there is nothing to end."""
        imported_open = self.case is not None and self.status is not RequestStatus.CLOSED
        if not imported_open and self.status is not RequestStatus.DECIDED:
            return False
        self.trigger_event(self.Closed, timestamp=at)
        self.owe_refunds(at)
        return True
