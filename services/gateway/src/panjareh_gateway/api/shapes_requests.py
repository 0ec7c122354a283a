"""Shapes of requests: asked for, followed, decided; documents; past cases."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from panjareh_gateway.api.shapes import CODE
from panjareh_gateway.operations import Strict


class Submit(Strict):
    """The `form`, or the `draft` that it stands in; with both the draft goes, and the form is taken."""

    form = fields.Dict(keys=fields.String())
    draft_id = fields.UUID(
        metadata={"description": "a draft of this service, which is deleted with it"}
    )
    draft_version = fields.Integer(
        validate=validate.Range(min=1),
        metadata={"description": "the version that was seen; 412 when it was saved again since"},
    )
    ticket = fields.String(
        validate=validate.Length(1, 2000),
        metadata={"description": "yours, where people stand in line for the service"},
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def filled_in(self, _: dict[str, Any], sent: dict[str, Any], **__: Any) -> None:
        if sent.get("form") is None and sent.get("draft_id") is None:
            raise ValidationError({"form": ["Missing data for required field."]})


class Submitted(Schema):
    request_id = fields.UUID()
    reference = fields.String(metadata={"description": "twelve digits, the last a check digit"})
    status = fields.String()
    submitted_at = fields.String()
    promised_by = fields.String(allow_none=True)
    receipt = fields.String(metadata={"description": "compact JWS, Ed25519"})


class AsOf(Strict):
    at = fields.String(metadata={"format": "date-time", "description": "the state as of then"})


class Output(Schema):
    number = fields.String()
    kind = fields.String()
    title = fields.String(allow_none=True)
    issued_at = fields.String()
    valid_until = fields.String()
    state = fields.String(metadata={"description": "valid, expired or revoked"})
    revoked_at = fields.String(allow_none=True)
    because = fields.String(allow_none=True)
    because_text = fields.String(allow_none=True)
    signed = fields.String(
        allow_none=True,
        metadata={"description": "compact JWS, Ed25519; none of a revoked document"},
    )


class Asked(Schema):
    field = fields.String(
        allow_none=True, metadata={"description": "of the form; none in particular"}
    )
    text = fields.String()


class Correction(Schema):
    asks = fields.List(fields.Nested(Asked))
    answer_by = fields.String(metadata={"description": "then the officer goes on without it"})


class Appeal(Schema):
    grounds = fields.String(allow_none=True)


class Party(Schema):
    party = fields.String()
    title = fields.String()
    state = fields.String(metadata={"description": "awaited, invited, declined, left or joined"})
    you = fields.Boolean(metadata={"description": "it is whoever asks"})
    until = fields.String(
        allow_none=True, metadata={"description": "of an invitation: when its code ends"}
    )
    form = fields.Dict(
        allow_none=True, metadata={"description": "their part, as far as the card shows it to you"}
    )


class Request(Schema):
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
    next = fields.String(metadata={"description": "what comes next, and whose turn it is"})
    submitted_at = fields.String()
    changed_at = fields.String()
    promised_by = fields.String(allow_none=True)
    waiting_for = fields.List(fields.String())
    form = fields.Dict(allow_none=True)
    may = fields.List(
        fields.String(),
        metadata={
            "description": "what its applicant may do now: withdraw, correct, appointment, appeal, write"
        },
    )
    correction = fields.Nested(Correction, allow_none=True)
    appointment_at = fields.String(
        allow_none=True, metadata={"description": "when the applicant is expected in person"}
    )
    appeal_until = fields.String(
        allow_none=True, metadata={"description": "of a refusal: when it becomes final"}
    )
    appeal = fields.Nested(Appeal, allow_none=True)
    output = fields.Nested(Output, allow_none=True)
    parties = fields.List(
        fields.Nested(Party), metadata={"description": "those who ask besides the first applicant"}
    )
    as_of = fields.String()


class RequestRow(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    submitted_at = fields.String()
    changed_at = fields.String()
    promised_by = fields.String(allow_none=True)


class Requests(Schema):
    items = fields.List(fields.Nested(RequestRow))
    next = fields.String(allow_none=True)


class Step(Schema):
    at = fields.String()
    recorded_at = fields.String()
    kind = fields.String()
    text = fields.String()
    actor_role = fields.String()
    actor = fields.String(allow_none=True)
    actor_id = fields.String(metadata={"description": "id of who did it, or the name of a service"})
    represented = fields.String(
        allow_none=True, metadata={"description": "in whose name, where that is another"}
    )
    cause = fields.String(
        allow_none=True, metadata={"description": "because of what, for programs"}
    )
    channel = fields.String()


class Timeline(Schema):
    items = fields.List(fields.Nested(Step))


class Decide(Strict):
    outcome = fields.String(required=True, validate=validate.OneOf(["granted", "refused"]))
    reason = fields.String(validate=validate.Length(max=4000))
    out_of_order = fields.String(
        validate=validate.Length(max=1000),
        metadata={
            "description": "why before others whose turn it is; the applicant and the supervisors read it"
        },
    )


class Changed(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)


class PastStep(Strict):
    step = fields.String(required=True)
    officer = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    completed_at = fields.String(required=True, metadata={"format": "date-time"})
    instance = fields.String(required=True)


class PastCase(Strict):
    case = fields.String(required=True)
    channel = fields.String(required=True)
    department = fields.String(allow_none=True)
    responsible = fields.String(allow_none=True)
    started_at = fields.String(required=True, metadata={"format": "date-time"})
    planned_end_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    ended_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    steps = fields.List(fields.Nested(PastStep), required=True)


class ImportCases(Strict):
    source = fields.String(required=True)
    service_code = fields.String(required=True, validate=CODE)
    cases = fields.List(fields.Nested(PastCase), required=True, validate=validate.Length(1, 50))


class ImportedCase(Schema):
    case = fields.String()
    request_id = fields.UUID()
    reference = fields.String()
    change = fields.String(metadata={"description": "created, extended or unchanged"})
    steps_added = fields.Integer()


class ImportedCases(Schema):
    items = fields.List(fields.Nested(ImportedCase))
