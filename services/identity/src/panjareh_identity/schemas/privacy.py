"""Consents, and the privacy statement."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_identity.application.consents import GiveConsent
from panjareh_identity.domain.privacy_statement import Statement
from panjareh_identity.schemas.base import CODE, Strict

# An authority's code, or the id of a client of the provider.
_RECEIVER = validate.Regexp(r"[a-z0-9][a-z0-9_-]{1,49}\Z")
_BY_LANGUAGE: dict[str, Any] = {
    "keys": fields.String(validate=validate.OneOf(["fa", "en"])),
    "values": fields.String(validate=validate.Length(1, 50_000)),
}


class GiveConsentSchema(Strict):
    purpose = fields.String(required=True, validate=CODE)
    data = fields.List(
        fields.String(validate=CODE), required=True, validate=validate.Length(1, 100)
    )
    receiver = fields.String(required=True, validate=_RECEIVER)
    until = Timestamp(required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> GiveConsent:
        return GiveConsent(**data)


class WhichConsentSchema(Strict):
    consent_id = fields.UUID(required=True)


class ConsentSchema(Schema):
    consent_id = fields.UUID()
    purpose = fields.String()
    data = fields.List(fields.String())
    receiver = fields.String()
    status = fields.String()
    given_at = fields.String()
    until = fields.String()
    withdrawn_at = fields.String(allow_none=True)


class ConsentsSchema(Schema):
    items = fields.List(fields.Nested(ConsentSchema))
    next = fields.String(allow_none=True)


class ShowStatementSchema(Strict):
    version = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1))


class StatementSchema(Schema):
    version = fields.Integer()
    current = fields.Integer()
    title = fields.String()
    text = fields.String()
    changes = fields.String()
    published_at = fields.String()


class AcceptStatementSchema(Strict):
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1))


class StatementStateSchema(Schema):
    current = fields.Integer()
    accepted = fields.Integer(allow_none=True)
    accepted_at = fields.String(allow_none=True)
    to_accept = fields.Boolean()


class PublishStatementSchema(Strict):
    """The file that an operator publishes a version from."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    title = fields.Dict(required=True, **_BY_LANGUAGE)
    text = fields.Dict(required=True, **_BY_LANGUAGE)
    changes = fields.Dict(load_default=dict, **_BY_LANGUAGE)

    @post_load
    def to_statement(self, data: dict[str, Any], **_: Any) -> Statement:
        return Statement(**data)
