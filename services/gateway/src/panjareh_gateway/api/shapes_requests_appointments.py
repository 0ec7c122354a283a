"""Shapes of appointments, and of the places that people come to."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import CODE, Page
from panjareh_gateway.operations import Strict

_DAYS = ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday")
_TIME = {"example": "08:00", "description": "in Tehran"}


def _moment(said: str) -> fields.String:
    return fields.String(allow_none=True, metadata={"format": "date-time", "description": said})


def _day(said: str, *, required: bool = False) -> fields.String:
    return fields.String(required=required, metadata={"format": "date", "description": said})


class ChooseTime(Strict):
    place_id = fields.UUID(required=True)
    starts_at = fields.String(
        required=True,
        metadata={"format": "date-time", "description": "of one of the times that are offered"},
    )


class Wait(Strict):
    place_id = fields.UUID(required=True)
    from_day = _day("the first day that suits", required=True)
    until_day = _day("the last one; at most 120 days later", required=True)


class WhichTimes(Page):
    place = fields.UUID(required=True)
    from_day = _day("today, where none is named")


class Offer(Strict):
    note = fields.String(
        validate=validate.Length(max=1000),
        metadata={"description": "what the applicant should know or bring"},
    )


class CallOff(Strict):
    reason = fields.String(required=True, validate=validate.Length(1, 1000))
    for_good = fields.Boolean(
        metadata={"description": "nobody has to come any more; otherwise another time is chosen"}
    )


class Mark(Strict):
    came = fields.Boolean(required=True)


class Time(Schema):
    place_id = fields.UUID()
    starts_at = fields.String()
    ends_at = fields.String()
    free = fields.Integer(metadata={"description": "0: one may wait for it"})


class TimesOfAppointments(Schema):
    items = fields.List(fields.Nested(Time))
    next = fields.String(allow_none=True)


class Where(Schema):
    place_id = fields.UUID()
    name = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    city = fields.String(allow_none=True)


class Booked(Schema):
    place = fields.Nested(Where, allow_none=True)
    starts_at = fields.String()
    ends_at = fields.String()
    text = fields.String(metadata={"description": "when, in words"})
    move_until = fields.String()


class KeptForYou(Schema):
    place = fields.Nested(Where, allow_none=True)
    starts_at = fields.String()
    ends_at = fields.String()
    text = fields.String()
    until = fields.String(metadata={"description": "then it goes to the next in line"})


class WaitingLine(Schema):
    place_id = fields.UUID()
    from_day = fields.String()
    until_day = fields.String()
    ahead = fields.Integer(
        metadata={"description": "who have waited longer for some of the same days"}
    )


class RequestAppointment(Schema):
    request_id = fields.UUID()
    status = fields.String()
    text = fields.String(allow_none=True, metadata={"description": "why, as the card says it"})
    note = fields.String(allow_none=True, metadata={"description": "of the officer who asks"})
    minutes = fields.Integer()
    book_by = _moment("then officers go on without it")
    booked = fields.Nested(Booked, allow_none=True)
    kept_for_you = fields.Nested(KeptForYou, allow_none=True)
    line = fields.Nested(WaitingLine, allow_none=True)
    missed = fields.Integer()
    may_miss = fields.Integer(
        metadata={"description": "times not come to after which officers go on"}
    )
    places = fields.List(fields.Nested(Where))
    may = fields.List(
        fields.String(), metadata={"description": "book, move, give_back, wait, leave_line"}
    )


class Bilingual(Strict):
    fa = fields.String(required=True, validate=validate.Length(1, 500))
    en = fields.String(required=True, validate=validate.Length(1, 500))


OpenHours = Strict.from_dict(
    {
        "days": fields.List(
            fields.String(validate=validate.OneOf(_DAYS)),
            required=True,
            validate=validate.Length(1, 7),
        ),
        "from": fields.String(required=True, metadata=_TIME),
        "to": fields.String(required=True, metadata=_TIME),
    },
    name="OpenHours",
)


class AppointmentPlan(Strict):
    name = fields.Nested(Bilingual, required=True)
    address = fields.Nested(Bilingual, required=True)
    city = fields.Nested(Bilingual, required=True)
    hours = fields.List(fields.Nested(OpenHours), required=True, validate=validate.Length(1, 21))
    slot_minutes = fields.Integer(required=True, validate=validate.Range(5, 480))
    capacity = fields.Integer(
        required=True,
        validate=validate.Range(1, 500),
        metadata={"description": "people at one time"},
    )
    from_day = _day("the first day", required=True)
    until_day = fields.String(
        allow_none=True, metadata={"format": "date", "description": "the last day; none: for good"}
    )
    services = fields.List(
        fields.String(validate=CODE), required=True, validate=validate.Length(1, 100)
    )


class CloseForReason(Strict):
    reason = fields.Nested(Bilingual, required=True)


class KeptAppointmentPlace(Schema):
    place_id = fields.UUID()
    version = fields.Integer()


class AppointmentPlaceRow(Schema):
    place_id = fields.UUID()
    version = fields.Integer()
    authority = fields.String()
    closed = fields.Boolean()
    name = fields.Dict()
    address = fields.Dict()
    city = fields.Dict()
    hours = fields.List(fields.Dict())
    slot_minutes = fields.Integer()
    capacity = fields.Integer()
    from_day = fields.String()
    until_day = fields.String(allow_none=True)
    services = fields.List(fields.String())


class AppointmentPlaces(Schema):
    items = fields.List(fields.Nested(AppointmentPlaceRow))
    next = fields.String(allow_none=True)


class ClosedDay(Schema):
    day = fields.String()
    reason = fields.Dict()


class AppointmentPlace(AppointmentPlaceRow):
    closed_days = fields.List(fields.Nested(ClosedDay))


class OnDay(Strict):
    day = _day("in Tehran", required=True)


class Expected(Schema):
    starts_at = fields.String()
    ends_at = fields.String()
    state = fields.String(metadata={"description": "booked, kept, missed or unmarked"})
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    status = fields.String()


class ExpectedOnDay(Schema):
    items = fields.List(fields.Nested(Expected))
