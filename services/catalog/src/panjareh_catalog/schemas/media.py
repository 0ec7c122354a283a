"""Pictures, sounds and films: coming in as base64, going out as what they are."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_catalog.application.media import LARGEST
from panjareh_catalog.schemas.base import Strict
from panjareh_common.schemas import Timestamp

_LONGEST = LARGEST * 4 // 3 + 4


class UploadMediumSchema(Strict):
    content = fields.String(required=True, validate=validate.Length(1, _LONGEST))


class GetMediumSchema(Strict):
    id = fields.String(required=True, validate=validate.Length(max=64))


class MediumSchema(Schema):
    id = fields.String()
    kind = fields.String()
    type = fields.String()
    bytes = fields.Integer()


class MediumRowSchema(MediumSchema):
    uploaded_at = Timestamp()


class MediaPageSchema(Schema):
    items = fields.List(fields.Nested(MediumRowSchema))
    next = fields.String(allow_none=True)


class MediumContentSchema(Schema):
    base64 = fields.String()
    media_type = fields.String()
    etag = fields.String()
    cache = fields.String()
