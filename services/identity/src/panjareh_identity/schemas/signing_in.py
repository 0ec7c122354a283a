"""Signing in, raising assurance, and the tokens that come of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_identity.application.authenticator_ports import SmartCardProof
from panjareh_identity.application.commands import FinishSignIn, SignIn, StepUp, StepUpMethod
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.schemas.base import TEXT, Strict

CODE = validate.Length(1, 40)
TICKET = validate.Length(1, 1000)
SECOND_FACTORS = (StepUpMethod.TOTP, StepUpMethod.ONE_TIME_CODE)


class FromDevice(Strict):
    """`known_device` is what an earlier sign-in on the device gave it to keep."""

    known_device = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(max=100)
    )


class SignInSchema(FromDevice):
    national_id = fields.String(required=True, validate=TEXT)
    password = fields.String(required=True, validate=TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> tuple[SignIn, str | None]:
        known_device = data.pop("known_device")
        return SignIn(**data), known_device


class FinishSignInSchema(FromDevice):
    ticket = fields.String(required=True, validate=TICKET)
    method = fields.Enum(StepUpMethod, by_value=fields.String, required=True)
    code = fields.String(load_default=None, allow_none=True, validate=CODE)
    channel = fields.Enum(Channel, by_value=fields.String, load_default=Channel.SMS)

    @validates_schema
    def check_method(self, data: dict[str, Any], **_: Any) -> None:
        if data["method"] not in SECOND_FACTORS:
            raise ValidationError("Not a code that is typed.", "method")
        if data["method"] is StepUpMethod.TOTP and data["code"] is None:
            raise ValidationError("Missing data for required field.", "code")

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> tuple[FinishSignIn, str | None]:
        known_device = data.pop("known_device")
        return FinishSignIn(**data), known_device


class TokenSchema(Schema):
    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()
    loa = fields.Integer()
    known_device = fields.String()


class SignedInSchema(TokenSchema):
    """Either a token, or a ticket for the second half, with where a code was sent to."""

    ticket = fields.String()
    methods = fields.List(fields.String())
    sent_to = fields.String()


class SmartCardSchema(Strict):
    """What a smart card has signed; base64url without padding, the certificate in PEM."""

    challenge = fields.String(required=True, validate=validate.Length(1, 100))
    certificate = fields.String(required=True, validate=validate.Length(1, 10_000))
    signature = fields.String(required=True, validate=validate.Length(1, 2_000))

    @post_load
    def to_proof(self, data: dict[str, Any], **_: Any) -> SmartCardProof:
        return SmartCardProof(**data)


class PasskeySignInSchema(FromDevice):
    """`passkey` is the browser's PublicKeyCredential as `toJSON()` writes it."""

    passkey = fields.Dict(keys=fields.String(), required=True)


class SmartCardSignInSchema(FromDevice):
    smart_card = fields.Nested(SmartCardSchema, required=True)


class PasskeyOptionsSchema(Schema):
    passkey = fields.Dict()


class SmartCardChallengeSchema(Schema):
    challenge = fields.String()


class AskUnlockCodeSchema(Strict):
    national_id = fields.String(required=True, validate=TEXT)


class UseUnlockCodeSchema(AskUnlockCodeSchema):
    unlock_code = fields.String(required=True, validate=CODE)


class KnownDeviceSchema(Schema):
    known_device = fields.String()


class StepUpSchema(Strict):
    method = fields.Enum(StepUpMethod, by_value=fields.String, required=True)
    code = fields.String(load_default=None, allow_none=True, validate=CODE)
    channel = fields.Enum(Channel, by_value=fields.String, load_default=Channel.SMS)
    passkey = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)
    smart_card = fields.Nested(SmartCardSchema, load_default=None, allow_none=True)

    @validates_schema
    def check_proof(self, data: dict[str, Any], **_: Any) -> None:
        """Each method comes with its own proof and no other; a one-time code may come later."""
        method = data["method"]
        proof = {
            StepUpMethod.ONE_TIME_CODE: "code",
            StepUpMethod.TOTP: "code",
            StepUpMethod.PASSKEY: "passkey",
            StepUpMethod.SMART_CARD: "smart_card",
        }.get(method)
        for name in ("code", "passkey", "smart_card"):
            if data[name] is not None and name != proof:
                raise ValidationError("This does not belong to this method.", name)
        if proof and data[proof] is None and method is not StepUpMethod.ONE_TIME_CODE:
            raise ValidationError("Missing data for required field.", proof)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> StepUp:
        return StepUp(**data)


class SteppedUpSchema(TokenSchema):
    """Either where a code was sent to, or a new token."""

    sent_to = fields.String()
