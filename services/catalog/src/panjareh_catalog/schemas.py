"""What goes in and out of the doors of catalog. Strict coming in: a misspelt field is an error."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from panjareh_catalog.domain.values import DecisionMode
from panjareh_common.schemas import Timestamp

# The one character that a text in PostgreSQL cannot hold.
_NO_NUL = validate.Regexp(r"[^\0]*\Z", error="This holds a character that no text has.")


class Strict(Schema):
    class Meta:
        unknown = RAISE


def _wanted(longest: int) -> fields.String:
    limits = [validate.Length(max=longest), _NO_NUL]
    return fields.String(load_default=None, allow_none=True, validate=limits)


class ListServicesSchema(Strict):
    q = _wanted(200)
    authority = _wanted(100)
    life_event = _wanted(100)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = _wanted(500)


class GetServiceSchema(Strict):
    code = fields.String(required=True, validate=[validate.Length(1, 40), _NO_NUL])


class AuthoritySchema(Schema):
    code = fields.String()
    name = fields.String()


class FeeSchema(Schema):
    amount = fields.Integer()
    currency = fields.String()


class ServiceRowSchema(Schema):
    code = fields.String()
    version = fields.Integer()
    name = fields.String()
    description = fields.String()
    authority = fields.Nested(AuthoritySchema)
    required_loa = fields.Integer()
    decision_mode = fields.String(validate=validate.OneOf([str(mode) for mode in DecisionMode]))
    time_limit_days = fields.Integer()
    fee = fields.Nested(FeeSchema)
    life_events = fields.List(fields.String())
    channels = fields.List(fields.String())


class ServicePageSchema(Schema):
    items = fields.List(fields.Nested(ServiceRowSchema))
    next = fields.String(allow_none=True)


class StepSchema(Schema):
    text = fields.String()
    minutes = fields.Integer()


class EvidenceSchema(Schema):
    type = fields.String()
    title = fields.String()
    purpose = fields.String()


class RuleRowSchema(Schema):
    id = fields.String()
    when = fields.Dict()
    outcome = fields.String()
    reason = fields.String()


class RulesSchema(Schema):
    version = fields.Integer()
    law = fields.String()
    rows = fields.List(fields.Nested(RuleRowSchema))


class OutputSchema(Schema):
    kind = fields.String()
    title = fields.String()
    valid_days = fields.Integer()


class ServiceSchema(ServiceRowSchema):
    audience = fields.String()
    hours = fields.String()
    steps = fields.List(fields.Nested(StepSchema))
    form = fields.Dict()
    evidence = fields.List(fields.Nested(EvidenceSchema))
    rules = fields.Nested(RulesSchema, allow_none=True)
    output = fields.Nested(OutputSchema, allow_none=True)
    appeal = fields.String()
    legal_basis = fields.String()
    published_at = Timestamp()
