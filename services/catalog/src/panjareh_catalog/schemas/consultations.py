"""Drafts before people, and what they think of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from panjareh_catalog.application.consultations import OpenConsultation, UseOpinions
from panjareh_catalog.domain.consultation import UNDECIDED, Outcome
from panjareh_catalog.domain.opinion import LONGEST_TEXT, Said
from panjareh_catalog.schemas.base import NO_NUL, PageSchema, Strict, bilingual, honest, wanted
from panjareh_common.schemas import Timestamp

_CODE = [validate.Length(1, 40), NO_NUL]
_TEXT: list[Callable[[str], Any]] = [validate.Length(max=LONGEST_TEXT), honest]
_OUTCOMES = [str(outcome) for outcome in Outcome]
MOST_QUESTIONS, MOST_AT_ONCE = 20, 100


class WhichConsultationSchema(Strict):
    consultation_id = fields.UUID(required=True)


# For everyone


class ListConsultationsSchema(PageSchema):
    standing = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(["open", "ended", "closed"]),
    )
    service = wanted(40)
    authority = wanted(100)


class NamedSchema(Schema):
    code = fields.String()
    name = fields.String()


class ConsultationRowSchema(Schema):
    consultation_id = fields.UUID()
    service = fields.Nested(NamedSchema)
    authority = fields.Nested(NamedSchema)
    number = fields.Integer()
    about = fields.String()
    standing = fields.String()
    opened_at = Timestamp()
    until = Timestamp()
    required_loa = fields.Integer()
    closed_at = Timestamp(allow_none=True)
    ending = fields.String(allow_none=True)
    published_number = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)


class ConsultationPageSchema(Schema):
    items = fields.List(fields.Nested(ConsultationRowSchema))
    next = fields.String(allow_none=True)


class QuestionSchema(Schema):
    question = fields.Integer()
    text = fields.String()


class CountsSchema(Schema):
    given = fields.Integer()
    applied = fields.Integer()
    partly = fields.Integer()
    refused = fields.Integer()
    undecided = fields.Integer()


class ConsultationSchema(ConsultationRowSchema):
    questions = fields.List(fields.Nested(QuestionSchema))
    card = fields.Dict(allow_none=True)
    opinions = fields.Nested(CountsSchema)


class ListOpinionsSchema(PageSchema):
    consultation_id = fields.UUID(required=True)
    outcome = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([*_OUTCOMES, UNDECIDED])
    )


class OutcomeSchema(Schema):
    outcome = fields.String(allow_none=True)
    pointers = fields.List(fields.String())
    reason = fields.Dict(allow_none=True)
    number = fields.Integer(allow_none=True)


class GivenOpinionSchema(Schema):
    opinion_id = fields.UUID()
    answers = fields.Dict(keys=fields.String(), values=fields.String())
    remark = fields.String()


class OpinionSchema(GivenOpinionSchema, OutcomeSchema):
    erased = fields.Boolean()


class OpinionPageSchema(Schema):
    items = fields.List(fields.Nested(OpinionSchema))
    next = fields.String(allow_none=True)


# For a person


class _ByQuestion(fields.Dict):
    """Texts by the number of their question. A fault's place is the question, on whichever side of it it is."""

    def _deserialize(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super()._deserialize(*arguments, **options)  # type: ignore[no-untyped-call]
        except ValidationError as cause:
            if not isinstance(cause.messages, dict):
                raise
            told = {
                place: [said for side in sides.values() for said in side]
                for place, sides in cause.messages.items()
            }
            raise ValidationError(told) from cause


class GiveOpinionSchema(WhichConsultationSchema):
    """`answers` by the number of the question. Gives the id of the consultation, and what was said."""

    answers = _ByQuestion(
        keys=fields.Integer(validate=validate.Range(1, MOST_QUESTIONS)),
        values=fields.String(validate=_TEXT),
        load_default=dict,
    )
    remark = fields.String(load_default="", validate=_TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        said = Said(data["answers"], data["remark"])
        return {"consultation_id": data["consultation_id"], "said": said}


class OwnOpinionSchema(GivenOpinionSchema, OutcomeSchema):
    consultation_id = fields.UUID()


class OwnOpinionPageSchema(Schema):
    items = fields.List(fields.Nested(OwnOpinionSchema))
    next = fields.String(allow_none=True)


# For authorities


class OpenConsultationSchema(Strict):
    service_code = fields.String(required=True, validate=_CODE)
    number = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    about = bilingual(LONGEST_TEXT)
    questions = fields.List(
        bilingual(1000), load_default=list, validate=validate.Length(max=MOST_QUESTIONS)
    )
    until = Timestamp(required=True)
    required_loa = fields.Integer(load_default=2, strict=True, validate=validate.Range(1, 4))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> OpenConsultation:
        return OpenConsultation(**data)


class ProlongConsultationSchema(WhichConsultationSchema):
    until = Timestamp(required=True)


class AbandonConsultationSchema(WhichConsultationSchema):
    reason = bilingual(LONGEST_TEXT)


class UseOpinionsSchema(WhichConsultationSchema):
    opinions = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE))
    outcome = fields.Enum(Outcome, by_value=fields.String, required=True)
    pointers = fields.List(
        fields.String(validate=[validate.Length(max=500), NO_NUL]),
        load_default=list,
        validate=validate.Length(max=50),
    )
    reason = bilingual(LONGEST_TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> UseOpinions:
        return UseOpinions(**data)


class ConsultationStandingSchema(Schema):
    consultation_id = fields.UUID()
    service_code = fields.String()
    number = fields.Integer()
    until = fields.String()
    ending = fields.String(allow_none=True)
    published_number = fields.Integer(allow_none=True)


class OpinionsUsedSchema(ConsultationStandingSchema):
    used = fields.Integer()
