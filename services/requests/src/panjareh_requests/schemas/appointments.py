"""Appointments and the places they are kept at, as they come in and go out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_common.calendar.working_days import WEEKDAYS
from panjareh_common.schemas import Timestamp
from panjareh_requests.application.commands_appointments import (
    BookAppointment,
    CallOffAppointment,
    ChangePlace,
    ClosePlace,
    GiveBackAppointment,
    JoinLine,
    LeaveLine,
    MarkAppointment,
    OfferAppointment,
    OpenPlace,
    ReopenDay,
)
from panjareh_requests.domain.appointments import LOOKED_AHEAD
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import SERVICE_CODE, PageSchema, WhichRequestSchema

_SAID = validate.Regexp(r"(?s)\s*\S", error="Write something.")
_TIME = validate.Regexp(r"(([01]\d|2[0-3]):[0-5]\d|24:00)\Z", error='Write the time as "08:00".')
_ORDER = "The last day comes after the first, and not too far after it."


class BookAppointmentSchema(WhichRequestSchema):
    place_id = fields.UUID(required=True)
    starts_at = Timestamp(required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> BookAppointment:
        return BookAppointment(**data)


class GiveBackSchema(WhichRequestSchema):
    reason = fields.String(load_default="", validate=validate.Length(max=1000))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> GiveBackAppointment:
        return GiveBackAppointment(**data)


class JoinLineSchema(WhichRequestSchema):
    place_id = fields.UUID(required=True)
    from_day = fields.Date(required=True)
    until_day = fields.Date(required=True)

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        first, last = data.get("from_day"), data.get("until_day")
        if first and last and not 0 <= (last - first).days <= LOOKED_AHEAD:
            raise ValidationError({"until_day": [_ORDER]})

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> JoinLine:
        return JoinLine(**data)


class LeaveLineSchema(WhichRequestSchema):
    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> LeaveLine:
        return LeaveLine(**data)


class OfferAppointmentSchema(WhichRequestSchema):
    note = fields.String(load_default="", validate=validate.Length(max=1000))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> OfferAppointment:
        return OfferAppointment(**data)


class CallOffSchema(WhichRequestSchema):
    reason = fields.String(required=True, validate=[validate.Length(1, 1000), _SAID])
    for_good = fields.Boolean(load_default=False)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> CallOffAppointment:
        return CallOffAppointment(**data)


class MarkAppointmentSchema(WhichRequestSchema):
    came = fields.Boolean(required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> MarkAppointment:
        return MarkAppointment(**data)


class ListSlotsSchema(PageSchema, WhichRequestSchema):
    place = fields.UUID(required=True)
    from_day = fields.Date(load_default=None, allow_none=True)


class SlotSchema(Schema):
    place_id = fields.UUID()
    starts_at = Timestamp()
    ends_at = Timestamp()
    free = fields.Integer()


class SlotPageSchema(Schema):
    items = fields.List(fields.Nested(SlotSchema))
    next = fields.String(allow_none=True)


class WhereSchema(Schema):
    place_id = fields.UUID()
    name = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    city = fields.String(allow_none=True)


class BookedSchema(Schema):
    place = fields.Nested(WhereSchema, allow_none=True)
    starts_at = Timestamp()
    ends_at = Timestamp()
    text = fields.String()
    move_until = Timestamp()


class KeptForYouSchema(Schema):
    place = fields.Nested(WhereSchema, allow_none=True)
    starts_at = Timestamp()
    ends_at = Timestamp()
    text = fields.String()
    until = Timestamp()


class LineSchema(Schema):
    place_id = fields.UUID()
    from_day = fields.String()
    until_day = fields.String()
    ahead = fields.Integer()


class AppointmentSchema(Schema):
    request_id = fields.UUID()
    status = fields.String()
    text = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    minutes = fields.Integer()
    book_by = Timestamp(allow_none=True)
    booked = fields.Nested(BookedSchema, allow_none=True)
    kept_for_you = fields.Nested(KeptForYouSchema, allow_none=True)
    line = fields.Nested(LineSchema, allow_none=True)
    missed = fields.Integer()
    may_miss = fields.Integer()
    places = fields.List(fields.Nested(WhereSchema))
    may = fields.List(fields.String())


class CalendarFileSchema(Schema):
    text = fields.String()


# Places, as their keepers write them


class BilingualSchema(Strict):
    fa = fields.String(required=True, validate=[validate.Length(1, 500), _SAID])
    en = fields.String(required=True, validate=[validate.Length(1, 500), _SAID])


# Made from a mapping: `from` is a word that Python keeps.
OpenHoursSchema = Strict.from_dict(
    {
        "days": fields.List(
            fields.String(validate=validate.OneOf(WEEKDAYS)),
            required=True,
            validate=validate.Length(1, 7),
        ),
        "from": fields.String(required=True, validate=_TIME),
        "to": fields.String(required=True, validate=_TIME),
    },
    name="OpenHoursSchema",
)


class PlanSchema(Strict):
    name = fields.Nested(BilingualSchema, required=True)
    address = fields.Nested(BilingualSchema, required=True)
    city = fields.Nested(BilingualSchema, required=True)
    hours = fields.List(
        fields.Nested(OpenHoursSchema), required=True, validate=validate.Length(1, 21)
    )
    slot_minutes = fields.Integer(required=True, strict=True, validate=validate.Range(5, 480))
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, 500))
    from_day = fields.Date(required=True)
    until_day = fields.Date(load_default=None, allow_none=True)
    services = fields.List(
        fields.String(validate=SERVICE_CODE), required=True, validate=validate.Length(1, 100)
    )


_PLAN = tuple(PlanSchema().fields)


def _plan(data: dict[str, Any]) -> dict[str, Any]:
    """As an event keeps it: days are texts."""
    plan = {name: data.pop(name) for name in _PLAN}
    until = plan["until_day"]
    days = {
        "from_day": plan["from_day"].isoformat(),
        "until_day": until.isoformat() if until else None,
    }
    return plan | days | {"services": sorted(set(plan["services"]))}


class OpenPlaceSchema(PlanSchema):
    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> OpenPlace:
        return OpenPlace(plan=_plan(data))


class WhichPlaceSchema(Strict):
    place_id = fields.UUID(required=True)


class ThisPlaceSchema(WhichPlaceSchema):
    version = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=0))


class ChangePlaceSchema(PlanSchema, ThisPlaceSchema):
    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ChangePlace:
        plan = _plan(data)
        return ChangePlace(plan=plan, **data)


class ClosePlaceSchema(ThisPlaceSchema):
    reason = fields.Nested(BilingualSchema, required=True)
    day = fields.Date(load_default=None, allow_none=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ClosePlace:
        return ClosePlace(**data)


class ClosePlaceDaySchema(ClosePlaceSchema):
    day = fields.Date(required=True)


class ReopenDaySchema(ThisPlaceSchema):
    day = fields.Date(required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ReopenDay:
        return ReopenDay(**data)


class KeptPlaceSchema(Schema):
    place_id = fields.UUID()
    version = fields.Integer()


class PlaceRowSchema(Schema):
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


class PlacePageSchema(Schema):
    items = fields.List(fields.Nested(PlaceRowSchema))
    next = fields.String(allow_none=True)


class ClosedDaySchema(Schema):
    day = fields.String()
    reason = fields.Dict()


class PlaceSchema(PlaceRowSchema):
    closed_days = fields.List(fields.Nested(ClosedDaySchema))


class DayOfPlaceSchema(WhichPlaceSchema):
    day = fields.Date(required=True)


class ExpectedSchema(Schema):
    starts_at = Timestamp()
    ends_at = Timestamp()
    state = fields.String()
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    status = fields.String()


class ExpectedListSchema(Schema):
    items = fields.List(fields.Nested(ExpectedSchema))
