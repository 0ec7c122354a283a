"""The shapes of what requests holds about a person."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict


class PageOfData(Strict):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 20))
    after = fields.String(metadata={"description": "`next` of the page before, as it is"})


class DataInRequests(Schema):
    section = fields.String(
        metadata={"description": "history, drafts, files, documents or looks, as the address says"}
    )
    items = fields.List(
        fields.Dict(keys=fields.String()),
        metadata={
            "description": "of history: request, what happened, when, by whom in which role, its data, and the "
            "signed receipt where there is one; of looks: who looked, in which role, what for and when"
        },
    )
    next = fields.String(allow_none=True)
