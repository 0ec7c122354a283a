"""Several applicants on one request, as they come in and go out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates

from panjareh_common.reference import plain
from panjareh_common.schemas import Timestamp
from panjareh_requests.application.commands_joining import (
    DeclineInvitation,
    InviteParty,
    JoinRequest,
)
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import ChangedSchema, WhichRequestSchema

PARTY = validate.Regexp(r"[a-z][a-z0-9_]{0,39}\Z")
_LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


class _Code(fields.String):
    """Twelve digits as people write them: in groups, in Persian digits."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return plain(str(super()._deserialize(value, *args, **kwargs))).translate(_LATIN)


def _code() -> _Code:
    return _Code(required=True, validate=validate.Length(max=40))


class InvitePartySchema(WhichRequestSchema):
    party = fields.String(required=True, validate=PARTY)
    calls_self = fields.String(load_default="", validate=validate.Length(max=100))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> InviteParty:
        return InviteParty(**data)


class InvitedSchema(Schema):
    request_id = fields.UUID()
    party = fields.String()
    code = fields.String()
    expires_at = fields.String()


class LookAtInvitationSchema(Strict):
    code = _code()


class ShownFieldSchema(Schema):
    field = fields.String()
    title = fields.String()
    value = fields.Raw(allow_none=True)


class InvitationSchema(Schema):
    service_code = fields.String()
    service_name = fields.String()
    authority = fields.String()
    party = fields.String()
    title = fields.String()
    agrees_to = fields.String()
    invited_by = fields.String(allow_none=True)
    shows = fields.List(fields.Nested(ShownFieldSchema))
    form = fields.Dict(allow_none=True)
    asks_about_you = fields.List(fields.String())
    required_loa = fields.Integer()
    expires_at = Timestamp()
    join_by = Timestamp()


class JoinRequestSchema(Strict):
    code = _code()
    form = fields.Dict(keys=fields.String(), load_default=dict)
    agreed = fields.Boolean(required=True)

    @validates("agreed")
    def said_yes(self, value: bool, **_: Any) -> None:
        if value is not True:
            raise ValidationError("Join only if you agree; otherwise decline the invitation.")

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> JoinRequest:
        return JoinRequest(data["code"], data["form"])


class JoinedSchema(ChangedSchema):
    party = fields.String()
    receipt = fields.String()


class DeclineInvitationSchema(Strict):
    code = _code()
    reason = fields.String(load_default="", validate=validate.Length(max=1000))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> DeclineInvitation:
        return DeclineInvitation(**data)


class DeclinedSchema(Schema):
    declined = fields.Boolean()
