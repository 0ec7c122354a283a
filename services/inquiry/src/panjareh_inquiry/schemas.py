"""What goes in and out of the doors of the exchange. Strict coming in."""

from __future__ import annotations

from typing import Any

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates,
    validates_schema,
)

from panjareh_common.forms import FormInvalid, FormValidator
from panjareh_inquiry.application.commands import Ask


class Strict(Schema):
    class Meta:
        unknown = RAISE


class AskSchema(Strict):
    inquiry_id = fields.UUID(required=True)
    evidence_type = fields.String(required=True, validate=validate.Length(1, 100))
    authority = fields.String(required=True, validate=validate.Length(1, 100))
    service_code = fields.String(load_default=None, allow_none=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> Ask:
        return Ask(**data)


class AskedSchema(Schema):
    inquiry_id = fields.UUID()
    status = fields.String()


class GetEvidenceSchema(Strict):
    inquiry_id = fields.UUID(required=True)


class EvidenceSchema(Schema):
    inquiry_id = fields.UUID()
    evidence_type = fields.String()
    status = fields.String()
    facts = fields.Dict(allow_none=True)
    reason = fields.Dict(allow_none=True)


class TextsSchema(Strict):
    fa = fields.String(required=True)
    en = fields.String(required=True)


_TYPE_NAME = validate.Regexp(r"[a-z][a-z_]{1,60}\Z")
_WORDS = fields.List(fields.String(validate=validate.Length(1, 200)), load_default=list)


class SynonymsSchema(Strict):
    """What people call an evidence type beside its title, by language."""

    fa = _WORDS
    en = _WORDS


class EvidenceTypeSchema(Strict):
    name = fields.String(required=True, validate=_TYPE_NAME)
    personal = fields.Boolean(required=True)
    required_loa = fields.Integer(required=True, validate=validate.Range(1, 4))
    legal_basis = fields.Nested(TextsSchema, required=True)
    schema = fields.Dict(required=True)
    asked_with = fields.List(fields.String(validate=validate.OneOf(["mobile"])), load_default=list)
    title = fields.Nested(TextsSchema, load_default=None, allow_none=True)
    synonyms = fields.Nested(SynonymsSchema, load_default=lambda: {"fa": [], "en": []})

    @validates("schema")
    def check_schema(self, value: dict[str, Any], **_: Any) -> None:
        try:
            FormValidator(value)
        except FormInvalid as cause:
            raise ValidationError(str(cause)) from cause


class ProviderSchema(Strict):
    """One authority's system in the file that `connect` takes."""

    code = fields.String(required=True, validate=validate.Regexp(r"[a-z][a-z_]{1,60}\Z"))
    name = fields.Nested(TextsSchema, required=True)
    url = fields.String(required=True)
    authority = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(r"[a-z][a-z0-9_]*\Z")
    )
    timeout_seconds = fields.Float(required=True, validate=validate.Range(0.1, 30))
    evidence_types = fields.List(fields.Nested(EvidenceTypeSchema), required=True)


class ProvidersSchema(Strict):
    """The file that `connect` takes. `withdrawn` names evidence types that are not offered any more."""

    providers = fields.List(fields.Nested(ProviderSchema), required=True)
    withdrawn = fields.List(fields.String(validate=_TYPE_NAME), load_default=list)

    @validates_schema
    def check_names(self, data: dict[str, Any], **_: Any) -> None:
        codes = [provider["code"] for provider in data["providers"]]
        names = [o["name"] for provider in data["providers"] for o in provider["evidence_types"]]
        for field, values in (("providers", codes), ("providers", names + data["withdrawn"])):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValidationError(f"Named twice: {', '.join(twice)}.", field)
