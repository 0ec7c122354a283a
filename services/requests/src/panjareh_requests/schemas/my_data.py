"""Everything that is held about a person here, for the person."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_requests.schemas.base import Strict

SECTIONS = ("history", "drafts", "files", "documents", "looks")


class MyDataSchema(Strict):
    section = fields.String(required=True, validate=validate.OneOf(SECTIONS))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 20))
    after = fields.String(load_default=None, allow_none=True)


class MyDataPageSchema(Schema):
    section = fields.String()
    items = fields.List(fields.Dict(keys=fields.String()))
    next = fields.String(allow_none=True)
