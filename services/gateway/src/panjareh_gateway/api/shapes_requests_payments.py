"""Shapes of payments."""

from __future__ import annotations

from marshmallow import Schema, fields

from panjareh_gateway.operations import Strict


class Paying(Schema):
    payment_id = fields.UUID(
        metadata={"description": "of this try; asked for twice it is the same"}
    )
    pay_at = fields.String(
        metadata={
            "description": "a page that leads on to the payment provider's own; for a browser"
        }
    )
    amount = fields.Integer(metadata={"description": "whole rials"})
    currency = fields.String()
    until = fields.String()


class Refund(Schema):
    amount = fields.Integer()
    because = fields.String(metadata={"description": "withdrawn, refused or too_late"})
    tracking_code = fields.String(allow_none=True)
    refunded_at = fields.String(allow_none=True)


class Try(Schema):
    payment_id = fields.UUID()
    state = fields.String(metadata={"description": "opening, open, paid or failed"})
    because = fields.String(
        allow_none=True,
        metadata={
            "description": "it failed: cancelled, declined, expired, reversed, wrong_amount or unknown"
        },
    )
    pay_at = fields.String(allow_none=True, metadata={"description": "while it may be paid"})
    expires_at = fields.String(allow_none=True)
    tracking_code = fields.String(allow_none=True, metadata={"description": "the bank's"})
    paid_at = fields.String(allow_none=True)
    refund = fields.Nested(Refund, allow_none=True)


class Payment(Schema):
    request_id = fields.UUID()
    state = fields.String(
        metadata={
            "description": "none, owed, opening, open, paid, waived, lapsed, refund_asked or refunded"
        }
    )
    text = fields.String()
    amount = fields.Integer(allow_none=True)
    currency = fields.String(allow_none=True)
    until = fields.String(allow_none=True)
    tries = fields.List(fields.Nested(Try), metadata={"description": "oldest first"})


class PaymentAccount(Strict):
    since = fields.Date(required=True, metadata={"description": "the first day, in Tehran"})
    until = fields.Date(
        required=True, metadata={"description": "the last day; a year after the first at most"}
    )
    service_code = fields.String()


class AccountRow(Schema):
    day = fields.String()
    service_code = fields.String()
    paid = fields.Integer(metadata={"description": "payments"})
    paid_amount = fields.Integer()
    refunded = fields.Integer(metadata={"description": "refunds"})
    refunded_amount = fields.Integer()


class Totals(Schema):
    currency = fields.String()
    items = fields.List(fields.Nested(AccountRow))
    paid_amount = fields.Integer()
    refunded_amount = fields.Integer()
