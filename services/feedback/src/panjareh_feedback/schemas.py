"""What goes in and out of the doors of feedback. Strict coming in: a misspelt field is an error."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, post_load, validate

from panjareh_feedback.application.commands import GiveFeedback
from panjareh_feedback.domain.values import LEAST, LONGEST_TEXT, MOST

SERVICE_CODE = validate.Regexp(r"[A-Z]{2,8}-\d{3}\Z")


class Strict(Schema):
    class Meta:
        unknown = RAISE


class GiveFeedbackSchema(Strict):
    service_code = fields.String(required=True, validate=SERVICE_CODE)
    request_id = fields.UUID(required=True)
    rating = fields.Integer(required=True, strict=True, validate=validate.Range(LEAST, MOST))
    text = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_TEXT)
    )

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> GiveFeedback:
        return GiveFeedback(**data | {"text": data["text"] or ""})


class GivenSchema(Schema):
    service_code = fields.String()
    request_id = fields.UUID()
    rating = fields.Integer()


class GetFeedbackSchema(Strict):
    service_code = fields.String(required=True, validate=SERVICE_CODE)


class SummarySchema(Schema):
    service_code = fields.String()
    count = fields.Integer(allow_none=True)
    mean = fields.Float(allow_none=True)
    distribution = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)
    suppressed = fields.Boolean()
