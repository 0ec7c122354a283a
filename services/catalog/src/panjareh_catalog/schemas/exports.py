"""The catalogue for others' programs."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_catalog.schemas.base import NO_NUL, Strict, wanted
from panjareh_catalog.schemas.services import GetServiceSchema
from panjareh_common.schemas import Timestamp

_WINDOW = validate.Length(max=500)


class VocabularySchema(Strict):
    """`window` is the public address, without a slash at its end, from which identifiers begin."""

    window = fields.String(load_default="", validate=[_WINDOW, NO_NUL])


class ExportSchema(VocabularySchema):
    after = wanted(100)


class ExportServiceSchema(GetServiceSchema, VocabularySchema):
    pass


class PartSchema(Schema):
    """One part of a text; `next` where it goes on."""

    text = fields.String()
    next = fields.String(allow_none=True)
    etag = fields.String(allow_none=True)


class ListChangesSchema(Strict):
    changed_since = Timestamp(load_default=None, allow_none=True)
    after = wanted(500)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 50))


class SatisfactionSchema(Schema):
    count = fields.Integer(allow_none=True)
    mean = fields.Float(allow_none=True)
    suppressed = fields.Boolean()


class NamedAuthoritySchema(Schema):
    code = fields.String()
    name = fields.Dict()


class ChangeSchema(Schema):
    code = fields.String()
    standing = fields.String()
    changed_at = Timestamp()
    version = fields.Integer()
    published_at = Timestamp()
    reason = fields.Dict(allow_none=True)
    suspended_until = Timestamp(allow_none=True)
    successor = fields.String(allow_none=True)
    authority = fields.Nested(NamedAuthoritySchema)
    card = fields.Dict(allow_none=True)
    satisfaction = fields.Nested(SatisfactionSchema, allow_none=True)


class ChangesSchema(Schema):
    items = fields.List(fields.Nested(ChangeSchema))
    next = fields.String(allow_none=True)
    resume = fields.String(allow_none=True)
