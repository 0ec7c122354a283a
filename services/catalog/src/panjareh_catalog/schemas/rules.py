"""Rules, checked before they are published and tried by anybody."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_catalog.schemas.base import NO_NUL, Strict
from panjareh_catalog.schemas.publishing import FaultSchema

_MOST_VALUES = 200


class CheckRulesSchema(Strict):
    """`rules` may be of any format; what is wrong with them is the answer, not a refusal."""

    rules = fields.Dict(keys=fields.String(), required=True)


class CheckedRulesSchema(Schema):
    may_be_published = fields.Boolean()
    hash = fields.String(allow_none=True)
    faults = fields.List(fields.Nested(FaultSchema))


class TryRulesSchema(Strict):
    code = fields.String(required=True, validate=[validate.Length(1, 40), NO_NUL])
    values = fields.Dict(
        keys=fields.String(), required=True, validate=validate.Length(max=_MOST_VALUES)
    )


class _TracedConditionSchema(Schema):
    name = fields.String()
    holds = fields.Boolean()
    text = fields.String()


class _TracedRowSchema(Schema):
    id = fields.String()
    outcome = fields.String()
    fits = fields.Boolean()
    conditions = fields.List(fields.Nested(_TracedConditionSchema))


class _DerivedSchema(Schema):
    name = fields.String()
    title = fields.String()
    value = fields.Raw()


class TriedRulesSchema(Schema):
    service_code = fields.String()
    version = fields.Integer()
    rules_version = fields.Integer()
    rules_hash = fields.String()
    outcome = fields.String()
    row = fields.String(allow_none=True)
    reason = fields.String()
    law = fields.String()
    derived = fields.List(fields.Nested(_DerivedSchema))
    rows = fields.List(fields.Nested(_TracedRowSchema))
