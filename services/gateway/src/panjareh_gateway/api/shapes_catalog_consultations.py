"""Shapes of consultations: drafts before people, and what they think of them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import Page
from panjareh_gateway.operations import Strict

_OUTCOMES = ["applied", "partly", "refused"]


class TextInBoth(Strict):
    fa = fields.String(required=True, validate=validate.Length(1, 4000))
    en = fields.String(required=True, validate=validate.Length(1, 4000))


class ListConsultations(Page):
    standing = fields.String(
        validate=validate.OneOf(["open", "ended", "closed"]),
        metadata={"description": "ended: opinions are being decided about"},
    )
    service = fields.String(validate=validate.Length(max=40))
    authority = fields.String(validate=validate.Length(max=100))


class Named(Schema):
    code = fields.String()
    name = fields.String()


class ConsultationRow(Schema):
    consultation_id = fields.UUID()
    service = fields.Nested(Named)
    authority = fields.Nested(Named)
    number = fields.Integer(metadata={"description": "the version that is before people"})
    about = fields.String()
    standing = fields.String(validate=validate.OneOf(["open", "ended", "closed"]))
    opened_at = fields.String()
    until = fields.String(metadata={"description": "opinions may be given and changed before it"})
    required_loa = fields.Integer()
    closed_at = fields.String(allow_none=True)
    ending = fields.String(allow_none=True, validate=validate.OneOf(["published", "abandoned"]))
    published_number = fields.Integer(
        allow_none=True,
        metadata={
            "description": "the version that was published; its changes are at "
            "/api/v1/services/{code}/diff?from={number}&to={published_number}"
        },
    )
    reason = fields.String(allow_none=True, metadata={"description": "why it was abandoned"})


class Consultations(Schema):
    items = fields.List(fields.Nested(ConsultationRow))
    next = fields.String(allow_none=True)


class Question(Schema):
    question = fields.Integer()
    text = fields.String()


class OpinionCounts(Schema):
    given = fields.Integer()
    applied = fields.Integer()
    partly = fields.Integer()
    refused = fields.Integer()
    undecided = fields.Integer()


class Consultation(ConsultationRow):
    questions = fields.List(fields.Nested(Question))
    card = fields.Dict(
        allow_none=True, metadata={"description": "the identity card as it is before people"}
    )
    opinions = fields.Nested(OpinionCounts)


class ListOpinions(Page):
    outcome = fields.String(validate=validate.OneOf([*_OUTCOMES, "undecided"]))


class GiveOpinion(Strict):
    answers = fields.Dict(
        metadata={"description": 'by the number of the question, each up to 4000: {"1": "…"}'}
    )
    remark = fields.String(
        validate=validate.Length(max=4000),
        metadata={"description": "what one thinks, in one's own words"},
    )


class GivenOpinion(Schema):
    opinion_id = fields.UUID()
    answers = fields.Dict()
    remark = fields.String()


class OutcomeOfOpinion(Schema):
    outcome = fields.String(allow_none=True, validate=validate.OneOf(_OUTCOMES))
    pointers = fields.List(
        fields.String(), metadata={"description": "RFC 6901, of the changes that it led to"}
    )
    reason = fields.Dict(allow_none=True, metadata={"description": "{fa, en}"})
    number = fields.Integer(
        allow_none=True, metadata={"description": "the version in which the changes are"}
    )


class OwnOpinion(GivenOpinion, OutcomeOfOpinion):
    consultation_id = fields.UUID()


class OwnOpinions(Schema):
    items = fields.List(fields.Nested(OwnOpinion))
    next = fields.String(allow_none=True)


class Opinion(GivenOpinion, OutcomeOfOpinion):
    """Whose it is, is told to nobody, and neither is when it was given."""

    erased = fields.Boolean(metadata={"description": "its words were erased"})


class OpinionsPage(Schema):
    items = fields.List(fields.Nested(Opinion))
    next = fields.String(allow_none=True)


# For authorities


class OpenConsultation(Strict):
    service_code = fields.String(required=True)
    number = fields.Integer(required=True, metadata={"description": "of the draft"})
    about = fields.Nested(TextInBoth, required=True)
    questions = fields.List(fields.Nested(TextInBoth), validate=validate.Length(max=20))
    until = fields.String(required=True, metadata={"format": "date-time"})
    required_loa = fields.Integer(
        validate=validate.Range(1, 4),
        metadata={"description": "how surely whoever takes part is known; 2 unless it is said"},
    )


class ProlongConsultation(Strict):
    until = fields.String(required=True, metadata={"format": "date-time"})


class AbandonConsultation(Strict):
    reason = fields.Nested(TextInBoth, required=True)


class UseOpinions(Strict):
    opinions = fields.List(
        fields.String(metadata={"format": "uuid"}),
        required=True,
        validate=validate.Length(1, 100),
    )
    outcome = fields.String(required=True, validate=validate.OneOf(_OUTCOMES))
    pointers = fields.List(
        fields.String(validate=validate.Length(max=500)),
        validate=validate.Length(max=50),
        metadata={"description": "RFC 6901, into the changes of the draft; owed unless refused"},
    )
    reason = fields.Nested(TextInBoth, required=True)


class ConsultationStanding(Schema):
    consultation_id = fields.UUID()
    service_code = fields.String()
    number = fields.Integer()
    until = fields.String()
    ending = fields.String(allow_none=True)
    published_number = fields.Integer(allow_none=True)


class OpinionsUsed(ConsultationStanding):
    used = fields.Integer()
