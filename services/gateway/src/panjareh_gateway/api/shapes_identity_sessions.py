"""Shapes of where a person is signed in, as they are documented."""

from __future__ import annotations

from marshmallow import Schema, fields

from panjareh_gateway.operations import Strict


class Device(Schema):
    session_id = fields.UUID()
    current = fields.Boolean(metadata={"description": "the session that asks"})
    browser = fields.String(allow_none=True, metadata={"example": "Firefox"})
    system = fields.String(allow_none=True, metadata={"example": "Android"})
    channel = fields.String()
    authenticator = fields.Integer(
        metadata={
            "description": "how the person signed in: 1 password, 2 with a code, 3 passkey, 4 card"
        }
    )
    signed_in_at = fields.String(metadata={"format": "date-time"})
    last_seen_at = fields.String(metadata={"format": "date-time"})
    ends_at = fields.String(metadata={"format": "date-time"})
    ends_unused_at = fields.String(
        metadata={"format": "date-time", "description": "when it ends if nobody uses it"}
    )


class Devices(Schema):
    items = fields.List(fields.Nested(Device))


class EndSessions(Strict):
    keep_current = fields.Boolean(
        load_default=False, metadata={"description": "sign out every device but this one"}
    )
