"""The clock of a request, and what has passed its time."""

from __future__ import annotations

from marshmallow import Schema, fields

from panjareh_common.schemas import Timestamp
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import SERVICE_CODE


class WhichServiceSchema(Strict):
    service_code = fields.String(required=True, validate=SERVICE_CODE)


class LateSchema(Schema):
    count = fields.Integer()
    oldest_deadline = Timestamp(allow_none=True)


class TypicalTimesSchema(Schema):
    service_code = fields.String()
    promised_working_days = fields.Integer()
    finished = fields.Integer()
    since = Timestamp(allow_none=True)
    median_hours = fields.Float(allow_none=True)
    nine_in_ten_hours = fields.Float(allow_none=True)
    late = fields.Nested(LateSchema)
    text = fields.String()
    as_of = Timestamp()


class ClockDaySchema(Schema):
    day = fields.Date()
    counted = fields.Boolean()
    number = fields.Integer(allow_none=True)
    why = fields.String()
    text = fields.String()


class EscalationSchema(Schema):
    duty = fields.String()
    at = Timestamp()


class ClockSchema(Schema):
    request_id = fields.UUID()
    state = fields.String()
    begun_at = Timestamp()
    limit_days = fields.Integer()
    counted_days = fields.Integer()
    left_days = fields.Integer()
    deadline = Timestamp(allow_none=True)
    estimated = fields.Boolean()
    passed = fields.Boolean()
    promised_by = Timestamp(allow_none=True)
    text = fields.String()
    days = fields.List(fields.Nested(ClockDaySchema))
    escalations = fields.List(fields.Nested(EscalationSchema))
    as_of = Timestamp()


class PassedRequestSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    authority = fields.String()
    service_code = fields.String()
    status = fields.String()
    officer_id = fields.UUID(allow_none=True)
    waiting_for = fields.List(fields.String())
    submitted_at = Timestamp()
    deadline_at = Timestamp()
    duty = fields.String()


class PassedRequestsSchema(Schema):
    items = fields.List(fields.Nested(PassedRequestSchema))
    next = fields.String(allow_none=True)
