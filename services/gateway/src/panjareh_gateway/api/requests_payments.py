"""Paying a fee; what an authority's accountants compare with their bank."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests_payments as shapes
from panjareh_gateway.operations import Operation

_MINE, _OFFICE = "/api/v1/requests/{request_id}", "/agency/v1/requests/{request_id}"

PAYMENTS = (
    Operation(
        "POST",
        f"{_MINE}/payment",
        "requests",
        "pay",
        "Begin to pay the fee, or go on with it: `pay_at` is where",
        "requests",
        gives=shapes.Paying,
        keyed=True,
    ),
    Operation(
        "GET",
        f"{_MINE}/payment",
        "requests",
        "get_payment",
        "The fee of my request: what is owed, until when, how it was paid or given back",
        "requests",
        gives=shapes.Payment,
    ),
    Operation(
        "GET",
        f"{_OFFICE}/payment",
        "requests",
        "get_payment",
        "The fee of a request to my authority; the look is recorded",
        "agency",
        gives=shapes.Payment,
    ),
    Operation(
        "GET",
        "/agency/v1/payments",
        "requests",
        "total_payments",
        "What came in and went back, by day and service",
        "agency",
        gives=shapes.Totals,
        query=shapes.PaymentAccount,
    ),
    Operation(
        "GET",
        "/agency/v1/payments.csv",
        "requests",
        "list_payments",
        "Every payment and refund of some days, as CSV, to compare with the bank's list; the looks are recorded",
        "agency",
        gives=None,
        query=shapes.PaymentAccount,
        media_type="text/csv",
    ),
)
