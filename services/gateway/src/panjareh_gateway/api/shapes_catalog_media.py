"""Shapes of pictures, sounds and films."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict


class UploadMedium(Strict):
    content = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={
            "format": "byte",
            "description": "JPEG, PNG, WebP, MP3, M4A or MP4 of at most 1 MB, in base64. What it says about "
            "places, times and devices is taken out.",
        },
    )


class Medium(Schema):
    id = fields.String(metadata={"description": "SHA-256 of what is shown; seen at /media/{id}"})
    kind = fields.String(validate=validate.OneOf(["image", "audio", "video"]))
    type = fields.String(metadata={"example": "image/jpeg"})
    bytes = fields.Integer()


class MediumRow(Medium):
    uploaded_at = fields.DateTime()


class Media(Schema):
    items = fields.List(fields.Nested(MediumRow))
    next = fields.String(allow_none=True)
