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
