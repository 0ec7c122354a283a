"""The shape of what authorities publish: identity cards and the list of authorities. Strict: a misspelt field is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from panjareh_catalog.domain.values import DecisionMode, Fault
from panjareh_common.refusals import InvalidInput
from panjareh_common.schemas import load

_CODE = validate.Regexp(r"[A-Z]{2,8}-\d{3}\Z", error="A code looks like INET-001.")
_NAME = validate.Regexp(
    r"[a-z][a-z0-9_]*\Z", error="Use small Latin letters, digits and underscores."
)
_AUDIENCES = ("persons", "organisations", "anyone")
_CHANNELS = ("web", "mobile", "counter", "post", "email", "phone")


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class _Whole(fields.Integer):
    """A whole number written as one: neither `true` nor `"3"`."""

    def __init__(self, least: int, most: int | None = None) -> None:
        super().__init__(required=True, strict=True, validate=validate.Range(least, most))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def _no_repeats(values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValidationError(f"Listed twice: {', '.join(twice)}.")


def _words(allowed: validate.Validator, least: int = 0) -> fields.List[str]:
    return fields.List(
        fields.String(validate=allowed),
        required=True,
        validate=[validate.Length(min=least), _no_repeats],
    )


def _text(longest: int = 4000) -> fields.String:
    return fields.String(
        required=True,
        validate=[validate.Length(max=longest), validate.Regexp(r"\s*\S", error="Write the text.")],
    )


class _BilingualSchema(_Strict):
    fa = _text()
    en = _text()


def _bilingual() -> fields.Nested:
    return fields.Nested(_BilingualSchema, required=True)


class _FeeSchema(_Strict):
    amount = _Whole(0)
    currency = fields.String(required=True, validate=validate.OneOf(["IRR"]))


class _StepSchema(_BilingualSchema):
    minutes = _Whole(1)


class _EvidenceSchema(_Strict):
    type = fields.String(required=True, validate=_NAME)
    title = _bilingual()
    purpose = _bilingual()


class _RuleRowSchema(_Strict):
    id = fields.String(required=True, validate=_NAME)
    when = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["granted", "refused"]))
    reason = _bilingual()
    law = fields.Nested(_BilingualSchema)


class _RulesSchema(_Strict):
    version = _Whole(1)
    law = _bilingual()
    rows = fields.List(
        fields.Nested(_RuleRowSchema), required=True, validate=validate.Length(min=1)
    )


class _OutputSchema(_Strict):
    kind = fields.String(required=True, validate=_NAME)
    title = _bilingual()
    valid_days = _Whole(1, 36_500)


class CardSchema(_Strict):
    """The identity card of a public service. Whether its parts fit together is domain/card.py's."""

    code = fields.String(required=True, validate=_CODE)
    authority = fields.String(required=True, validate=_NAME)
    name = _bilingual()
    description = _bilingual()
    life_events = _words(_NAME)
    audience = fields.String(required=True, validate=validate.OneOf(_AUDIENCES))
    required_loa = _Whole(1, 4)
    decision_mode = fields.String(
        required=True, validate=validate.OneOf([str(mode) for mode in DecisionMode])
    )
    time_limit_days = _Whole(1, 3650)
    fee = fields.Nested(_FeeSchema, required=True)
    hours = _bilingual()
    channels = _words(validate.OneOf(_CHANNELS), least=1)
    steps = fields.List(
        fields.Nested(_StepSchema), required=True, validate=validate.Length(min=1, max=50)
    )
    form = fields.Dict(keys=fields.String(), required=True)
    evidence = fields.List(fields.Nested(_EvidenceSchema), required=True)
    rules = fields.Nested(_RulesSchema, allow_none=True)
    output = fields.Nested(_OutputSchema, allow_none=True)
    appeal = _bilingual()
    legal_basis = _bilingual()


class _AuthoritySchema(_Strict):
    code = fields.String(required=True, validate=_NAME)
    name = _bilingual()
    parent = fields.String(load_default=None, allow_none=True, validate=_NAME)


class AuthoritiesSchema(_Strict):
    authorities = fields.List(
        fields.Nested(_AuthoritySchema), required=True, validate=validate.Length(min=1)
    )


def shape_faults(schema: Schema, content: Mapping[str, Any]) -> list[Fault]:
    """Every field that is missing, unknown or of the wrong shape."""
    try:
        load(schema, content)
    except InvalidInput as invalid:
        # marshmallow names the value side of a mapping's item; a pointer does not.
        return [
            Fault(point["pointer"].removesuffix("/value"), point["detail"])
            for point in invalid.errors
        ]
    return []
