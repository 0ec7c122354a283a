"""Shapes of what may still happen to a request: withdrawal, correction, messages, appeal, reopening."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict


class Withdraw(Strict):
    reason = fields.String(
        validate=validate.Length(max=1000), metadata={"description": "nobody owes one"}
    )


class Ask(Strict):
    field = fields.String(
        allow_none=True,
        validate=validate.Length(1, 200),
        metadata={"description": "of the form, where one field is meant"},
    )
    text = fields.String(required=True, validate=validate.Length(1, 1000))


class SendBack(Strict):
    asks = fields.List(fields.Nested(Ask), required=True, validate=validate.Length(1, 20))
    days = fields.Integer(
        validate=validate.Range(3, 90),
        metadata={"description": "that the applicant has; 14 where none are named"},
    )
    party = fields.String(
        allow_none=True,
        validate=validate.Length(1, 100),
        metadata={"description": "who is asked, where a request has several applicants"},
    )


class Correct(Strict):
    form = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={"description": "the whole form, as it should be"},
    )


class Write(Strict):
    text = fields.String(required=True, validate=validate.Length(1, 4000))


class Message(Schema):
    message_id = fields.UUID()
    writer = fields.String(metadata={"description": "applicant or officer"})
    text = fields.String(allow_none=True, metadata={"description": "none after an erasure"})
    written_at = fields.String()


class Messages(Schema):
    items = fields.List(fields.Nested(Message))
    next = fields.String(allow_none=True)


class MakeAppeal(Strict):
    grounds = fields.String(
        required=True,
        validate=validate.Length(1, 4000),
        metadata={"description": "why the decision is not right, in one's own words"},
    )


class Reopen(Strict):
    reason = fields.String(required=True, validate=validate.Length(1, 4000))
