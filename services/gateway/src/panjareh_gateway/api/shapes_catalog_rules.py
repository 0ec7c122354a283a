"""Shapes of rules: checked, tried, and the explanation of a decision."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict


class CheckRules(Strict):
    rules = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={"description": "a rule set, format 2: see docs/reference/rules.md"},
    )


class RuleFault(Schema):
    pointer = fields.String(
        metadata={"description": "JSON Pointer into the rules", "example": "/rows/2/when"}
    )
    detail = fields.String()


class CheckedRules(Schema):
    may_be_published = fields.Boolean()
    hash = fields.String(allow_none=True, metadata={"description": "SHA-256 of the content"})
    faults = fields.List(fields.Nested(RuleFault))


class TryRules(Strict):
    values = fields.Dict(
        required=True,
        keys=fields.String(),
        validate=validate.Length(max=200),
        metadata={
            "description": "values by name: form.<field>, <evidence type>.<fact>, applicant.loa; any may be left out",
            "example": {"income_decile.decile": 2, "applicant.loa": 2},
        },
    )


class TracedCondition(Schema):
    name = fields.String()
    holds = fields.Boolean()
    text = fields.String(metadata={"example": "Income decile: it must be at most 3; it is 2."})


class TracedRow(Schema):
    id = fields.String()
    outcome = fields.String()
    fits = fields.Boolean()
    conditions = fields.List(fields.Nested(TracedCondition))


class Derived(Schema):
    name = fields.String()
    title = fields.String()
    value = fields.Raw()


class TriedRules(Schema):
    service_code = fields.String()
    version = fields.Integer()
    rules_version = fields.Integer()
    rules_hash = fields.String()
    outcome = fields.String(validate=validate.OneOf(["granted", "refused", "officers"]))
    row = fields.String(allow_none=True)
    reason = fields.String()
    law = fields.String()
    derived = fields.List(fields.Nested(Derived))
    rows = fields.List(fields.Nested(TracedRow))


class Explanation(Schema):
    request_id = fields.UUID()
    outcome = fields.String(validate=validate.OneOf(["granted", "refused"]))
    by = fields.String(validate=validate.OneOf(["rules", "officer"]))
    reason = fields.String(allow_none=True)
    law = fields.String(allow_none=True)
    row = fields.String(allow_none=True)
    rules_version = fields.Integer(allow_none=True)
    rules_hash = fields.String(allow_none=True)
    rows = fields.List(fields.Nested(TracedRow))
