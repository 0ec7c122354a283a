"""Shapes of the files of a request."""

from __future__ import annotations

from marshmallow import Schema, fields


class RequestFile(Schema):
    file_id = fields.UUID(metadata={"description": "its bytes are at /api/v1/files/{file_id}"})
    name = fields.String(allow_none=True, metadata={"description": "as its sender calls it"})
    type = fields.String(metadata={"description": "as its bytes say", "example": "application/pdf"})
    bytes = fields.Integer()
    created_at = fields.String()


class RequestFiles(Schema):
    items = fields.List(fields.Nested(RequestFile))
