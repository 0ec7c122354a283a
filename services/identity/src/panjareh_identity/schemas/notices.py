"""Short messages about somebody's requests: telling, and what a person chooses to hear."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_identity.application.lives.telling import TellPerson, Told
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.notices import GROUP_OF, OPTIONAL, NoticeGroup
from panjareh_identity.schemas.base import Strict

_REFERENCE = validate.Regexp(r"[0-9]{12}\Z")


class TellPersonSchema(Strict):
    notice_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(sorted(GROUP_OF)))
    reference = fields.String(required=True, validate=_REFERENCE)
    service_code = fields.String(required=True, validate=validate.Length(1, 40))
    by = Timestamp(load_default=None, allow_none=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> TellPerson:
        return TellPerson(**data)


class ToldSchema(Schema):
    told = fields.String(validate=validate.OneOf([str(told) for told in Told]))


class ChooseNoticesSchema(Strict):
    off = fields.List(
        fields.Enum(NoticeGroup, by_value=fields.String, validate=validate.OneOf(sorted(OPTIONAL))),
        required=True,
        validate=validate.Length(max=len(OPTIONAL)),
    )
    channel = fields.Enum(Channel, by_value=fields.String, required=True)


class NoticeGroupSchema(Schema):
    group = fields.String()
    title = fields.String()
    on = fields.Boolean()
    optional = fields.Boolean()


class NoticeChoicesSchema(Schema):
    channel = fields.String(allow_none=True)
    groups = fields.List(fields.Nested(NoticeGroupSchema))
