"""Shapes of publishing: cards and drafts coming in, versions and their differences going out."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict

_FORMAT = {"description": "the identity card, format 2: see docs/how-to/publish-a-service.md"}
_POINTER = {"description": "JSON Pointer into the card", "example": "/steps/0/minutes"}
_NUMBERS = validate.Range(1, 1_000_000)


class InBoth(Strict):
    fa = fields.String(required=True, validate=validate.Length(1, 2000))
    en = fields.String(required=True, validate=validate.Length(1, 2000))


class PublishService(Strict):
    card = fields.Dict(required=True, keys=fields.String(), metadata=_FORMAT)


class SaveDraft(PublishService):
    revision = fields.Integer(
        required=True,
        validate=validate.Range(min=0),
        metadata={"description": "the revision that was changed; 0 where there was no draft"},
    )


class SuspendService(Strict):
    reason = fields.Nested(InBoth, required=True)
    until = fields.String(
        metadata={"format": "date-time", "description": "when it ends by itself; may be left out"}
    )


class RetireService(Strict):
    reason = fields.Nested(InBoth, required=True)
    successor = fields.String(
        validate=validate.Length(1, 40),
        metadata={"description": "the code of the service that takes its place"},
    )


class FileOfCards(Strict):
    name = fields.String(required=True, metadata={"example": "INET-001.yaml"})
    content = fields.String(
        required=True, metadata={"description": "one card in YAML or JSON, or a table (CSV)"}
    )


class ImportServices(Strict):
    files = fields.List(fields.Nested(FileOfCards), required=True, validate=validate.Length(1, 500))
    only_check = fields.Boolean(load_default=False)


class CompareVersions(Strict):
    class Meta(Strict.Meta):
        include = {  # noqa: RUF012  # `from` is a word that Python keeps; marshmallow's own way
            "from": fields.Integer(required=True, validate=_NUMBERS),
            "to": fields.Integer(required=True, validate=_NUMBERS),
        }


class CardFault(Schema):
    pointer = fields.String(metadata=_POINTER)
    detail = fields.String()


class CheckedCard(Schema):
    may_be_published = fields.Boolean()
    faults = fields.List(fields.Nested(CardFault))


class ServiceStanding(Schema):
    code = fields.String()
    version = fields.Integer(allow_none=True, metadata={"description": "the newest published one"})
    standing = fields.String(
        validate=validate.OneOf(["unpublished", "published", "suspended", "retired"])
    )
    suspended_until = fields.String(allow_none=True, metadata={"format": "date-time"})
    successor = fields.String(allow_none=True)


class PublishedService(ServiceStanding):
    is_new = fields.Boolean(
        metadata={"description": "false when the newest version had this content already"}
    )


class SavedDraft(Schema):
    code = fields.String()
    number = fields.Integer(metadata={"description": "of the version that the draft is"})
    revision = fields.Integer()
    faults = fields.List(
        fields.Nested(CardFault),
        metadata={"description": "what stands between the draft and being published"},
    )


class ImportedService(Schema):
    code = fields.String()
    version = fields.Integer()
    is_new = fields.Boolean()


class ImportedServices(Schema):
    only_check = fields.Boolean()
    items = fields.List(fields.Nested(ImportedService))


class OwnService(Schema):
    code = fields.String()
    name = fields.Dict(metadata={"description": "{fa, en}"})
    version = fields.Integer(allow_none=True)
    standing = fields.String()
    draft = fields.Integer(allow_none=True, metadata={"description": "the number of its draft"})
    revision = fields.Integer(allow_none=True)


class OwnServices(Schema):
    items = fields.List(fields.Nested(OwnService))
    next = fields.String(allow_none=True)


class VersionRow(Schema):
    number = fields.Integer()
    state = fields.String(
        validate=validate.OneOf(["draft", "consultation", "published", "superseded", "discarded"])
    )
    changed_at = fields.String(metadata={"format": "date-time"})
    published_at = fields.String(allow_none=True, metadata={"format": "date-time"})


class Versions(Schema):
    items = fields.List(fields.Nested(VersionRow))
    next = fields.String(allow_none=True)


class Version(VersionRow):
    code = fields.String()
    card = fields.Dict(metadata=_FORMAT)


class OwnVersion(Version):
    revision = fields.Integer()


class VersionChange(Schema):
    pointer = fields.String(
        metadata={"description": "into the newer card; of what was removed into the older one"}
    )
    change = fields.String(validate=validate.OneOf(["added", "removed", "changed"]))
    what = fields.String(metadata={"example": "Form › Mobile number › Longest length"})
    before = fields.String(allow_none=True, metadata={"description": "in words"})
    after = fields.String(allow_none=True, metadata={"description": "in words"})
    old = fields.Raw(allow_none=True, metadata={"description": "the value itself"})
    new = fields.Raw(allow_none=True, metadata={"description": "the value itself"})


class VersionSection(Schema):
    section = fields.String()
    title = fields.String()
    changes = fields.List(fields.Nested(VersionChange))


class VersionsDiff(Schema):
    code = fields.String()
    sections = fields.List(fields.Nested(VersionSection))
