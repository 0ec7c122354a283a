"""Tries of paying in SQL: what the provider knows of each; and how events change them, in their commit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.application.paying import KIND_LAPSE, KIND_REFUND, OpenedOrder
from panjareh_requests.domain.payment import Attempt, AttemptState, FailedBecause
from panjareh_requests.domain.service_request import ServiceRequest

_COLUMNS = """
payment_id, request_id, amount, currency, state, page_url, expires_at, because, tracking_code, paid_at,
refund_because, refund_tracking_code, refunded_at
"""
_FIND = f"SELECT {_COLUMNS} FROM payment WHERE payment_id = %s"
_LIVE = f"""
SELECT {_COLUMNS} FROM payment WHERE request_id = %s AND state IN ('opening', 'open')
ORDER BY begun_at LIMIT 1
"""
_OF_REQUEST = f"SELECT {_COLUMNS} FROM payment WHERE request_id = %s ORDER BY begun_at"
# Two who begin at once begin the same one.
_BEGIN = """
INSERT INTO payment (payment_id, request_id, reference, applicant_id, authority, service_code, amount, currency,
                     state, begun_at, changed_at)
SELECT payment_id, request_id, reference, applicant_id, authority, service_code, amount, currency,
       'opening', changed_at, changed_at
FROM jsonb_populate_recordset(NULL::payment, %s)
ON CONFLICT (payment_id) DO NOTHING
"""
_OPENED = """
UPDATE payment SET state = 'open', page_url = told.page_url, expires_at = told.expires_at, changed_at = told.changed_at
FROM jsonb_populate_recordset(NULL::payment, %s) AS told
WHERE payment.payment_id = told.payment_id AND payment.state = 'opening'
"""
_FAILED = """
UPDATE payment SET state = 'failed', because = told.because, changed_at = told.changed_at
FROM jsonb_populate_recordset(NULL::payment, %s) AS told
WHERE payment.payment_id = told.payment_id AND payment.state IN ('opening', 'open')
"""
# All that one commit says of a try goes in one row: parts of a statement do not see each other's changes.
_CHANGED = """
UPDATE payment SET
    state = CASE WHEN told.paid_at IS NULL THEN payment.state ELSE 'paid' END,
    tracking_code = COALESCE(told.tracking_code, payment.tracking_code),
    paid_at = COALESCE(told.paid_at, payment.paid_at),
    refund_because = COALESCE(told.refund_because, payment.refund_because),
    refund_asked_at = COALESCE(told.refund_asked_at, payment.refund_asked_at),
    refund_tracking_code = COALESCE(told.refund_tracking_code, payment.refund_tracking_code),
    refunded_at = COALESCE(told.refunded_at, payment.refunded_at),
    changed_at = told.changed_at
FROM jsonb_populate_recordset(NULL::payment, %s) AS told
WHERE payment.payment_id = told.payment_id
"""


class PostgresPayments:
    """The PaymentRows port, and what follows a request wherever it is saved."""

    def find(self, unit: UnitOfWork, payment_id: UUID) -> Attempt | None:
        return next(iter(_attempts(unit.fetch(_FIND, (payment_id,)))), None)

    def live(self, unit: UnitOfWork, request_id: UUID) -> Attempt | None:
        return next(iter(_attempts(unit.fetch(_LIVE, (request_id,)))), None)

    def of_request(self, unit: UnitOfWork, request_id: UUID) -> list[Attempt]:
        """Oldest first."""
        return _attempts(unit.fetch(_OF_REQUEST, (request_id,)))

    def begin(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        row = {
            "payment_id": request.payment_id,
            "request_id": request.id,
            "reference": request.reference,
            "applicant_id": request.applicant_id,
            "authority": request.authority,
            "service_code": request.service_code,
            "amount": request.fee,
            "currency": request.currency,
            "changed_at": unit.now,
        }
        unit.write(_BEGIN, row)

    def opened(self, unit: UnitOfWork, payment_id: UUID, order: OpenedOrder) -> None:
        told = {"page_url": order.page_url, "expires_at": order.expires_at}
        unit.write(_OPENED, told | {"payment_id": payment_id, "changed_at": unit.now})

    def failed(self, unit: UnitOfWork, payment_id: UUID, because: FailedBecause) -> None:
        told = {"payment_id": payment_id, "because": str(because), "changed_at": unit.now}
        unit.write(_FAILED, told)

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        """Money that came or goes, and the waits that follow from it, whoever saved the request."""
        changed: dict[UUID, dict[str, Any]] = {}
        for recorded in unit.saved:
            event: Any = recorded.event
            if recorded.stream != request.id:
                continue
            if recorded.topic == ServiceRequest.PaymentAsked.TOPIC:
                unit.wait_until(event.pay_by, KIND_LAPSE, request.id)
            elif change := _change(recorded.topic, event):
                changed.setdefault(event.payment_id, {}).update(change)
            if recorded.topic == ServiceRequest.RefundAsked.TOPIC:
                unit.wait_until(unit.now, KIND_REFUND, request.id, str(event.payment_id))
        for payment_id, change in changed.items():
            unit.write(_CHANGED, change | {"payment_id": payment_id, "changed_at": unit.now})


def _change(topic: str, event: Any) -> dict[str, Any]:
    match topic:
        case ServiceRequest.PaymentMade.TOPIC:
            return {"tracking_code": event.tracking_code, "paid_at": event.timestamp}
        case ServiceRequest.RefundAsked.TOPIC:
            return {"refund_because": event.because, "refund_asked_at": event.timestamp}
        case ServiceRequest.PaymentRefunded.TOPIC:
            return {"refund_tracking_code": event.tracking_code, "refunded_at": event.timestamp}
    return {}


def _attempts(rows: list[dict[str, Any]]) -> list[Attempt]:
    return [Attempt(**row | {"state": AttemptState(row["state"])}) for row in rows]
