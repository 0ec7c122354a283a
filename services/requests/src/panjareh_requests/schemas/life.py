"""Withdrawal, correction, messages, appeal and reopening, as they come in and go out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.commands import (
    AppealRequest,
    CorrectRequest,
    ReopenRequest,
    SendBack,
    WithdrawRequest,
    WriteMessage,
)
from panjareh_requests.domain.values import Ask
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import PageSchema, WhichRequestSchema

LONG, SHORT = validate.Length(max=4000), validate.Length(max=1000)
WRITTEN = validate.Length(1, 4000)
SAID = validate.Regexp(r"(?s)\s*\S", error="Write something.")


class WithdrawRequestSchema(WhichRequestSchema):
    reason = fields.String(load_default="", validate=SHORT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> WithdrawRequest:
        return WithdrawRequest(**data)


class AskSchema(Strict):
    field = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 200))
    text = fields.String(required=True, validate=[validate.Length(1, 1000), SAID])

    @post_load
    def to_ask(self, data: dict[str, Any], **_: Any) -> Ask:
        return Ask(**data)


class SendBackSchema(WhichRequestSchema):
    asks = fields.List(fields.Nested(AskSchema), required=True, validate=validate.Length(1, 20))
    days = fields.Integer(load_default=14, strict=True, validate=validate.Range(3, 90))
    party = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 100))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SendBack:
        return SendBack(**data)


class CorrectRequestSchema(WhichRequestSchema):
    form = fields.Dict(keys=fields.String(), required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> CorrectRequest:
        return CorrectRequest(**data)


class WriteMessageSchema(WhichRequestSchema):
    text = fields.String(required=True, validate=[WRITTEN, SAID])

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> WriteMessage:
        return WriteMessage(**data)


class WrittenMessageSchema(Schema):
    message_id = fields.UUID()
    writer = fields.String()
    text = fields.String()
    written_at = fields.String()


class ListMessagesSchema(PageSchema, WhichRequestSchema):
    pass


class MessageSchema(Schema):
    message_id = fields.UUID()
    writer = fields.String()
    text = fields.String(allow_none=True)
    written_at = Timestamp()


class MessagePageSchema(Schema):
    items = fields.List(fields.Nested(MessageSchema))
    next = fields.String(allow_none=True)


class AppealRequestSchema(WhichRequestSchema):
    grounds = fields.String(required=True, validate=WRITTEN)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> AppealRequest:
        return AppealRequest(**data)


class ReopenRequestSchema(WhichRequestSchema):
    reason = fields.String(required=True, validate=LONG)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ReopenRequest:
        return ReopenRequest(**data)
