"""Shapes of signing in and of what a person signs in with, as they are documented."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict

_CHANNEL = validate.OneOf(["sms", "email"])


class FromDevice(Strict):
    known_device = fields.String(
        validate=validate.Length(max=100),
        metadata={
            "description": "what an earlier sign-in on this device gave it to keep: a guesser "
            "elsewhere cannot keep it out"
        },
    )


class SignIn(FromDevice):
    national_id = fields.String(required=True)
    password = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"format": "password"}
    )


class Token(Schema):
    access_token = fields.String()
    token_type = fields.String(metadata={"example": "Bearer"})
    expires_in = fields.Integer(metadata={"description": "seconds"})
    loa = fields.Integer(metadata={"description": "assurance level, 1 to 4"})
    known_device = fields.String(
        metadata={
            "description": "a secret of this device, to be kept and shown at the next sign-in"
        }
    )


class SignedIn(Token):
    ticket = fields.String(
        metadata={"description": "for the second half, which a password under 15 characters needs"}
    )
    methods = fields.List(fields.String(), metadata={"example": ["totp", "one_time_code"]})
    sent_to = fields.String(metadata={"description": "the masked address that a code was sent to"})


class FinishSignIn(FromDevice):
    ticket = fields.String(required=True)
    method = fields.String(required=True, validate=validate.OneOf(["one_time_code", "totp"]))
    code = fields.String(
        validate=validate.Length(max=40),
        metadata={"description": "without it a new one-time code is sent"},
    )
    channel = fields.String(validate=_CHANNEL)


class Passkey(Schema):
    passkey = fields.Dict(
        metadata={"description": "options for navigator.credentials, as their JSON form (WebAuthn)"}
    )


class Challenge(Schema):
    challenge = fields.String(metadata={"description": "what the card has to sign, in base64url"})


class SmartCard(Strict):
    challenge = fields.String(required=True)
    certificate = fields.String(required=True, metadata={"description": "in PEM"})
    signature = fields.String(
        required=True,
        metadata={
            "description": "over `panjareh sign-in`, a zero byte and the challenge; RSA PKCS #1 "
            "v1.5 or ECDSA, with SHA-256; in base64url"
        },
    )


class WithPasskey(FromDevice):
    passkey = fields.Dict(
        required=True, metadata={"description": "the browser's PublicKeyCredential as toJSON()"}
    )


class WithSmartCard(FromDevice):
    smart_card = fields.Nested(SmartCard, required=True)


class AskUnlockCode(Strict):
    national_id = fields.String(required=True)


class UseUnlockCode(AskUnlockCode):
    unlock_code = fields.String(required=True, validate=validate.Length(1, 40))


class KnownDevice(Schema):
    known_device = fields.String()


class StepUp(Strict):
    method = fields.String(
        required=True,
        validate=validate.OneOf(
            ["one_time_code", "totp", "passkey", "smart_card", "civil_registry"]
        ),
    )
    code = fields.String(
        validate=validate.Length(max=20),
        metadata={
            "description": "the code that was sent, or of the app; without it a new one-time code is sent"
        },
    )
    channel = fields.String(
        validate=_CHANNEL,
        metadata={"description": "the way a one-time code is sent; sms if missing"},
    )
    passkey = fields.Dict(metadata={"description": "with the method passkey"})
    smart_card = fields.Nested(SmartCard, metadata={"description": "with the method smart_card"})


class SteppedUp(Token):
    sent_to = fields.String(metadata={"description": "the masked address, when a code was sent"})


class Authenticator(Schema):
    authenticator_id = fields.UUID()
    kind = fields.String(metadata={"example": "passkey"})
    label = fields.String()
    added_at = fields.String(metadata={"format": "date-time"})


class Authenticators(Schema):
    items = fields.List(fields.Nested(Authenticator))
    password_set_at = fields.String(allow_none=True, metadata={"format": "date-time"})


class TotpSeed(Schema):
    secret = fields.String(metadata={"description": "shown once; base32"})
    uri = fields.String(metadata={"description": "the same for a QR code: otpauth://totp/…"})


class ConfirmTotp(Strict):
    code = fields.String(required=True, validate=validate.Length(1, 40))
    label = fields.String(validate=validate.Length(max=100))


class AddPasskey(Strict):
    passkey = fields.Dict(
        required=True, metadata={"description": "the browser's PublicKeyCredential as toJSON()"}
    )
    label = fields.String(validate=validate.Length(max=100))


class BindSmartCard(Strict):
    smart_card = fields.Nested(SmartCard, required=True)


class Added(Schema):
    authenticator_id = fields.UUID()


class ChangePassword(Strict):
    password = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"format": "password"}
    )
    new_password = fields.String(
        required=True, validate=validate.Length(8, 200), metadata={"format": "password"}
    )
