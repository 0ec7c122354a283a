"""Publishing: cards and drafts coming in, and versions going out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_catalog.application.drafts import SaveDraft
from panjareh_catalog.application.publishing import Retire, Suspend
from panjareh_catalog.schemas.base import NO_NUL, PageSchema, Strict, bilingual
from panjareh_common.schemas import Timestamp

_MOST_FILES = 500


def _code() -> fields.String:
    return fields.String(required=True, validate=[validate.Length(1, 40), NO_NUL])


def _number() -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(1, 1_000_000))


def _card() -> fields.Dict:
    """Its shape is checked by adapters/card_schema.py, which every door shares."""
    return fields.Dict(keys=fields.String(), required=True)


class PublishServiceSchema(Strict):
    card = _card()


class WhichServiceSchema(Strict):
    code = _code()


class WhichVersionSchema(WhichServiceSchema):
    number = _number()


class SaveDraftSchema(WhichServiceSchema):
    revision = fields.Integer(required=True, validate=validate.Range(min=0))
    card = _card()

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SaveDraft:
        return SaveDraft(**data)


class SuspendServiceSchema(WhichServiceSchema):
    reason = bilingual(2000)
    until = Timestamp(load_default=None, allow_none=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> Suspend:
        return Suspend(**data)


class RetireServiceSchema(WhichServiceSchema):
    reason = bilingual(2000)
    successor = fields.String(
        load_default=None, allow_none=True, validate=[validate.Length(1, 40), NO_NUL]
    )

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> Retire:
        return Retire(**data)


class _FileSchema(Strict):
    name = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[\w.-]{1,100}\.(yaml|yml|csv|json)\Z", error="A file is .yaml, .json or .csv."
        ),
    )
    content = fields.String(required=True)


class ImportServicesSchema(Strict):
    files = fields.List(
        fields.Nested(_FileSchema), required=True, validate=validate.Length(1, _MOST_FILES)
    )
    only_check = fields.Boolean(load_default=False)


class ListVersionsSchema(PageSchema):
    code = _code()


class DiffSchema(WhichServiceSchema):
    """Between two versions; `from` is a word that Python keeps."""

    class Meta(Strict.Meta):
        include = {  # noqa: RUF012  # marshmallow's own way
            "from": fields.Integer(
                required=True, validate=validate.Range(1, 1_000_000), attribute="old"
            ),
            "to": fields.Integer(
                required=True, validate=validate.Range(1, 1_000_000), attribute="new"
            ),
        }


# Going out


class FaultSchema(Schema):
    pointer = fields.String()
    detail = fields.String()


class CheckedSchema(Schema):
    may_be_published = fields.Boolean()
    faults = fields.List(fields.Nested(FaultSchema))


class ServiceStandingSchema(Schema):
    code = fields.String()
    version = fields.Integer(allow_none=True)
    standing = fields.String()
    suspended_until = fields.String(allow_none=True)
    successor = fields.String(allow_none=True)


class PublishedSchema(ServiceStandingSchema):
    is_new = fields.Boolean()


class DraftSavedSchema(Schema):
    code = fields.String()
    number = fields.Integer()
    revision = fields.Integer()
    faults = fields.List(fields.Nested(FaultSchema))


class _ImportedSchema(Schema):
    code = fields.String()
    version = fields.Integer()
    is_new = fields.Boolean()


class ImportedServicesSchema(Schema):
    only_check = fields.Boolean()
    items = fields.List(fields.Nested(_ImportedSchema))


class OwnServiceSchema(Schema):
    code = fields.String(attribute="service_code")
    name = fields.Dict()
    version = fields.Integer(allow_none=True)
    standing = fields.String()
    draft = fields.Integer(allow_none=True)
    revision = fields.Integer(allow_none=True)


class OwnServicesSchema(Schema):
    items = fields.List(fields.Nested(OwnServiceSchema))
    next = fields.String(allow_none=True)


class VersionRowSchema(Schema):
    number = fields.Integer()
    state = fields.String()
    changed_at = Timestamp()
    published_at = Timestamp(allow_none=True)


class VersionsSchema(Schema):
    items = fields.List(fields.Nested(VersionRowSchema))
    next = fields.String(allow_none=True)


class VersionSchema(VersionRowSchema):
    """`card` is as the authority wrote it, in the newest format, in both languages."""

    code = fields.String()
    card = fields.Dict()


class OwnVersionSchema(VersionSchema):
    revision = fields.Integer()


class _ChangeSchema(Schema):
    pointer = fields.String()
    change = fields.String()
    what = fields.String()
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True)
    old = fields.Raw(allow_none=True)
    new = fields.Raw(allow_none=True)


class _SectionSchema(Schema):
    section = fields.String()
    title = fields.String()
    changes = fields.List(fields.Nested(_ChangeSchema))


class VersionsDiffSchema(Schema):
    code = fields.String()
    sections = fields.List(fields.Nested(_SectionSchema))
