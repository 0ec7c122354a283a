"""Payments, as they are asked for and told."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.paying import PayRequest
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import SERVICE_CODE, WhichRequestSchema

MOST_DAYS = 366


class PayRequestSchema(WhichRequestSchema):
    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> PayRequest:
        return PayRequest(**data)


class PayingSchema(Schema):
    payment_id = fields.UUID()
    pay_at = fields.String()
    amount = fields.Integer()
    currency = fields.String()
    until = fields.String()


class RefundSchema(Schema):
    amount = fields.Integer()
    because = fields.String()
    tracking_code = fields.String(allow_none=True)
    refunded_at = Timestamp(allow_none=True)


class AttemptSchema(Schema):
    payment_id = fields.UUID()
    state = fields.String()
    because = fields.String(allow_none=True)
    pay_at = fields.String(allow_none=True)
    expires_at = Timestamp(allow_none=True)
    tracking_code = fields.String(allow_none=True)
    paid_at = Timestamp(allow_none=True)
    refund = fields.Nested(RefundSchema, allow_none=True)


class PaymentSchema(Schema):
    request_id = fields.UUID()
    state = fields.String()
    text = fields.String()
    amount = fields.Integer(allow_none=True)
    currency = fields.String(allow_none=True)
    until = Timestamp(allow_none=True)
    tries = fields.List(fields.Nested(AttemptSchema))


class WhichPaymentSchema(Strict):
    payment_id = fields.UUID(required=True)
    returned = fields.Boolean(load_default=False)


class PaymentStateSchema(Schema):
    state = fields.String()
    because = fields.String(allow_none=True)
    page_url = fields.String(allow_none=True)
    request_id = fields.UUID()


class AccountSchema(Strict):
    """From the first day to the last, in Tehran."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    service_code = fields.String(load_default=None, allow_none=True, validate=SERVICE_CODE)

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        days = (data["until"] - data["since"]).days
        if not 0 <= days < MOST_DAYS:
            raise ValidationError("From the first day to the last, a year at most.", "until")


class AccountPartSchema(AccountSchema):
    after = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class AccountRowSchema(Schema):
    day = fields.String()
    service_code = fields.String()
    paid = fields.Integer()
    paid_amount = fields.Integer()
    refunded = fields.Integer()
    refunded_amount = fields.Integer()


class TotalsSchema(Schema):
    currency = fields.String()
    items = fields.List(fields.Nested(AccountRowSchema))
    paid_amount = fields.Integer()
    refunded_amount = fields.Integer()


class AccountTextSchema(Schema):
    text = fields.String()
    next = fields.String(allow_none=True)
