"""Shapes of clocks, and of what has passed its time."""

from __future__ import annotations

from marshmallow import Schema, fields

_DUTIES = "duty_officer, supervisor, authority_head, ombudsman"


class ClockDay(Schema):
    day = fields.String(metadata={"format": "date", "description": "in Tehran"})
    counted = fields.Boolean()
    number = fields.Integer(allow_none=True, metadata={"description": "the how-manieth counted"})
    why = fields.String(
        metadata={"description": "counted, beginning, weekly_rest, holiday, paused, outage"}
    )
    text = fields.String()


class Escalation(Schema):
    duty = fields.String(metadata={"description": _DUTIES})
    at = fields.String()


class Clock(Schema):
    request_id = fields.UUID()
    state = fields.String(metadata={"description": "running, paused, over"})
    begun_at = fields.String()
    limit_days = fields.Integer(metadata={"description": "working days that the law gives"})
    counted_days = fields.Integer(metadata={"description": "those that are over"})
    left_days = fields.Integer()
    deadline = fields.String(
        allow_none=True,
        metadata={"description": "the first moment after the time; null while it stands still"},
    )
    estimated = fields.Boolean(
        metadata={"description": "a holiday whose day is not sure yet may move it"}
    )
    passed = fields.Boolean()
    promised_by = fields.String(
        allow_none=True, metadata={"description": "as it was promised when it was submitted"}
    )
    text = fields.String()
    days = fields.List(fields.Nested(ClockDay))
    escalations = fields.List(fields.Nested(Escalation))
    as_of = fields.String()


class PassedRequest(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    authority = fields.String()
    service_code = fields.String()
    status = fields.String()
    officer_id = fields.UUID(allow_none=True, metadata={"description": "null: nobody is assigned"})
    waiting_for = fields.List(fields.String())
    submitted_at = fields.String()
    deadline_at = fields.String()
    duty = fields.String(metadata={"description": f"the highest so far: {_DUTIES}"})


class Escalations(Schema):
    items = fields.List(fields.Nested(PassedRequest))
    next = fields.String(allow_none=True)


class Late(Schema):
    count = fields.Integer(metadata={"description": "open, and past their time"})
    oldest_deadline = fields.String(allow_none=True)


class TypicalTimes(Schema):
    """Of the last thousand that are finished, at most a year old; from submission to decision, pauses too."""

    service_code = fields.String()
    promised_working_days = fields.Integer()
    finished = fields.Integer(metadata={"description": "how many this is told from"})
    since = fields.String(
        allow_none=True, metadata={"description": "when the oldest of them ended"}
    )
    median_hours = fields.Float(
        allow_none=True, metadata={"description": "null: too few to tell of without telling of one"}
    )
    nine_in_ten_hours = fields.Float(allow_none=True)
    late = fields.Nested(Late)
    text = fields.String()
    as_of = fields.String()
