"""What goes in and out of the doors of identity. Strict coming in: a misspelt field is an error.

What a text means is read by the use cases, which can say in the reader's language what does not fit.
"""

from __future__ import annotations

from typing import Any

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from panjareh_common.texts import LANGUAGES
from panjareh_identity.application.commands import (
    AppointOfficer,
    SignIn,
    SignUp,
    StepUp,
    StepUpMethod,
)

_TEXT = validate.Length(max=400)  # a bound for what is read at all; the rules are stricter
_CODE = validate.Regexp(r"[a-z][a-z0-9_]{1,49}\Z")


class Strict(Schema):
    class Meta:
        unknown = RAISE


class PersonSchema(Strict):
    national_id = fields.String(required=True, validate=_TEXT)
    mobile = fields.String(required=True, validate=_TEXT)
    password = fields.String(required=True, validate=_TEXT)
    given_name = fields.String(required=True, validate=_TEXT)
    family_name = fields.String(required=True, validate=_TEXT)
    birth_date = fields.String(required=True, validate=_TEXT)


class SignUpSchema(PersonSchema):
    language = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SignUp:
        return SignUp(**data)


class SignedUpSchema(Schema):
    person_id = fields.UUID()


class SignInSchema(Strict):
    national_id = fields.String(required=True, validate=_TEXT)
    password = fields.String(required=True, validate=_TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SignIn:
        return SignIn(**data)


class TokenSchema(Schema):
    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()
    loa = fields.Integer()


class StepUpSchema(Strict):
    method = fields.Enum(StepUpMethod, by_value=fields.String, required=True)
    code = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 40))

    @validates_schema
    def check_code(self, data: dict[str, Any], **_: Any) -> None:
        if data["code"] is not None and data["method"] is not StepUpMethod.ONE_TIME_CODE:
            raise ValidationError("Send a code only with the method one_time_code.", "code")

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> StepUp:
        return StepUp(**data)


class SteppedUpSchema(TokenSchema):
    """Either where a code was sent to, or a new token."""

    sent_to = fields.String()


class NothingSchema(Strict):
    pass


class WhichPersonSchema(Strict):
    person_id = fields.UUID(required=True)


class NationalIdSchema(Schema):
    national_id = fields.String()


class OfficerSchema(PersonSchema):
    """One line of an officers' list; `role` or `roles`."""

    authority = fields.String(required=True, validate=_CODE)
    role = fields.String(validate=_CODE)
    roles = fields.List(fields.String(validate=_CODE), validate=validate.Length(min=1))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> AppointOfficer:
        role, roles = data.pop("role", None), data.pop("roles", [])
        wanted = sorted({*roles, *([role] if role else [])})
        if not wanted:
            raise ValidationError("An officer needs a role.", "roles")
        return AppointOfficer(
            authority=data.pop("authority"), roles=wanted, person=SignUp(**data, language="fa")
        )


class OfficersSchema(Strict):
    officers = fields.List(fields.Nested(OfficerSchema), required=True)
