"""Shapes of several applicants on one request."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes_requests import Changed
from panjareh_gateway.operations import Strict

_CODE = {"description": "twelve digits, the last a check digit; grouped or in Persian digits, too"}


class Invite(Strict):
    calls_self = fields.String(
        validate=validate.Length(max=100),
        metadata={"description": "how I want to be called towards whom I invite"},
    )


class Invited(Schema):
    request_id = fields.UUID()
    party = fields.String(metadata={"description": "as the service's card calls them"})
    code = fields.String(metadata={"description": "to tell them by voice; it ends any earlier one"})
    expires_at = fields.String()


class Code(Strict):
    code = fields.String(required=True, validate=validate.Length(max=40), metadata=_CODE)


class ShownField(Schema):
    field = fields.String()
    title = fields.String()
    value = fields.Raw(allow_none=True)


class Invitation(Schema):
    service_code = fields.String()
    service_name = fields.String()
    authority = fields.String()
    party = fields.String()
    title = fields.String()
    agrees_to = fields.String(metadata={"description": "what joining means"})
    invited_by = fields.String(
        allow_none=True,
        metadata={"description": "in the words of who invited; nobody checked them"},
    )
    shows = fields.List(fields.Nested(ShownField))
    form = fields.Dict(allow_none=True, metadata={"description": "JSON Schema of what I fill in"})
    asks_about_you = fields.List(fields.String())
    required_loa = fields.Integer()
    expires_at = fields.String()
    join_by = fields.String()


class Join(Code):
    form = fields.Dict(keys=fields.String())
    agreed = fields.Boolean(
        required=True, metadata={"description": "to `agrees_to`; nobody joins without"}
    )


class Joined(Changed):
    party = fields.String()
    receipt = fields.String(metadata={"description": "compact JWS, Ed25519"})


class Decline(Code):
    reason = fields.String(
        validate=validate.Length(max=1000), metadata={"description": "nobody owes one"}
    )


class Declined(Schema):
    declined = fields.Boolean()
