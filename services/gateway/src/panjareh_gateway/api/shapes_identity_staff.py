"""Shapes of the administration, as they are documented. The service checks again what it is asked."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict

_CODE = validate.Regexp(r"[a-z][a-z0-9_]{1,49}\Z")
_ROLES = ["officer", "supervisor", "head", "publisher", "auditor", "administrator", "ombudsman"]
_MINE = {"description": "the authority's code; without it, my own"}


class NameInBoth(Strict):
    fa = fields.String(required=True, validate=validate.Length(1, 200))
    en = fields.String(required=True, validate=validate.Length(1, 200))


class Because(Strict):
    because = fields.String(
        required=True,
        validate=validate.Length(max=1000),
        metadata={"description": "why, in at least ten letters; kept with what is done"},
    )


class OfAuthority(Strict):
    authority = fields.String(validate=_CODE, metadata=_MINE)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = fields.String(metadata={"description": "`next` of the page before, as it is"})


class AskAuthority(Because):
    code = fields.String(required=True, validate=_CODE, metadata={"example": "welfare"})
    name = fields.Nested(NameInBoth, required=True)


class AuthorityStanding(Schema):
    code = fields.String()
    status = fields.String(metadata={"description": "asked, confirmed or refused"})


class AuthorityOnBoard(AuthorityStanding):
    name = fields.Dict()
    asked_by = fields.UUID()
    changed_at = fields.String(metadata={"format": "date-time"})


class AuthoritiesOnBoard(Schema):
    items = fields.List(fields.Nested(AuthorityOnBoard))


def _roles(description: str) -> fields.List[Any]:
    role = fields.String(validate=validate.OneOf(_ROLES))
    return fields.List(role, load_default=list, metadata={"description": description})


class ChangeOffice(Because):
    authority = fields.String(validate=_CODE, metadata=_MINE)
    person_id = fields.UUID(metadata={"description": "this or national_id"})
    national_id = fields.String(metadata={"description": "of any kind that people register by"})
    gives = _roles("roles to give; another person has to confirm it")
    takes = _roles("roles to take; at once, but for administrators and auditors")


class OfficeChange(Schema):
    change_id = fields.UUID()
    officer = fields.UUID()
    authority = fields.String()
    gives = fields.List(fields.String())
    takes = fields.List(fields.String())
    status = fields.String(metadata={"description": "asked, done or refused"})


class WaitingChange(OfficeChange):
    name = fields.String()
    because = fields.String(allow_none=True)
    asked_by = fields.UUID()
    asked_at = fields.String(metadata={"format": "date-time"})


class WaitingChanges(Schema):
    items = fields.List(fields.Nested(WaitingChange))
    next = fields.String(allow_none=True)


class StaffMember(Schema):
    person_id = fields.UUID()
    name = fields.String()
    authority = fields.String()
    roles = fields.List(fields.String())


class StaffMembers(Schema):
    items = fields.List(fields.Nested(StaffMember))
    next = fields.String(allow_none=True)


def _texts() -> fields.List[Any]:
    return fields.List(fields.String(validate=validate.Length(max=400)), load_default=list)


class RegisterClient(Because):
    """A window of an authority, or a system of it that asks with credentials of its own."""

    name = fields.Nested(NameInBoth, required=True)
    authority = fields.String(validate=_CODE, metadata=_MINE)
    redirect_uris = _texts()
    post_logout_redirect_uris = _texts()
    scopes = _texts()
    grant_types = fields.List(
        fields.String(
            validate=validate.OneOf(["authorization_code", "refresh_token", "client_credentials"])
        ),
        required=True,
        validate=validate.Length(1, 3),
    )
    auth_method = fields.String(
        required=True,
        validate=validate.OneOf(["private_key_jwt", "client_secret_basic", "client_secret_post"]),
    )
    jwks = fields.Dict(metadata={"description": "public keys, for private_key_jwt"})
    id_token_alg = fields.String(
        load_default="ES256", validate=validate.OneOf(["ES256", "Ed25519"])
    )
    first_party = fields.Boolean(
        load_default=False, metadata={"description": "asks nobody for consent; platform staff only"}
    )


class ClientSecret(Schema):
    client_id = fields.UUID()
    client_secret = fields.String(
        allow_none=True, metadata={"description": "told this once; none for private_key_jwt"}
    )


class ClientStanding(Schema):
    client_id = fields.UUID()
    suspended = fields.Boolean()


class Client(ClientStanding):
    name = fields.Dict()
    authority = fields.String(allow_none=True)
    redirect_uris = fields.List(fields.String())
    scopes = fields.List(fields.String())
    grant_types = fields.List(fields.String())
    auth_method = fields.String()
    first_party = fields.Boolean()


class Clients(Schema):
    items = fields.List(fields.Nested(Client))


class ListClients(Strict):
    authority = fields.String(validate=_CODE, metadata=_MINE)


class ListActs(OfAuthority):
    kind = fields.String(metadata={"example": "roles_confirmed"})


class Act(Schema):
    at = fields.String(metadata={"format": "date-time"})
    kind = fields.String()
    authority = fields.String(allow_none=True)
    officer = fields.UUID(allow_none=True, metadata={"description": "the person it is about"})
    subject = fields.UUID(metadata={"description": "what it is part of: a change, a client …"})
    actor = fields.String(metadata={"description": "who did it"})
    actor_role = fields.String()
    channel = fields.String()
    because = fields.String(allow_none=True)
    details = fields.Dict()


class Acts(Schema):
    items = fields.List(fields.Nested(Act))
    next = fields.String(allow_none=True)
