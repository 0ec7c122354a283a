"""The once-only rule, as it is kept and as it is overridden."""

from __future__ import annotations

from marshmallow import Schema, fields

from panjareh_catalog.schemas.base import NO_NUL, PageSchema, Strict, wanted
from panjareh_common.schemas import Timestamp


class ListOverridesSchema(PageSchema):
    authority = wanted(100)


class ListConflictsSchema(PageSchema):
    pass


class _AuthoritySchema(Schema):
    code = fields.String()
    name = fields.String()


class OverrideSchema(Schema):
    """A field that asks people for what the exchange offers, and the law on which it does."""

    service_code = fields.String()
    service_name = fields.String()
    version = fields.Integer()
    authority = fields.Nested(_AuthoritySchema)
    pointer = fields.String()
    title = fields.String(allow_none=True)
    evidence = fields.String(allow_none=True)
    law = fields.String()
    reason = fields.String()
    since = Timestamp()


class _CountSchema(_AuthoritySchema):
    overrides = fields.Integer()


class OverridesSchema(Schema):
    items = fields.List(fields.Nested(OverrideSchema))
    next = fields.String(allow_none=True)
    authorities = fields.List(fields.Nested(_CountSchema))


class ConflictSchema(Schema):
    service_code = fields.String()
    service_name = fields.String()
    version = fields.Integer()
    authority = fields.String()
    pointer = fields.String()
    title = fields.String(allow_none=True)
    evidence = fields.String()
    evidence_title = fields.String()
    offered_by = fields.String()


class ConflictsSchema(Schema):
    items = fields.List(fields.Nested(ConflictSchema))
    next = fields.String(allow_none=True)


class GetFormSchema(Strict):
    code = fields.String(required=True, validate=NO_NUL)


class FormSchema(Schema):
    """The form of a service as it is in force, for whoever checks what a person has filled in."""

    code = fields.String()
    version = fields.Integer()
    form = fields.Dict()
