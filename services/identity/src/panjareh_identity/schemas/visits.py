"""Being seen in person: places, times and appointments; and help at a counter."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_identity.application.lives.appointments import KeepAppointment
from panjareh_identity.application.lives.assisting import BeginAssistance
from panjareh_identity.application.lives.places import OfferTimes, OpenPlace
from panjareh_identity.schemas.base import CODE, TEXT, Strict
from panjareh_identity.schemas.lives import TYPED_CODE


class TextsSchema(Strict):
    fa = fields.String(required=True, validate=TEXT)
    en = fields.String(required=True, validate=TEXT)


class OpenPlaceSchema(Strict):
    code = fields.String(required=True, validate=CODE)
    name = fields.Nested(TextsSchema, required=True)
    address = fields.Nested(TextsSchema, required=True)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> OpenPlace:
        return OpenPlace(**data)


class OpenedPlaceSchema(Schema):
    place = fields.String()


class PlaceSchema(Schema):
    place = fields.String()
    authority = fields.String()
    name = fields.Dict()
    address = fields.Dict()


class PlacesSchema(Schema):
    items = fields.List(fields.Nested(PlaceSchema))


class WhichPlaceSchema(Strict):
    place = fields.String(required=True, validate=CODE)


class OfferTimesSchema(WhichPlaceSchema):
    """`count` times of `minutes`, one after another from `starts_at`."""

    starts_at = fields.AwareDateTime(required=True, format="iso")
    minutes = fields.Integer(required=True, validate=validate.Range(5, 240))
    count = fields.Integer(required=True, validate=validate.Range(1, 100))
    capacity = fields.Integer(required=True, validate=validate.Range(1, 100))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> OfferTimes:
        return OfferTimes(**data)


class OfferedSchema(Schema):
    offered = fields.Integer()


class TimeSchema(Schema):
    place = fields.String()
    starts_at = fields.String()
    ends_at = fields.String()
    free = fields.Integer()


class TimesSchema(Schema):
    items = fields.List(fields.Nested(TimeSchema))


class BookSchema(WhichPlaceSchema):
    starts_at = fields.AwareDateTime(required=True, format="iso")


class MoveSchema(BookSchema):
    appointment_id = fields.UUID(required=True)


class WhichAppointmentSchema(Strict):
    appointment_id = fields.UUID(required=True)


class KeepAppointmentSchema(WhichAppointmentSchema):
    document = fields.String(required=True, validate=validate.Length(3, 100))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> KeepAppointment:
        return KeepAppointment(**data)


class AppointmentSchema(Schema):
    appointment_id = fields.UUID()
    purpose = fields.String()
    place = fields.String()
    starts_at = fields.String()
    ends_at = fields.String()
    status = fields.String()


class AppointmentsSchema(Schema):
    items = fields.List(fields.Nested(AppointmentSchema))


class AtPlaceSchema(WhichPlaceSchema):
    """The appointments of the 24 hours that begin with `day`."""

    day = fields.AwareDateTime(required=True, format="iso")


class NamedAppointmentSchema(AppointmentSchema):
    name = fields.String()


class NamedAppointmentsSchema(Schema):
    items = fields.List(fields.Nested(NamedAppointmentSchema))


class BeginAssistanceSchema(Strict):
    identifier = fields.String(required=True, validate=TEXT)
    purpose = fields.String(required=True, validate=validate.Length(3, 60))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> BeginAssistance:
        return BeginAssistance(**data)


class WhichAssistanceSchema(Strict):
    assistance_id = fields.UUID(required=True)


class BegunAssistanceSchema(Schema):
    assistance_id = fields.UUID()


class ConfirmAssistanceSchema(WhichAssistanceSchema):
    code = fields.String(required=True, validate=TYPED_CODE)
