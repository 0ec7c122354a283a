"""What comes in and goes out where a request is followed live."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_common.schemas import Timestamp
from panjareh_requests.schemas.requests import TimelineStepSchema, WhichRequestSchema


class FollowRequestSchema(WhichRequestSchema):
    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**31 - 1))


class NumberedStepSchema(TimelineStepSchema):
    version = fields.Integer()


class StandingSchema(Schema):
    status = fields.String()
    outcome = fields.String(allow_none=True)
    next = fields.String()
    changed_at = Timestamp()
    promised_by = Timestamp(allow_none=True)


class NewStepsSchema(Schema):
    items = fields.List(fields.Nested(NumberedStepSchema))
    more = fields.Boolean()
    version = fields.Integer()
    standing = fields.Nested(StandingSchema)
