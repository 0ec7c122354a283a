"""Hints, and what a person wants them to be made of."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_catalog.domain.hints import Choice
from panjareh_catalog.schemas.base import NO_NUL, Strict
from panjareh_catalog.schemas.services import ServiceRowSchema

MOST_LIFE_EVENTS = 30


class ChooseHintsSchema(Strict):
    """`on` is said always; the rest is off where nothing is said."""

    on = fields.Boolean(required=True, truthy={True}, falsy={False})
    life_events = fields.List(
        fields.String(validate=[validate.Length(1, 100), NO_NUL]),
        load_default=list,
        validate=validate.Length(max=MOST_LIFE_EVENTS),
    )
    age = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    documents = fields.Boolean(load_default=False, truthy={True}, falsy={False})

    @post_load
    def to_choice(self, data: dict[str, Any], **_: Any) -> Choice:
        # Each once, in an order that says nothing.
        return Choice(**data | {"life_events": tuple(sorted({*data["life_events"]}))})


class ChoiceSchema(Schema):
    on = fields.Boolean()
    life_events = fields.List(fields.String())
    age = fields.Boolean()
    documents = fields.Boolean()


class HintChoiceSchema(Schema):
    choice = fields.Nested(ChoiceSchema, allow_none=True)


class HintSchema(Schema):
    service = fields.Nested(ServiceRowSchema)
    reasons = fields.List(fields.String())
    until = fields.String(allow_none=True)


class HintsSchema(HintChoiceSchema):
    items = fields.List(fields.Nested(HintSchema))
    missing = fields.List(fields.String())
