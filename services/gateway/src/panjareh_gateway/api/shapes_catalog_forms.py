"""The shapes of form checks and of the once-only rule, as they are documented."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import Page, ProblemPoint
from panjareh_gateway.operations import Strict


class CheckForm(Strict):
    form = fields.Dict(required=True, keys=fields.String())


class FileWanted(Schema):
    """A file that the form names: it must be one of these types, and no larger."""

    pointer = fields.String()
    types = fields.List(fields.String())
    max_bytes = fields.Integer()


class FormChecked(Schema):
    """Nothing was stored. `errors` are all that does not fit, in the order of their pointers."""

    service_code = fields.String()
    version = fields.Integer(metadata={"description": "of the form that is in force now"})
    fits = fields.Boolean()
    errors = fields.List(fields.Nested(ProblemPoint))
    files = fields.List(fields.Nested(FileWanted))


class ListOverrides(Page):
    authority = fields.String(validate=validate.Length(max=100))


class OverridingAuthority(Schema):
    code = fields.String()
    name = fields.String()


class Override(Schema):
    """A field that asks people for what the exchange offers, and the law on which it does."""

    service_code = fields.String()
    service_name = fields.String()
    version = fields.Integer()
    authority = fields.Nested(OverridingAuthority)
    pointer = fields.String(metadata={"description": "RFC 6901 pointer into the identity card"})
    title = fields.String(allow_none=True)
    evidence = fields.String(
        allow_none=True,
        metadata={
            "description": "evidence type, or `type.fact`; null where nothing like it is offered"
        },
    )
    law = fields.String()
    reason = fields.String()
    since = fields.String()


class OverrideCount(OverridingAuthority):
    overrides = fields.Integer()


class Overrides(Schema):
    items = fields.List(fields.Nested(Override))
    next = fields.String(allow_none=True)
    authorities = fields.List(
        fields.Nested(OverrideCount),
        metadata={"description": "how many each authority has, of all"},
    )


class Conflict(Schema):
    """A field of a published service that asks for what the exchange offers, on no legal ground."""

    service_code = fields.String()
    service_name = fields.String()
    version = fields.Integer()
    authority = fields.String()
    pointer = fields.String(metadata={"description": "RFC 6901 pointer into the identity card"})
    title = fields.String(allow_none=True)
    evidence = fields.String(metadata={"description": "evidence type, or `type.fact`"})
    evidence_title = fields.String()
    offered_by = fields.String()


class Conflicts(Schema):
    items = fields.List(fields.Nested(Conflict))
    next = fields.String(
        allow_none=True,
        metadata={"description": "a page may be short, or empty, and have a next one"},
    )
