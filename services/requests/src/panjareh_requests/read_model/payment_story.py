"""The fee of a request as its applicant is told it, and an authority's account of what came in and went out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_common.calendar.working_days import midnight
from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, to_cursor
from panjareh_common.security import Caller
from panjareh_common.texts import text
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.payment import LIVE, Attempt
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus
from panjareh_requests.read_model.payments import PostgresPayments
from panjareh_requests.read_model.permitting import permit, record_looks
from panjareh_requests.read_model.sentences.telling import PACKAGE

_CURRENCY = "IRR"
_PART = 500  # rows of a table that goes out in parts
_TOTALS = """
SELECT to_char(day, 'YYYY-MM-DD') AS day, service_code, sum(paid)::bigint AS paid, sum(paid_amount)::bigint AS paid_amount,
       sum(refunded)::bigint AS refunded, sum(refunded_amount)::bigint AS refunded_amount
FROM (
    SELECT (paid_at AT TIME ZONE 'Asia/Tehran')::date AS day, service_code, 1 AS paid, amount AS paid_amount,
           0 AS refunded, 0 AS refunded_amount
    FROM payment WHERE authority = %(authority)s AND paid_at >= %(since)s AND paid_at < %(until)s
    UNION ALL
    SELECT (refunded_at AT TIME ZONE 'Asia/Tehran')::date, service_code, 0, 0, 1, amount
    FROM payment WHERE authority = %(authority)s AND refunded_at >= %(since)s AND refunded_at < %(until)s
) AS moved
WHERE %(service_code)s::text IS NULL OR service_code = %(service_code)s
GROUP BY day, service_code ORDER BY day, service_code
"""
# Payments of the days, and refunds of the days, each a line: what a bank's own list of movements has.
_LINES = """
SELECT at, kind, payment_id, request_id, applicant_id, reference, service_code, amount, currency, tracking_code
FROM (
    SELECT paid_at AS at, 'paid' AS kind, payment_id, request_id, applicant_id, reference, service_code, amount,
           currency, tracking_code
    FROM payment WHERE authority = %(authority)s AND paid_at >= %(since)s AND paid_at < %(until)s
    UNION ALL
    SELECT refunded_at, 'refunded', payment_id, request_id, applicant_id, reference, service_code, amount,
           currency, refund_tracking_code
    FROM payment WHERE authority = %(authority)s AND refunded_at >= %(since)s AND refunded_at < %(until)s
) AS line
WHERE (%(service_code)s::text IS NULL OR service_code = %(service_code)s)
  AND (%(at)s::timestamptz IS NULL OR (at, kind, payment_id) > (%(at)s::timestamptz, %(kind)s, %(id)s::uuid))
ORDER BY at, kind, payment_id LIMIT %(limit)s
"""
_HEAD = (
    "at",
    "kind",
    "payment_id",
    "reference",
    "service_code",
    "amount",
    "currency",
    "tracking_code",
)
_STATES = {
    "owed": "The fee is to be paid. Begin the payment when you are ready.",
    "opening": "The payment is being prepared at the bank. You need not do anything.",
    "open": "The payment is open at the bank: pay there, and come back.",
    "paid": "The fee is paid.",
    "waived": "Nothing is to be paid: you are exempt from the fee.",
    "lapsed": "The fee was not paid in time.",
    "refund_asked": "What you paid is on its way back to you.",
    "refunded": "What you paid was given back.",
    "none": "Nothing is to be paid for this request now.",
}


class PaymentStory:
    """`page_of`: our own page for a try."""

    def __init__(
        self,
        log: EventLog,
        looks: Looks,
        rows: PostgresPayments,
        page_of: Callable[[UUID], str],
    ) -> None:
        self._log = log
        self._looks = looks
        self._rows = rows
        self._page_of = page_of

    def get(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Raises NotFound."""
        with self._log.unit_of_work(cause) as unit:
            request = unit.load(ServiceRequest, request_id)
            permit(unit, self._looks, caller, request_id, vars(request))
            tries = self._rows.of_request(unit, request_id)
        state = _state(request, tries)
        return {
            "request_id": request.id,
            "state": state,
            "text": text(PACKAGE, _STATES[state], language),
            "amount": request.fee,
            "currency": request.currency,
            "until": request.pay_by,
            "tries": [self._told(each) for each in tries],
        }

    def _told(self, each: Attempt) -> dict[str, Any]:
        refund = None
        if each.refund_because is not None:
            refund = {
                "amount": each.amount,
                "because": each.refund_because,
                "tracking_code": each.refund_tracking_code,
                "refunded_at": each.refunded_at,
            }
        return {
            "payment_id": each.payment_id,
            "state": str(each.state),
            "because": each.because,
            "pay_at": self._page_of(each.payment_id) if each.state in LIVE else None,
            "expires_at": each.expires_at,
            "tracking_code": each.tracking_code,
            "paid_at": each.paid_at,
            "refund": refund,
        }


def _state(request: ServiceRequest, tries: Sequence[Attempt]) -> str:
    """In one word, for whoever shows a button."""
    if request.refunds:
        back = set(request.refunds) <= request.refunded
        return "refunded" if back else "refund_asked"
    if request.payments:
        return "paid"
    if request.fee_settled:
        return "waived"
    if request.pay_by is None:
        return "none"
    if request.status is not RequestStatus.AWAITING_PAYMENT:
        return "lapsed"
    live = [each.state for each in tries if each.state in LIVE]
    return str(live[-1]) if live else "owed"


class Accounts:
    """What an authority's accountants compare with their bank; looks at whose payments they were are on record."""

    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    def totals(self, *, caller: Caller, cause: Cause, **wanted: Any) -> dict[str, Any]:
        """By day in Tehran and service; nobody is named."""
        authority = caller.office("officer")
        with self._log.unit_of_work(cause) as unit:
            rows = unit.fetch(_TOTALS, _days(authority, **wanted))
        return {
            "currency": _CURRENCY,
            "items": rows,
            "paid_amount": sum(row["paid_amount"] for row in rows),
            "refunded_amount": sum(row["refunded_amount"] for row in rows),
        }

    def part(
        self, *, caller: Caller, cause: Cause, after: str | None, **wanted: Any
    ) -> dict[str, Any]:
        """A part of the table of movements as CSV, `{text, next}`."""
        authority = caller.office("officer")
        at, kind, payment_id = from_cursor(after, from_wire, str, UUID) or (None, None, None)
        place = {"at": at, "kind": kind, "id": payment_id, "limit": _PART + 1}
        with self._log.unit_of_work(cause) as unit:
            rows = unit.fetch(_LINES, _days(authority, **wanted) | place)
            shown = rows[:_PART]
            seen = {(row["applicant_id"], row["request_id"]): None for row in shown}
            record_looks(unit, self._looks, caller, list(seen))
        return {
            "text": _csv(shown, head=after is None),
            "next": _cursor(shown[-1]) if len(rows) > _PART else None,
        }


def _cursor(row: Mapping[str, Any]) -> str:
    return to_cursor(to_wire(row["at"]), row["kind"], str(row["payment_id"]))


def _days(authority: str, *, since: date, until: date, service_code: str | None) -> dict[str, Any]:
    first: datetime = midnight(since)
    return {
        "authority": authority,
        "since": first,
        "until": midnight(until + timedelta(days=1)),
        "service_code": service_code,
    }


def _csv(rows: Sequence[Mapping[str, Any]], *, head: bool) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    if head:
        table.writerow(_HEAD)
    for row in rows:
        told = dict(row) | {"at": to_wire(row["at"])}
        table.writerow([told[name] for name in _HEAD])
    return out.getvalue()
