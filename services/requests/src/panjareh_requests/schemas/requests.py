"""Requests, as they are asked for, read and decided; documents; past cases."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.commands import (
    DecideRequest,
    ImportCases,
    PastCase,
    PastStep,
    StartReview,
    SubmitRequest,
)
from panjareh_requests.domain.values import Outcome, Step
from panjareh_requests.schemas.base import Strict

SERVICE_CODE = validate.Regexp(r"[A-Z]{2,8}-\d{3}\Z")
CHANNELS = ("web", "mobile", "counter", "post", "email", "phone", "internal")
MOST_CASES = 50


class SubmitRequestSchema(Strict):
    service_code = fields.String(required=True, validate=SERVICE_CODE)
    form = fields.Dict(keys=fields.String(), load_default=None)
    draft_id = fields.UUID(load_default=None)
    draft_version = fields.Integer(load_default=None, validate=validate.Range(min=1))

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def filled_in(self, _: dict[str, Any], sent: dict[str, Any], **__: Any) -> None:
        if sent.get("form") is None and sent.get("draft_id") is None:
            raise ValidationError({"form": ["Missing data for required field."]})

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SubmitRequest:
        return SubmitRequest(**data)


class SubmittedSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    status = fields.String()
    submitted_at = fields.String()
    promised_by = fields.String(allow_none=True)
    receipt = fields.String()


class WhichRequestSchema(Strict):
    request_id = fields.UUID(required=True)


class GetRequestSchema(WhichRequestSchema):
    at = Timestamp(load_default=None, allow_none=True)


class OutputSchema(Schema):
    number = fields.String()
    kind = fields.String()
    title = fields.String(allow_none=True)
    issued_at = Timestamp()
    valid_until = Timestamp()
    state = fields.String()
    revoked_at = Timestamp(allow_none=True)
    because = fields.String(allow_none=True)
    because_text = fields.String(allow_none=True)
    signed = fields.String(allow_none=True)


class AskedSchema(Schema):
    field = fields.String(allow_none=True)
    text = fields.String()


class CorrectionSchema(Schema):
    asks = fields.List(fields.Nested(AskedSchema))
    answer_by = Timestamp()


class AppealSchema(Schema):
    grounds = fields.String(allow_none=True)


class PartySchema(Schema):
    party = fields.String()
    title = fields.String()
    state = fields.String()
    you = fields.Boolean()
    until = fields.String(allow_none=True)
    form = fields.Dict(allow_none=True)


class RequestSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    service_name = fields.String()
    service_version = fields.Integer(allow_none=True)
    authority = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    law = fields.String(allow_none=True)
    next = fields.String()
    submitted_at = Timestamp()
    changed_at = Timestamp()
    promised_by = Timestamp(allow_none=True)
    waiting_for = fields.List(fields.String())
    form = fields.Dict(allow_none=True)
    may = fields.List(fields.String())
    correction = fields.Nested(CorrectionSchema, allow_none=True)
    appointment_at = Timestamp(allow_none=True)
    appeal_until = Timestamp(allow_none=True)
    appeal = fields.Nested(AppealSchema, allow_none=True)
    output = fields.Nested(OutputSchema, allow_none=True)
    parties = fields.List(fields.Nested(PartySchema))
    as_of = Timestamp()


class TimelineStepSchema(Schema):
    at = Timestamp()
    recorded_at = Timestamp()
    kind = fields.String()
    text = fields.String()
    actor_role = fields.String()
    actor = fields.String(allow_none=True)
    actor_id = fields.String()
    represented = fields.String(allow_none=True)
    cause = fields.String(allow_none=True)
    channel = fields.String()


class TimelineSchema(Schema):
    items = fields.List(fields.Nested(TimelineStepSchema))


class TracedConditionSchema(Schema):
    name = fields.String()
    holds = fields.Boolean()
    text = fields.String()


class TracedRowSchema(Schema):
    id = fields.String()
    outcome = fields.String()
    fits = fields.Boolean()
    conditions = fields.List(fields.Nested(TracedConditionSchema))


class ExplanationSchema(Schema):
    request_id = fields.UUID()
    outcome = fields.String()
    by = fields.String()
    reason = fields.String(allow_none=True)
    law = fields.String(allow_none=True)
    row = fields.String(allow_none=True)
    rules_version = fields.Integer(allow_none=True)
    rules_hash = fields.String(allow_none=True)
    rows = fields.List(fields.Nested(TracedRowSchema))


class PageSchema(Strict):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = fields.String(load_default=None, allow_none=True)


class RequestRowSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    submitted_at = Timestamp()
    changed_at = Timestamp()
    promised_by = Timestamp(allow_none=True)


class RequestPageSchema(Schema):
    items = fields.List(fields.Nested(RequestRowSchema))
    next = fields.String(allow_none=True)


class NothingSchema(Strict):
    pass


class OpenRequestSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    status = fields.String()


class OpenRequestsSchema(Schema):
    items = fields.List(fields.Nested(OpenRequestSchema))


class HeldDocumentSchema(Schema):
    kind = fields.String()
    title = fields.String()
    valid_until = Timestamp()


class HeldDocumentsSchema(Schema):
    items = fields.List(fields.Nested(HeldDocumentSchema))


class StartReviewSchema(WhichRequestSchema):
    out_of_order = fields.String(load_default="", validate=validate.Length(max=1000))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> StartReview:
        return StartReview(**data)


class DecideRequestSchema(WhichRequestSchema):
    outcome = fields.Enum(Outcome, by_value=fields.String, required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=4000))
    out_of_order = fields.String(load_default="", validate=validate.Length(max=1000))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> DecideRequest:
        return DecideRequest(**data)


class ChangedSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)


class PastStepSchema(Strict):
    step = fields.String(required=True, validate=validate.Length(1, 300))
    officer = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    unit = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    completed_at = Timestamp(required=True)
    instance = fields.String(required=True, validate=validate.Length(1, 200))

    @post_load
    def to_step(self, data: dict[str, Any], **_: Any) -> PastStep:
        return PastStep(completed_at=data.pop("completed_at"), step=Step(**data))


class PastCaseSchema(Strict):
    case = fields.String(required=True, validate=validate.Length(1, 200))
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    department = fields.String(load_default=None, allow_none=True)
    responsible = fields.String(load_default=None, allow_none=True)
    started_at = Timestamp(required=True)
    planned_end_at = Timestamp(load_default=None, allow_none=True)
    ended_at = Timestamp(load_default=None, allow_none=True)
    steps = fields.List(
        fields.Nested(PastStepSchema), required=True, validate=validate.Length(max=500)
    )

    @post_load
    def to_case(self, data: dict[str, Any], **_: Any) -> PastCase:
        return PastCase(**data)


class ImportCasesSchema(Strict):
    source = fields.String(required=True, validate=validate.Length(1, 100))
    service_code = fields.String(required=True, validate=SERVICE_CODE)
    cases = fields.List(
        fields.Nested(PastCaseSchema), required=True, validate=validate.Length(1, MOST_CASES)
    )

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ImportCases:
        return ImportCases(**data)


class ImportedCaseSchema(Schema):
    case = fields.String()
    request_id = fields.UUID()
    reference = fields.String()
    change = fields.String()
    steps_added = fields.Integer()


class ImportedCasesSchema(Schema):
    items = fields.List(fields.Nested(ImportedCaseSchema))
