"""The administration: authorities on board, offices, clients of agencies, the record of acts."""

from __future__ import annotations

from typing import Any

from marshmallow import (
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from panjareh_identity.application.clients import RegisterClient
from panjareh_identity.application.offices import ChangeOffice
from panjareh_identity.application.onboarding import AskAuthority
from panjareh_identity.domain.client import AuthMethod, ClientDetails, GrantType, IdTokenAlg
from panjareh_identity.domain.office import REASON_MOST, Role
from panjareh_identity.schemas.base import CODE, TEXT, Strict

_REASON = validate.Length(max=REASON_MOST)
_MANY = validate.Length(max=50)


class NameSchema(Strict):
    fa = fields.String(required=True, validate=validate.Length(1, 200))
    en = fields.String(required=True, validate=validate.Length(1, 200))


class BecauseSchema(Strict):
    because = fields.String(required=True, validate=_REASON)


class PageSchema(Strict):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = fields.String(load_default=None, allow_none=True, validate=TEXT)


class OfAuthoritySchema(PageSchema):
    authority = fields.String(load_default=None, allow_none=True, validate=CODE)


# Authorities


class AskAuthoritySchema(BecauseSchema):
    code = fields.String(required=True, validate=CODE)
    name = fields.Nested(NameSchema, required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> AskAuthority:
        return AskAuthority(**data)


class WhichAuthoritySchema(Strict):
    code = fields.String(required=True, validate=CODE)


class RefuseAuthoritySchema(WhichAuthoritySchema, BecauseSchema):
    pass


class AuthorityStandingSchema(Schema):
    code = fields.String()
    status = fields.String()


class AuthoritySchema(AuthorityStandingSchema):
    name = fields.Dict()
    asked_by = fields.UUID()
    changed_at = fields.String()


class AuthoritiesSchema(Schema):
    items = fields.List(fields.Nested(AuthoritySchema))


# Offices


def _roles() -> fields.List[Any]:
    role = fields.String(validate=validate.OneOf([str(role) for role in Role]))
    return fields.List(role, load_default=list, validate=_MANY)


class ChangeOfficeSchema(BecauseSchema):
    """`person_id` or `national_id`, which may be an id of any kind that people register by."""

    authority = fields.String(load_default=None, allow_none=True, validate=CODE)
    person_id = fields.UUID(load_default=None, allow_none=True)
    national_id = fields.String(load_default=None, allow_none=True, validate=TEXT)
    gives = _roles()
    takes = _roles()

    @validates_schema
    def check_person(self, data: dict[str, Any], **_: Any) -> None:
        if (data["person_id"] is None) == (data["national_id"] is None):
            raise ValidationError(
                "Name the person by one of person_id and national_id.", "person_id"
            )

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ChangeOffice:
        gives, takes = tuple(data.pop("gives")), tuple(data.pop("takes"))
        return ChangeOffice(gives=gives, takes=takes, **data)


class WhichChangeSchema(Strict):
    change_id = fields.UUID(required=True)


class RefuseChangeSchema(WhichChangeSchema, BecauseSchema):
    pass


class OfficeChangeSchema(Schema):
    change_id = fields.UUID()
    officer = fields.UUID()
    authority = fields.String()
    gives = fields.List(fields.String())
    takes = fields.List(fields.String())
    status = fields.String()


class WaitingChangeSchema(OfficeChangeSchema):
    name = fields.String()
    because = fields.String(allow_none=True)
    asked_by = fields.UUID()
    asked_at = fields.String()


class WaitingChangesSchema(Schema):
    items = fields.List(fields.Nested(WaitingChangeSchema))
    next = fields.String(allow_none=True)


class StaffMemberSchema(Schema):
    person_id = fields.UUID()
    name = fields.String()
    authority = fields.String()
    roles = fields.List(fields.String())


class StaffMembersSchema(Schema):
    items = fields.List(fields.Nested(StaffMemberSchema))
    next = fields.String(allow_none=True)


# Clients of agencies


def _texts() -> fields.List[Any]:
    return fields.List(fields.String(validate=TEXT), load_default=list, validate=_MANY)


class RegisterClientSchema(BecauseSchema):
    """Gives the command, and what it came as: a repeat is told from another by that."""

    name = fields.Nested(NameSchema, required=True)
    authority = fields.String(load_default=None, allow_none=True, validate=CODE)
    redirect_uris = _texts()
    post_logout_redirect_uris = _texts()
    scopes = _texts()
    grant_types = fields.List(
        fields.Enum(GrantType, by_value=fields.String),
        required=True,
        validate=validate.Length(1, 3),
    )
    auth_method = fields.Enum(AuthMethod, by_value=fields.String, required=True)
    jwks = fields.Dict(load_default=None, allow_none=True)
    id_token_alg = fields.Enum(IdTokenAlg, by_value=fields.String, load_default=IdTokenAlg.ES256)
    first_party = fields.Boolean(load_default=False)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> tuple[RegisterClient, dict[str, Any]]:
        lists = ("redirect_uris", "post_logout_redirect_uris", "scopes", "grant_types")
        details = data | {name: tuple(data[name]) for name in lists}
        because = details.pop("because")
        return RegisterClient(ClientDetails(**details), because), data


class WhichClientSchema(BecauseSchema):
    client_id = fields.UUID(required=True)


class ClientSecretSchema(Schema):
    client_id = fields.UUID()
    client_secret = fields.String(allow_none=True)


class ClientStandingSchema(Schema):
    client_id = fields.UUID()
    suspended = fields.Boolean()


class ClientSchema(ClientStandingSchema):
    name = fields.Dict()
    authority = fields.String(allow_none=True)
    redirect_uris = fields.List(fields.String())
    scopes = fields.List(fields.String())
    grant_types = fields.List(fields.String())
    auth_method = fields.String()
    first_party = fields.Boolean()


class ClientsSchema(Schema):
    items = fields.List(fields.Nested(ClientSchema))


class ListClientsSchema(Strict):
    authority = fields.String(load_default=None, allow_none=True, validate=CODE)


# The record


class ListActsSchema(OfAuthoritySchema):
    kind = fields.String(load_default=None, allow_none=True, validate=CODE)


class ActSchema(Schema):
    at = fields.String()
    kind = fields.String()
    authority = fields.String(allow_none=True)
    officer = fields.UUID(allow_none=True)
    subject = fields.UUID()
    actor = fields.String()
    actor_role = fields.String()
    channel = fields.String()
    because = fields.String(allow_none=True)
    details = fields.Dict()


class ActsSchema(Schema):
    items = fields.List(fields.Nested(ActSchema))
    next = fields.String(allow_none=True)
