"""The shapes of hints, and of what a person wants them to be made of."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes_catalog_services import ServiceRow
from panjareh_gateway.operations import Strict


class ChooseHints(Strict):
    """Off forgets everything else. What is not said is off."""

    on = fields.Boolean(required=True)
    life_events = fields.List(
        fields.String(),
        validate=validate.Length(max=30),
        metadata={"description": "the life events that you are in; codes of /api/v1/life-events"},
    )
    age = fields.Boolean(metadata={"description": "whether your age may be looked at"})
    documents = fields.Boolean(
        metadata={"description": "whether documents issued to you here may be looked at"}
    )


class Choice(Schema):
    on = fields.Boolean()
    life_events = fields.List(fields.String())
    age = fields.Boolean()
    documents = fields.Boolean()


class HintChoice(Schema):
    choice = fields.Nested(
        Choice,
        allow_none=True,
        metadata={"description": "null: never asked, so nothing is looked at"},
    )


class Hint(Schema):
    service = fields.Nested(ServiceRow)
    reasons = fields.List(fields.String(), metadata={"description": "why, in words"})
    until = fields.String(
        allow_none=True, metadata={"format": "date", "description": "when the document ends"}
    )


class Hints(HintChoice):
    items = fields.List(fields.Nested(Hint), metadata={"description": "at most twenty"})
    missing = fields.List(
        fields.String(),
        metadata={"description": "what could not be looked at just now: age, documents"},
    )
