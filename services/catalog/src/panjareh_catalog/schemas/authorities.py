"""Authorities, their connection and the quotas; days that were announced."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_catalog.application.authorities import RecordStep
from panjareh_catalog.application.days import SayDay
from panjareh_catalog.domain.almanac import NATION
from panjareh_catalog.domain.authority import AuthorityKind, Step
from panjareh_catalog.schemas.base import NO_NUL, PageSchema, Strict, bilingual, honest
from panjareh_common.schemas import Timestamp

CODE = validate.Regexp(
    r"[a-z][a-z0-9_]{0,99}\Z", error="Use small Latin letters, digits and underscores."
)
_KINDS = validate.OneOf([str(kind) for kind in AuthorityKind])
_STEPS = validate.OneOf([str(step) for step in Step])


_ADDRESS = re.compile(r"https://[^\s/?#@]+([/?#]\S*)?\Z")


def _web_address(value: str) -> None:
    honest(value)
    if not _ADDRESS.match(value) or not _can_be_read(value):
        raise ValidationError("Write the whole address, beginning with https://.")


def _can_be_read(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:  # https://[::1, a port of 99999
        return False


class ListAuthoritiesSchema(PageSchema):
    parent = fields.String(load_default=None, allow_none=True, validate=CODE)
    kind = fields.String(load_default=None, allow_none=True, validate=_KINDS)


class WhichAuthoritySchema(Strict):
    code = fields.String(required=True, validate=[validate.Length(1, 100), NO_NUL])


class RecordStepSchema(Strict):
    code = fields.String(required=True, validate=CODE)
    step = fields.String(required=True, validate=_STEPS)
    on = fields.Date(required=True)
    window = fields.String(
        load_default=None, allow_none=True, validate=[validate.Length(max=500), _web_address]
    )

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> RecordStep:
        return RecordStep(**(data | {"step": Step(data["step"])}))


class WithdrawStepSchema(Strict):
    code = fields.String(required=True, validate=CODE)
    step = fields.String(required=True, validate=_STEPS)
    because = bilingual(1000)

    @post_load
    def to_arguments(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"step": Step(data["step"])}


class AnnounceDaySchema(Strict):
    """`closed` None withdraws what was announced; `name` may then be left out."""

    day = fields.Date(required=True)
    closed = fields.Boolean(load_default=None, allow_none=True, truthy={True}, falsy={False})
    name = bilingual(200, required=False)

    @validates_schema
    def _named(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("closed") is not None and not data.get("name"):
            raise ValidationError("Say why, in fa and en.", "name")

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SayDay:
        return SayDay(NATION, data["day"], data["closed"], data.get("name") or {})


class HolidaysQuerySchema(Strict):
    year = fields.Integer(required=True, validate=validate.Range(1980, 2076))
    authority = fields.String(load_default=None, allow_none=True, validate=CODE)


class BoardQuerySchema(PageSchema):
    pass


class StepSchema(Schema):
    step = fields.String(validate=_STEPS)
    on = fields.String()
    said_by = fields.String()


class ConnectionSchema(Schema):
    code = fields.String()
    steps = fields.Dict()


class CountSchema(Schema):
    measure = fields.String()
    count = fields.Integer()
    share = fields.Float(allow_none=True)


class StandingSchema(Schema):
    measure = fields.String()
    by = fields.String()
    share = fields.Float()
    standing = fields.String()


class ProgressSchema(Schema):
    services_total = fields.Integer(allow_none=True)
    done = fields.List(fields.Nested(CountSchema))
    quotas = fields.List(fields.Nested(StandingSchema))


class NamedSchema(Schema):
    code = fields.String()
    name = fields.String()


class AuthorityRowSchema(NamedSchema):
    kind = fields.String()
    parent = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    rest_days = fields.List(fields.String())
    sample = fields.Boolean()
    on_board_at = Timestamp(allow_none=True)
    window_url = fields.String(allow_none=True)
    steps = fields.List(fields.Nested(StepSchema))


class AuthoritiesPageSchema(Schema):
    items = fields.List(fields.Nested(AuthorityRowSchema))
    next = fields.String(allow_none=True)


class AuthorityTellingSchema(AuthorityRowSchema):
    above = fields.List(fields.Nested(NamedSchema))
    below = fields.List(fields.Nested(NamedSchema))
    progress = fields.Nested(ProgressSchema)


class QuotaSchema(Schema):
    measure = fields.String()
    share = fields.Float()
    by = fields.String()
    law = fields.String()
    sample = fields.Boolean()


class BoardRowSchema(NamedSchema):
    sample = fields.Boolean()
    steps = fields.List(fields.Nested(StepSchema))
    progress = fields.Nested(ProgressSchema)


class BoardSchema(Schema):
    quotas = fields.List(fields.Nested(QuotaSchema))
    items = fields.List(fields.Nested(BoardRowSchema))
    next = fields.String(allow_none=True)


class DaySaidSchema(Schema):
    scope = fields.String()
    day = fields.String()
    changed = fields.Boolean()


class DaySchema(Schema):
    day = fields.String()
    closed = fields.Boolean()
    name = fields.String()
    estimated = fields.Boolean()
    announced = fields.Boolean()


class HolidaysSchema(Schema):
    items = fields.List(fields.Nested(DaySchema))
