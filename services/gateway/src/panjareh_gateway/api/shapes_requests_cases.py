"""Shapes of an authority's cases, as they are exported for process mining."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import CODE
from panjareh_gateway.operations import Strict

_TIME = {"format": "date-time"}


class CaseSlice(Strict):
    service_code = fields.String(validate=CODE)
    submitted_from = fields.String(
        metadata=_TIME | {"description": "cases that began then or later"}
    )
    submitted_until = fields.String(metadata=_TIME | {"description": "cases that began before"})
    status = fields.String()
    outcome = fields.String(metadata={"description": "granted or refused"})
    channel = fields.String()
    imported = fields.Boolean(
        metadata={"description": "true: those brought in from a log; false: those asked for here"}
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 50))
    after = fields.String(metadata={"description": "`next` of the page before, as it is"})


class ReportStep(Strict):
    step = fields.String(
        required=True,
        validate=validate.Length(1, 60),
        metadata={
            "description": "its code in the service's card; reported again it changes nothing",
            "example": "printed",
        },
    )


class CaseEvent(Schema):
    version = fields.Integer(metadata={"description": "its number in the case"})
    activity = fields.String(
        metadata={"description": "what happened; of an imported case, in its authority's words"}
    )
    at = fields.String(metadata=_TIME)
    officer = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    role = fields.String(allow_none=True, metadata={"description": "of whoever did it"})
    channel = fields.String(allow_none=True)
    instance = fields.String(allow_none=True)
    attributes = fields.Dict(keys=fields.String(), values=fields.String())


class Case(Schema):
    request_id = fields.String()
    reference = fields.String()
    service_code = fields.String()
    service_version = fields.Integer()
    source = fields.String(allow_none=True, metadata={"description": "the log it came from"})
    case = fields.String(allow_none=True, metadata={"description": "its name in that log"})
    department = fields.String(allow_none=True)
    responsible = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    status = fields.String()
    outcome = fields.String(allow_none=True)
    started_at = fields.String(metadata=_TIME)
    planned_end_at = fields.String(allow_none=True, metadata=_TIME)
    ended_at = fields.String(allow_none=True, metadata=_TIME)
    goes_on = fields.Boolean(metadata={"description": "its next events are on the next page"})
    events = fields.List(fields.Nested(CaseEvent))


class Cases(Schema):
    items = fields.List(fields.Nested(Case))
    next = fields.String(allow_none=True)
