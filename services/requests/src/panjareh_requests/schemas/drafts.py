"""Drafts, as they are saved and read."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.drafts import CreateDraft, DeleteDraft, SaveDraft
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import SERVICE_CODE


class CreateDraftSchema(Strict):
    service_code = fields.String(required=True, validate=SERVICE_CODE)
    form = fields.Dict(keys=fields.String(), required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> CreateDraft:
        return CreateDraft(**data)


class WhichDraftSchema(Strict):
    draft_id = fields.UUID(required=True)


class ThisDraftSchema(WhichDraftSchema):
    version = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=0))


class SaveDraftSchema(ThisDraftSchema):
    form = fields.Dict(keys=fields.String(), required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SaveDraft:
        return SaveDraft(**data)


class DeleteDraftSchema(ThisDraftSchema):
    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> DeleteDraft:
        return DeleteDraft(**data)


class DeletedDraftSchema(Schema):
    draft_id = fields.UUID()


class PointSchema(Schema):
    pointer = fields.String()
    detail = fields.String()


class SavedDraftSchema(Schema):
    draft_id = fields.UUID()
    service_code = fields.String()
    service_version = fields.Integer()
    version = fields.Integer()
    saved_at = fields.String()
    expires_at = fields.String()
    complete = fields.Boolean()
    faults = fields.List(fields.Nested(PointSchema))
    missing = fields.List(fields.Nested(PointSchema))


class DraftSchema(SavedDraftSchema):
    service_name = fields.String()
    form_changed = fields.Boolean()
    channel = fields.String()
    form = fields.Dict()


class DraftRowSchema(Schema):
    draft_id = fields.UUID()
    service_code = fields.String()
    channel = fields.String()
    version = fields.Integer()
    created_at = Timestamp()
    saved_at = Timestamp()
    expires_at = Timestamp()


class DraftPageSchema(Schema):
    items = fields.List(fields.Nested(DraftRowSchema))
    next = fields.String(allow_none=True)
