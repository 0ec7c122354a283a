"""Shapes of drafts: what is filled in and not submitted."""

from __future__ import annotations

from marshmallow import Schema, fields

from panjareh_gateway.api.shapes import ProblemPoint
from panjareh_gateway.operations import Strict


class FillIn(Strict):
    form = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={
            "description": "what is filled in so far; whatever fits or not is kept, and told in `faults` and `missing`"
        },
    )


class SavedRequestDraft(Schema):
    draft_id = fields.UUID()
    service_code = fields.String()
    service_version = fields.Integer()
    version = fields.Integer(metadata={"description": "also the ETag"})
    saved_at = fields.String()
    expires_at = fields.String(
        metadata={"description": "it is deleted then; each saving puts it off"}
    )
    complete = fields.Boolean(metadata={"description": "whether it could be submitted as it is"})
    faults = fields.List(
        fields.Nested(ProblemPoint), metadata={"description": "what is filled in and does not fit"}
    )
    missing = fields.List(
        fields.Nested(ProblemPoint), metadata={"description": "what has still to be filled in"}
    )


class RequestDraft(SavedRequestDraft):
    service_name = fields.String()
    form_changed = fields.Boolean(
        metadata={"description": "whether the service has got another form since it was saved"}
    )
    channel = fields.String(metadata={"description": "where it was saved last"})
    form = fields.Dict()


class RequestDraftRow(Schema):
    draft_id = fields.UUID()
    service_code = fields.String()
    channel = fields.String()
    version = fields.Integer()
    created_at = fields.String()
    saved_at = fields.String()
    expires_at = fields.String()


class RequestDrafts(Schema):
    items = fields.List(fields.Nested(RequestDraftRow))
    next = fields.String(allow_none=True)
