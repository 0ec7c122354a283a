"""The person's own account: what it says, its channels, groups, closing, and everything held about them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_common.texts import LANGUAGES
from panjareh_identity.application.lives.ports import ChangeProof
from panjareh_identity.domain.groups import Group
from panjareh_identity.schemas.base import TEXT, Strict

TYPED_CODE = validate.Length(1, 40)


class IdentifierSchema(Schema):
    kind = fields.String(allow_none=True)
    number = fields.String(allow_none=True)
    country = fields.String(allow_none=True)


class GroupSchema(Schema):
    group = fields.String()
    confirmed_by = fields.String(allow_none=True)


class GroupsSchema(Schema):
    groups = fields.List(fields.Nested(GroupSchema))


class AccountSchema(GroupsSchema):
    person_id = fields.UUID()
    identifier = fields.Nested(IdentifierSchema)
    given_name = fields.String(allow_none=True)
    family_name = fields.String(allow_none=True)
    birth_date = fields.String(allow_none=True)
    mobile = fields.String(allow_none=True)
    mobile_confirmed = fields.Boolean()
    email = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    proofing = fields.Integer()
    in_person_needed = fields.Boolean()


class LanguageSchema(Strict):
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))


class EmailSchema(Strict):
    email = fields.String(required=True, validate=TEXT)


class TypedCodeSchema(Strict):
    code = fields.String(required=True, validate=TYPED_CODE)


class MobileSchema(Strict):
    mobile = fields.String(required=True, validate=TEXT)
    proof = fields.Enum(ChangeProof, by_value=fields.String, required=True)


class MobileCodesSchema(TypedCodeSchema):
    old_code = fields.String(load_default=None, allow_none=True, validate=TYPED_CODE)


class SentSchema(Schema):
    sent_to = fields.String()


class DeclareGroupsSchema(Strict):
    groups = fields.List(
        fields.Enum(Group, by_value=fields.String), required=True, validate=validate.Length(max=7)
    )


class ConfirmGroupSchema(Strict):
    group = fields.Enum(Group, by_value=fields.String, required=True)


class AgeSchema(Schema):
    age = fields.Integer(allow_none=True)


class MyDataSchema(Schema):
    person_id = fields.UUID()
    made_at = fields.String()
    sections = fields.Dict(keys=fields.String())
