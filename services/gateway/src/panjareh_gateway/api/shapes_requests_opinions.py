"""Shapes of opinions that other authorities are asked for."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict


class AskOpinion(Strict):
    authority = fields.String(
        required=True,
        validate=validate.Length(1, 100),
        metadata={"description": "code of the authority that is asked, of /api/v1/authorities"},
    )
    question = fields.String(required=True, validate=validate.Length(1, 4000))
    shown_fields = fields.List(
        fields.String(validate=validate.Length(1, 200)),
        validate=validate.Length(max=100),
        metadata={"description": "of the form, that it is shown; none besides"},
    )
    shown_files = fields.List(
        fields.String(metadata={"format": "uuid"}),
        validate=validate.Length(max=50),
        metadata={"description": "of the request, that it is shown; none besides"},
    )
    days = fields.Integer(
        validate=validate.Range(1, 60),
        metadata={
            "description": "working days of that authority; 10 where none are named",
        },
    )


class GiveAskedOpinion(Strict):
    recommendation = fields.String(
        required=True, validate=validate.OneOf(["grant", "refuse", "neither"])
    )
    text = fields.String(required=True, validate=validate.Length(1, 4000))


class OpinionState(Schema):
    opinion_id = fields.UUID()
    authority = fields.String()
    state = fields.String(
        metadata={"description": "open, given, lapsed, withdrawn, or over: decided before it came"}
    )
    answer_by = fields.String()


class AnsweredOpinion(Schema):
    opinion_id = fields.UUID()
    authority = fields.String()
    authority_name = fields.String(allow_none=True)
    state = fields.String()
    asked_at = fields.String()
    answer_by = fields.String()
    question = fields.String(allow_none=True)
    shown_fields = fields.List(fields.String())
    shown_files = fields.List(fields.String())
    recommendation = fields.String(allow_none=True)
    text = fields.String(allow_none=True)
    answered_at = fields.String(allow_none=True)


class OpinionsOfRequest(Schema):
    items = fields.List(fields.Nested(AnsweredOpinion))


class OpinionAskedOfUs(Schema):
    opinion_id = fields.UUID()
    asked_by = fields.String(metadata={"description": "the authority that asks"})
    asked_by_name = fields.String(allow_none=True)
    service_code = fields.String()
    service_name = fields.String()
    state = fields.String()
    asked_at = fields.String()
    answer_by = fields.String()


class OpinionsAskedOfUs(Schema):
    items = fields.List(fields.Nested(OpinionAskedOfUs))
    next = fields.String(allow_none=True)


class FieldShownForOpinion(Schema):
    name = fields.String()
    title = fields.String()
    value = fields.Raw(allow_none=True)


class ShownFile(Schema):
    file_id = fields.UUID()
    name = fields.String(allow_none=True)
    type = fields.String(allow_none=True)
    length = fields.Integer()


class AskedOpinion(OpinionAskedOfUs):
    question = fields.String(allow_none=True)
    shown = fields.List(
        fields.Nested(FieldShownForOpinion),
        metadata={"description": "what was chosen for us, while our opinion is awaited"},
    )
    files = fields.List(fields.Nested(ShownFile))
    recommendation = fields.String(allow_none=True)
    text = fields.String(allow_none=True)
    answered_at = fields.String(allow_none=True)
