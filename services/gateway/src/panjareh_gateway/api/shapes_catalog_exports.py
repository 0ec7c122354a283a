"""Shapes of the catalogue for others' programs."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict


class ListChanges(Strict):
    changed_since = fields.String(
        metadata={
            "format": "date-time",
            "description": "what changed at or after this moment; those of the minute before come again",
        }
    )
    after = fields.String(metadata={"description": "`next` or `resume` of a page before, as it is"})
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 50))


class Satisfaction(Schema):
    """F4. With fewer than five ratings nothing is told of them: `suppressed`."""

    count = fields.Integer(allow_none=True)
    mean = fields.Float(allow_none=True, metadata={"description": "1 to 5"})
    suppressed = fields.Boolean()


class NamedAuthority(Schema):
    code = fields.String()
    name = fields.Dict(metadata={"description": "{fa, en}"})


class CatalogueEntry(Schema):
    """A public service as it stands; of a retired one `card` and `satisfaction` are null."""

    code = fields.String()
    standing = fields.String(validate=validate.OneOf(["published", "suspended", "retired"]))
    changed_at = fields.String()
    version = fields.Integer()
    published_at = fields.String()
    reason = fields.Dict(
        allow_none=True, metadata={"description": "{fa, en}: why it is suspended or retired"}
    )
    suspended_until = fields.String(allow_none=True)
    successor = fields.String(
        allow_none=True, metadata={"description": "the service that takes a retired one's place"}
    )
    authority = fields.Nested(NamedAuthority)
    card = fields.Dict(
        allow_none=True,
        metadata={"description": "the whole identity card in both languages, format 2"},
    )
    satisfaction = fields.Nested(Satisfaction, allow_none=True)


class CatalogueEntries(Schema):
    items = fields.List(fields.Nested(CatalogueEntry))
    next = fields.String(allow_none=True)
    resume = fields.String(
        allow_none=True,
        metadata={"description": "where to read on another time, as `after`; it never runs out"},
    )
