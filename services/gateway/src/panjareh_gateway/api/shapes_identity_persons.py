"""The shapes of the person's own account, of recovery, of visits in person and of help at a counter."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict

GROUPS = ["disability", "women", "young", "low_income", "low_literacy", "old", "migrant"]
_CODE = {"description": "the code that was sent"}
_AT = {"format": "date-time", "example": "2026-04-04T08:00:00+03:30"}


class Groups(Schema):
    groups = fields.List(fields.Dict(), metadata={"description": "group, and who confirmed it"})


class Account(Groups):
    person_id = fields.UUID()
    identifier = fields.Dict(metadata={"description": "kind, number, and a passport's country"})
    given_name = fields.String(allow_none=True)
    family_name = fields.String(allow_none=True)
    birth_date = fields.String(allow_none=True)
    mobile = fields.String(allow_none=True)
    mobile_confirmed = fields.Boolean()
    email = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    proofing = fields.Integer(metadata={"description": "what was proved about the person, 1 to 4"})
    in_person_needed = fields.Boolean(
        metadata={"description": "after a recovery: more is got back in person only"}
    )


class Language(Strict):
    language = fields.String(required=True, validate=validate.OneOf(["fa", "en"]))


class ChooseNotices(Strict):
    off = fields.List(
        fields.String(validate=validate.OneOf(["messages", "reminders", "appointments"])),
        required=True,
        metadata={"description": "the groups that are not wanted"},
    )
    channel = fields.String(required=True, validate=validate.OneOf(["sms", "email"]))


class NoticeGroup(Schema):
    group = fields.String()
    title = fields.String()
    on = fields.Boolean()
    optional = fields.Boolean(metadata={"description": "whether it can be turned off"})


class NoticeChoices(Schema):
    channel = fields.String(
        allow_none=True,
        metadata={"description": "sms or email; null where neither address is confirmed"},
    )
    groups = fields.List(fields.Nested(NoticeGroup))


class Email(Strict):
    email = fields.String(required=True, metadata={"format": "email"})


class TypedCode(Strict):
    code = fields.String(required=True, metadata=_CODE)


class Mobile(Strict):
    mobile = fields.String(required=True, metadata={"example": "09121234567"})
    proof = fields.String(
        required=True,
        validate=validate.OneOf(["old_number", "mobile_registry", "in_person"]),
        metadata={"description": "what is given besides a code to the new number"},
    )


class MobileCodes(TypedCode):
    old_code = fields.String(metadata={"description": "with the proof old_number: the code to it"})


class Sent(Schema):
    sent_to = fields.String(metadata={"description": "masked"})


class DeclareGroups(Strict):
    groups = fields.List(fields.String(validate=validate.OneOf(GROUPS)), required=True)


class ConfirmGroup(Strict):
    group = fields.String(required=True, validate=validate.OneOf(GROUPS))


class MyData(Schema):
    person_id = fields.UUID()
    made_at = fields.String()
    sections = fields.Dict()


class BeginRecovery(Strict):
    identifier = fields.String(required=True, metadata={"example": "0499370899"})
    channel = fields.String(validate=validate.OneOf(["sms", "email"]))


class BegunRecovery(Schema):
    recovery_id = fields.UUID()
    secret = fields.String(metadata={"description": "says who asks from now on; keep it"})
    expires_in = fields.Integer(metadata={"description": "seconds"})


class RecoverySecret(Strict):
    secret = fields.String(required=True)


class RecoveryCode(RecoverySecret):
    code = fields.String(required=True, metadata=_CODE)


class RecoveryAppointment(RecoverySecret):
    place = fields.String(required=True)
    starts_at = fields.String(required=True, metadata=_AT)


class CompleteRecovery(RecoverySecret):
    password = fields.String(required=True, metadata={"format": "password"})


class Proved(Schema):
    proved = fields.Integer(metadata={"description": "the proofing that the way back has come to"})


class Recovered(Schema):
    proofing = fields.Integer()


class Texts(Strict):
    fa = fields.String(required=True)
    en = fields.String(required=True)


class OpenPlace(Strict):
    code = fields.String(required=True)
    name = fields.Nested(Texts, required=True)
    address = fields.Nested(Texts, required=True)


class OpenedPlace(Schema):
    place = fields.String()


class Places(Schema):
    items = fields.List(fields.Dict())


class OfferTimes(Strict):
    starts_at = fields.String(required=True, metadata=_AT)
    minutes = fields.Integer(required=True, validate=validate.Range(5, 240))
    count = fields.Integer(required=True, validate=validate.Range(1, 100))
    capacity = fields.Integer(required=True, validate=validate.Range(1, 100))


class Offered(Schema):
    offered = fields.Integer()


class Times(Schema):
    items = fields.List(fields.Dict())


class Book(Strict):
    place = fields.String(required=True)
    starts_at = fields.String(required=True, metadata=_AT)


class Appointment(Schema):
    appointment_id = fields.UUID()
    purpose = fields.String(metadata={"description": "proofing or recovery"})
    place = fields.String()
    starts_at = fields.String()
    ends_at = fields.String()
    status = fields.String(metadata={"description": "booked, cancelled, kept or missed"})


class Appointments(Schema):
    items = fields.List(fields.Nested(Appointment))


class NamedAppointment(Appointment):
    name = fields.String()


class NamedAppointments(Schema):
    items = fields.List(fields.Nested(NamedAppointment))


class Day(Strict):
    day = fields.String(required=True, metadata=_AT | {"description": "24 hours from then on"})


class KeepAppointment(Strict):
    document = fields.String(
        required=True, metadata={"description": "kind and number of what the person showed"}
    )


class BeginAssistance(Strict):
    identifier = fields.String(required=True)
    purpose = fields.String(
        required=True, metadata={"description": "what the person is told beside the code"}
    )


class BegunAssistance(Schema):
    assistance_id = fields.UUID()


class ReportDeath(Strict):
    national_id = fields.String(required=True)
    died_on = fields.String(required=True, metadata={"format": "date"})


class WithdrawDeath(Strict):
    national_id = fields.String(required=True)
    because = fields.String(required=True)
