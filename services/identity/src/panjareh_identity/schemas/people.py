"""Registration and appointment, and what other services ask about a person."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_common.texts import LANGUAGES
from panjareh_identity.application.commands import AppointOfficer, Passport, SignUp
from panjareh_identity.schemas.base import CODE, TEXT, Strict, WhichPersonSchema


class PersonSchema(Strict):
    national_id = fields.String(required=True, validate=TEXT)
    mobile = fields.String(required=True, validate=TEXT)
    password = fields.String(required=True, validate=TEXT)
    given_name = fields.String(required=True, validate=TEXT)
    family_name = fields.String(required=True, validate=TEXT)
    birth_date = fields.String(required=True, validate=TEXT)


class PassportSchema(Strict):
    number = fields.String(required=True, validate=TEXT)
    country = fields.String(required=True, validate=TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> Passport:
        return Passport(**data)


class SignUpSchema(PersonSchema):
    """By exactly one of `national_id`, `foreigner_id` and `passport`."""

    national_id = fields.String(load_default=None, allow_none=True, validate=TEXT)
    foreigner_id = fields.String(load_default=None, allow_none=True, validate=TEXT)
    passport = fields.Nested(PassportSchema, load_default=None, allow_none=True)
    language = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES))
    privacy_statement = fields.Integer(required=True, strict=True, validate=validate.Range(1))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SignUp:
        return SignUp(**data)

    @validates_schema
    def check_identifier(self, data: dict[str, Any], **_: Any) -> None:
        given = [data[kind] for kind in ("national_id", "foreigner_id", "passport")]
        if sum(each is not None for each in given) != 1:
            raise ValidationError(
                "Send one of national_id, foreigner_id and passport.", "national_id"
            )


class SignedUpSchema(Schema):
    """The same whoever has that id."""

    message = fields.String()


class NationalIdSchema(Schema):
    national_id = fields.String()


class WhichSubjectSchema(WhichPersonSchema):
    asked_with = fields.List(fields.String(validate=validate.OneOf(["mobile"])), load_default=list)
    inquiry_id = fields.UUID(load_default=None, allow_none=True)


class SubjectSchema(Schema):
    """One of the ids, and what was asked for besides."""

    national_id = fields.String()
    foreigner_id = fields.String()
    passport = fields.Dict()
    company_id = fields.String()
    mobile = fields.String()


class OfficerSchema(PersonSchema):
    """One line of an officers' list; `role` or `roles`."""

    authority = fields.String(required=True, validate=CODE)
    role = fields.String(validate=CODE)
    roles = fields.List(fields.String(validate=CODE), validate=validate.Length(min=1))

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
