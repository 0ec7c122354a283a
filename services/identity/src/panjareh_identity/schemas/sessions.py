"""Where a person is signed in."""

from __future__ import annotations

from marshmallow import Schema, fields

from panjareh_identity.schemas.base import Strict


class DeviceSchema(Schema):
    session_id = fields.UUID()
    current = fields.Boolean()
    browser = fields.String(allow_none=True)
    system = fields.String(allow_none=True)
    channel = fields.String()
    authenticator = fields.Integer()
    signed_in_at = fields.String()
    last_seen_at = fields.String()
    ends_at = fields.String()
    ends_unused_at = fields.String()


class DevicesSchema(Schema):
    items = fields.List(fields.Nested(DeviceSchema))


class WhichSessionSchema(Strict):
    session_id = fields.UUID(required=True)


class EndSessionsSchema(Strict):
    keep_current = fields.Boolean(load_default=False)
