"""The shapes of the public API, as it is documented. Services check again what they are asked."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict

CODE = validate.Regexp(r"[A-Z]{2,8}-\d{3}\Z")


class Page(Strict):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = fields.String(metadata={"description": "`next` of the page before, as it is"})


# Identity


class Passport(Strict):
    number = fields.String(required=True, metadata={"example": "A12345678"})
    country = fields.String(required=True, metadata={"description": "ISO 3166-1 alpha-2"})


class SignUp(Strict):
    """By exactly one of `national_id`, `foreigner_id` and `passport`."""

    national_id = fields.String(metadata={"example": "0499370899"})
    foreigner_id = fields.String(metadata={"description": "twelve digits"})
    passport = fields.Nested(Passport)
    mobile = fields.String(required=True, metadata={"example": "09121234567"})
    password = fields.String(
        required=True, validate=validate.Length(8, 200), metadata={"format": "password"}
    )
    given_name = fields.String(required=True, validate=validate.Length(1, 100))
    family_name = fields.String(required=True, validate=validate.Length(1, 100))
    birth_date = fields.String(required=True, metadata={"format": "date", "example": "1990-01-01"})
    language = fields.String(validate=validate.OneOf(["fa", "en"]))
    privacy_statement = fields.Integer(
        required=True,
        metadata={"description": "the version that the person has read, which is the current one"},
    )


class SignedUp(Schema):
    """The same for an id that is registered already: whose phone it is, is told what happened."""

    message = fields.String(metadata={"description": "what to do next, for the person"})


# Requests


class Submit(Strict):
    form = fields.Dict(required=True, keys=fields.String())


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
    signed = fields.String(metadata={"description": "compact JWS, Ed25519"})


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
    output = fields.Nested(Output, allow_none=True)
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
    channel = fields.String()


class Timeline(Schema):
    items = fields.List(fields.Nested(Step))


class Decide(Strict):
    outcome = fields.String(required=True, validate=validate.OneOf(["granted", "refused"]))
    reason = fields.String(validate=validate.Length(max=4000))


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


class Verification(Schema):
    number = fields.String()
    genuine = fields.Boolean()
    valid = fields.Boolean()
    kind = fields.String()
    title = fields.Dict()
    authority = fields.String()
    issued_at = fields.String()
    valid_until = fields.String()
    revoked_at = fields.String(allow_none=True)


# Feedback


class GiveFeedback(Strict):
    request_id = fields.UUID(required=True)
    rating = fields.Integer(required=True, validate=validate.Range(1, 5))
    text = fields.String(validate=validate.Length(max=2000))


class Feedback(Schema):
    service_code = fields.String()
    count = fields.Integer(allow_none=True)
    mean = fields.Float(allow_none=True)
    distribution = fields.Dict(allow_none=True)
    suppressed = fields.Boolean()


class Given(Schema):
    request_id = fields.UUID()
    service_code = fields.String()
    rating = fields.Integer()


class ProblemPoint(Schema):
    pointer = fields.String(metadata={"description": "RFC 6901 pointer into what was sent"})
    detail = fields.String()


class Problem(Schema):
    """Problem details, RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "what happened, and what to do"})
    instance = fields.String()
    code = fields.String(metadata={"description": "stable; for programs"})
    errors = fields.List(fields.Nested(ProblemPoint))
    trace_id = fields.String()
