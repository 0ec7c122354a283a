"""A reported step, as it comes in."""

from __future__ import annotations

from marshmallow import fields, validate

from panjareh_requests.schemas.requests import WhichRequestSchema


class ReportStepSchema(WhichRequestSchema):
    step = fields.String(required=True, validate=validate.Length(1, 60))
