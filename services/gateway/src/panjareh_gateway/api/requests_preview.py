"""What would be decided about me, before I ask (R5)."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes_catalog_rules import TracedRow
from panjareh_gateway.operations import Operation, Strict


class PreviewDecision(Strict):
    form = fields.Dict(keys=fields.String(), metadata={"description": "as far as it is filled in"})
    facts = fields.Dict(
        keys=fields.String(),
        validate=validate.Length(max=200),
        metadata={
            "description": "answers of authorities as you expect them, by <evidence type>.<fact>",
            "example": {"income_decile.decile": 2},
        },
    )
    use_held = fields.Boolean(
        metadata={
            "description": "with what authorities answered in your own requests in the last 30 days; true unless said"
        }
    )


class Predicted(Schema):
    name = fields.String()
    title = fields.String()


class Point(Schema):
    pointer = fields.String()
    detail = fields.String()


class PreviewInput(Predicted):
    value = fields.Raw(allow_none=True)
    source = fields.String(validate=validate.OneOf(["form", "you", "earlier_request", "platform"]))
    reference = fields.String(allow_none=True, metadata={"description": "of the earlier request"})
    answered_at = fields.String(allow_none=True)


class PreviewAssurance(Schema):
    required = fields.Integer()
    held = fields.Integer(
        metadata={"description": "less than is required: it is raised before you ask"}
    )


class DecisionPreview(Schema):
    service_code = fields.String()
    service_version = fields.Integer()
    binding = fields.Boolean(metadata={"description": "never"})
    result = fields.String(validate=validate.OneOf(["granted", "refused", "officers", "depends"]))
    text = fields.String()
    note = fields.String()
    reason = fields.String(allow_none=True)
    law = fields.String(allow_none=True)
    row = fields.String(allow_none=True)
    depends_on = fields.List(fields.Nested(Predicted))
    missing = fields.List(fields.Nested(Point), metadata={"description": "of the form"})
    inputs = fields.List(fields.Nested(PreviewInput))
    rows = fields.List(fields.Nested(TracedRow))
    assurance = fields.Nested(PreviewAssurance)


PREVIEW = (
    Operation(
        "POST",
        "/api/v1/services/{service_code}/decision-preview",
        "requests",
        "preview_decision",
        "What would be decided about me, and why; nothing is stored, and nobody is bound",
        "requests",
        gives=DecisionPreview,
        body=PreviewDecision,
    ),
)
