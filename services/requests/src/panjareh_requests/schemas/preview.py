"""What would be decided, as it is asked and told."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.previewing import PreviewDecision
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import SERVICE_CODE, TracedRowSchema


class PreviewDecisionSchema(Strict):
    service_code = fields.String(required=True, validate=SERVICE_CODE)
    form = fields.Dict(keys=fields.String(), load_default=dict)
    facts = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 200)),
        load_default=dict,
        validate=validate.Length(max=200),
    )
    use_held = fields.Boolean(load_default=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> PreviewDecision:
        return PreviewDecision(**data)


class NamedSchema(Schema):
    name = fields.String()
    title = fields.String()


class PointSchema(Schema):
    pointer = fields.String()
    detail = fields.String()


class PreviewInputSchema(NamedSchema):
    value = fields.Raw(allow_none=True)
    source = fields.String()
    reference = fields.String(allow_none=True)
    answered_at = Timestamp(allow_none=True)


class PreviewAssuranceSchema(Schema):
    required = fields.Integer()
    held = fields.Integer()


class DecisionPreviewSchema(Schema):
    service_code = fields.String()
    service_version = fields.Integer()
    binding = fields.Boolean()
    result = fields.String()
    text = fields.String()
    note = fields.String()
    reason = fields.String(allow_none=True)
    law = fields.String(allow_none=True)
    row = fields.String(allow_none=True)
    depends_on = fields.List(fields.Nested(NamedSchema))
    missing = fields.List(fields.Nested(PointSchema))
    inputs = fields.List(fields.Nested(PreviewInputSchema))
    rows = fields.List(fields.Nested(TracedRowSchema))
    assurance = fields.Nested(PreviewAssuranceSchema)
