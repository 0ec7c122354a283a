"""Opinions of other authorities, as they come in and go out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.opinions import AskOpinion, GiveOpinion, WithdrawOpinion
from panjareh_requests.domain.opinion import Recommendation
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.life import SAID, WRITTEN
from panjareh_requests.schemas.requests import WhichRequestSchema


class AskOpinionSchema(WhichRequestSchema):
    authority = fields.String(required=True, validate=validate.Length(1, 100))
    question = fields.String(required=True, validate=[WRITTEN, SAID])
    shown_fields = fields.List(
        fields.String(validate=validate.Length(1, 200)),
        load_default=list,
        validate=validate.Length(max=100),
    )
    shown_files = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=50))
    days = fields.Integer(load_default=10, strict=True, validate=validate.Range(1, 60))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> AskOpinion:
        shown = {"fields": data.pop("shown_fields"), "files": data.pop("shown_files")}
        return AskOpinion(**data, **shown)


class WithdrawOpinionSchema(WhichRequestSchema):
    opinion_id = fields.UUID(required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> WithdrawOpinion:
        return WithdrawOpinion(**data)


class WhichOpinionSchema(Strict):
    opinion_id = fields.UUID(required=True)


class GiveOpinionSchema(WhichOpinionSchema):
    recommendation = fields.Enum(Recommendation, by_value=fields.String, required=True)
    text = fields.String(required=True, validate=[WRITTEN, SAID])

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> GiveOpinion:
        return GiveOpinion(**data)


class OpinionSchema(Schema):
    opinion_id = fields.UUID()
    authority = fields.String()
    state = fields.String()
    answer_by = fields.String()


class AnsweredOpinionSchema(Schema):
    """As the officers of the request see it."""

    opinion_id = fields.UUID()
    authority = fields.String()
    authority_name = fields.String(allow_none=True)
    state = fields.String()
    asked_at = Timestamp()
    answer_by = Timestamp()
    question = fields.String(allow_none=True)
    shown_fields = fields.List(fields.String())
    shown_files = fields.List(fields.String())
    recommendation = fields.String(allow_none=True)
    text = fields.String(allow_none=True)
    answered_at = Timestamp(allow_none=True)


class OpinionsOfRequestSchema(Schema):
    items = fields.List(fields.Nested(AnsweredOpinionSchema))


class AskedOfUsSchema(Schema):
    opinion_id = fields.UUID()
    asked_by = fields.String()
    asked_by_name = fields.String(allow_none=True)
    service_code = fields.String()
    service_name = fields.String()
    state = fields.String()
    asked_at = Timestamp()
    answer_by = Timestamp()


class AskedOfUsPageSchema(Schema):
    items = fields.List(fields.Nested(AskedOfUsSchema))
    next = fields.String(allow_none=True)


class ShownFieldSchema(Schema):
    name = fields.String()
    title = fields.String()
    value = fields.Raw(allow_none=True)


class ShownFileSchema(Schema):
    file_id = fields.UUID()
    name = fields.String(allow_none=True)
    type = fields.String(allow_none=True)
    length = fields.Integer()


class AskedOpinionSchema(AskedOfUsSchema):
    """As the officers of the authority that is asked see it: what was chosen for them, and their own answer."""

    question = fields.String(allow_none=True)
    shown = fields.List(fields.Nested(ShownFieldSchema))
    files = fields.List(fields.Nested(ShownFileSchema))
    recommendation = fields.String(allow_none=True)
    text = fields.String(allow_none=True)
    answered_at = Timestamp(allow_none=True)
