"""An authority's cases with their events, as they are exported."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.case_slices import CaseSlice
from panjareh_requests.domain.values import Outcome, RequestStatus
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import CHANNELS, MOST_CASES, SERVICE_CODE


class ListCasesSchema(Strict):
    """Loads to `{wanted, after, limit}`."""

    service_code = fields.String(load_default=None, allow_none=True, validate=SERVICE_CODE)
    submitted_from = Timestamp(load_default=None, allow_none=True)
    submitted_until = Timestamp(load_default=None, allow_none=True)
    status = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(list(RequestStatus))
    )
    outcome = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(list(Outcome))
    )
    channel = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(CHANNELS))
    imported = fields.Boolean(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=MOST_CASES, validate=validate.Range(1, MOST_CASES))
    after = fields.String(load_default=None, allow_none=True)

    @post_load
    def to_query(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        after, limit = data.pop("after"), data.pop("limit")
        return {"wanted": CaseSlice(**data), "after": after, "limit": limit}


class CaseEventSchema(Schema):
    version = fields.Integer()
    activity = fields.String()
    at = Timestamp()
    officer = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    role = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    instance = fields.String(allow_none=True)
    attributes = fields.Dict(keys=fields.String(), values=fields.String())


class CaseSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    service_version = fields.Integer()
    source = fields.String(allow_none=True)
    case = fields.String(allow_none=True)
    department = fields.String(allow_none=True)
    responsible = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    status = fields.String()
    outcome = fields.String(allow_none=True)
    started_at = Timestamp()
    planned_end_at = Timestamp(allow_none=True)
    ended_at = Timestamp(allow_none=True)
    goes_on = fields.Boolean()
    events = fields.List(fields.Nested(CaseEventSchema))


class CasePageSchema(Schema):
    items = fields.List(fields.Nested(CaseSchema))
    next = fields.String(allow_none=True)
