"""Files, as they are told of."""

from __future__ import annotations

from marshmallow import Schema, fields


class FileSchema(Schema):
    file_id = fields.UUID()
    name = fields.String(allow_none=True)
    type = fields.String(allow_none=True)
    bytes = fields.Integer()
    created_at = fields.String()


class FilesSchema(Schema):
    items = fields.List(fields.Nested(FileSchema))
