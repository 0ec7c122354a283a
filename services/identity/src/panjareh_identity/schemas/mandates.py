"""Mandates: asked for, answered, limited, withdrawn, decided by officers, and acted under."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_common.schemas import Timestamp
from panjareh_identity.application.mandate_commands import (
    AnswerMandate,
    AskMandate,
    DecideMandate,
    EndMandate,
    LimitMandate,
    WithdrawMandate,
)
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.domain.mandate_values import MandateKind, Side
from panjareh_identity.schemas.base import TEXT, Strict

_REASON = validate.Length(max=1000)
_ANSWERS = ("accepted", "refused")


def _scope(**options: Any) -> Any:
    return fields.List(fields.String(validate=TEXT), validate=validate.Length(1, 100), **options)


class PageSchema(Strict):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = fields.String(load_default=None, allow_none=True, validate=TEXT)

    @post_load
    def to_page(self, data: dict[str, Any], **_: Any) -> Page:
        return Page(**data)


class WhichMandateSchema(Strict):
    mandate_id = fields.UUID(required=True)


class AskMandateSchema(Strict):
    kind = fields.Enum(MandateKind, by_value=fields.String, required=True)
    number = fields.String(required=True, validate=TEXT)
    side = fields.Enum(Side, by_value=fields.String, load_default=Side.REPRESENTATIVE)
    scope = _scope(load_default=("*",))
    until = Timestamp(load_default=None, allow_none=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> AskMandate:
        return AskMandate(**data)


class AnswerMandateSchema(WhichMandateSchema):
    answer = fields.String(required=True, validate=validate.OneOf(_ANSWERS))
    scope = _scope(load_default=None, allow_none=True)
    until = Timestamp(load_default=None, allow_none=True)
    reason = fields.String(load_default="", validate=_REASON)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> AnswerMandate:
        return AnswerMandate(accept=data.pop("answer") == "accepted", **data)


class LimitMandateSchema(WhichMandateSchema):
    scope = _scope(load_default=None, allow_none=True)
    until = Timestamp(load_default=None, allow_none=True)

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if data["scope"] is None and data["until"] is None:
            raise ValidationError("Missing data for required field.", "scope")

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> LimitMandate:
        return LimitMandate(**data)


class WithdrawMandateSchema(WhichMandateSchema):
    reason = fields.String(load_default="", validate=_REASON)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> WithdrawMandate:
        return WithdrawMandate(**data)


class DecideMandateSchema(WhichMandateSchema):
    answer = fields.String(required=True, validate=validate.OneOf(_ANSWERS))
    reason = fields.String(load_default="", validate=_REASON)
    given_name = fields.String(load_default=None, allow_none=True, validate=TEXT)
    family_name = fields.String(load_default=None, allow_none=True, validate=TEXT)
    birth_date = fields.String(load_default=None, allow_none=True, validate=TEXT)
    name = fields.String(load_default=None, allow_none=True, validate=TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> DecideMandate:
        return DecideMandate(accept=data.pop("answer") == "accepted", **data)


class EndMandateSchema(WhichMandateSchema):
    reason = fields.String(required=True, validate=_REASON)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> EndMandate:
        return EndMandate(**data)


class _MandateRowSchema(Schema):
    mandate_id = fields.UUID()
    kind = fields.String()
    status = fields.String()
    accepted_by = fields.String(allow_none=True)
    scope = fields.List(fields.String())
    until = fields.String()
    because = fields.String(allow_none=True)
    asked_at = fields.String()
    changed_at = fields.String()
    representative = fields.String(allow_none=True)


class MandateSchema(_MandateRowSchema):
    role = fields.String()
    represented = fields.String(allow_none=True)
    asked_of = fields.String(allow_none=True)
    because_text = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class MandatesSchema(Schema):
    items = fields.List(fields.Nested(MandateSchema))
    next = fields.String(allow_none=True)


class RepresentativesSchema(MandatesSchema):
    company_id = fields.String()
    name = fields.String()


class WaitingMandateSchema(_MandateRowSchema):
    representative_number = fields.String(allow_none=True)
    number = fields.String(allow_none=True)


class WaitingMandatesSchema(Schema):
    items = fields.List(fields.Nested(WaitingMandateSchema))
    next = fields.String(allow_none=True)


class DecidedMandateSchema(Schema):
    mandate_id = fields.UUID()
    status = fields.String()


class ActingTokenSchema(Schema):
    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()
    loa = fields.Integer()
    mandate_id = fields.UUID()
    represented_id = fields.UUID()
    scope = fields.List(fields.String())
