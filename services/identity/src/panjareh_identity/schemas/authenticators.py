"""What a person signs in with, as they look at it and change it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_identity.application.authenticating import ChangePassword
from panjareh_identity.schemas.base import TEXT, Strict
from panjareh_identity.schemas.signing_in import CODE, SmartCardSchema

_LABEL = validate.Length(max=100)


class AuthenticatorSchema(Schema):
    authenticator_id = fields.UUID()
    kind = fields.String()
    label = fields.String()
    added_at = fields.String()


class AuthenticatorsSchema(Schema):
    items = fields.List(fields.Nested(AuthenticatorSchema))
    password_set_at = fields.String(allow_none=True)


class TotpSeedSchema(Schema):
    secret = fields.String()
    uri = fields.String()


class ConfirmTotpSchema(Strict):
    code = fields.String(required=True, validate=CODE)
    label = fields.String(load_default="", validate=_LABEL)


class FinishPasskeySchema(Strict):
    """`passkey` is the browser's PublicKeyCredential as `toJSON()` writes it."""

    passkey = fields.Dict(keys=fields.String(), required=True)
    label = fields.String(load_default="", validate=_LABEL)


class BindSmartCardSchema(Strict):
    smart_card = fields.Nested(SmartCardSchema, required=True)


class AddedSchema(Schema):
    authenticator_id = fields.UUID()


class WhichAuthenticatorSchema(Strict):
    authenticator_id = fields.UUID(required=True)


class ChangePasswordSchema(Strict):
    password = fields.String(required=True, validate=TEXT)
    new_password = fields.String(required=True, validate=TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ChangePassword:
        return ChangePassword(present=data["password"], new=data["new_password"])
