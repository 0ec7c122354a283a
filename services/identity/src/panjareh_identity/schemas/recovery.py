"""Getting a lost account back, and deaths that the registry reports."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_identity.application.lives.deaths import ReportDeath, WithdrawDeath
from panjareh_identity.application.lives.recovering import BeginRecovery, CompleteRecovery
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.schemas.base import CODE, TEXT, Strict
from panjareh_identity.schemas.lives import TYPED_CODE


class BeginRecoverySchema(Strict):
    identifier = fields.String(required=True, validate=TEXT)
    channel = fields.Enum(Channel, by_value=fields.String, load_default=Channel.SMS)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> BeginRecovery:
        return BeginRecovery(**data)


class BegunRecoverySchema(Schema):
    recovery_id = fields.UUID()
    secret = fields.String()
    expires_in = fields.Integer()


class WhichRecoverySchema(Strict):
    recovery_id = fields.UUID(required=True)
    secret = fields.String(required=True, validate=validate.Length(1, 100))


class RecoveryCodeSchema(WhichRecoverySchema):
    code = fields.String(required=True, validate=TYPED_CODE)


class RecoveryAppointmentSchema(WhichRecoverySchema):
    place = fields.String(required=True, validate=CODE)
    starts_at = fields.AwareDateTime(required=True, format="iso")


class CompleteRecoverySchema(WhichRecoverySchema):
    password = fields.String(required=True, validate=TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> CompleteRecovery:
        return CompleteRecovery(**data)


class ProvedSchema(Schema):
    proved = fields.Integer()


class RecoveredSchema(Schema):
    proofing = fields.Integer()


class ReportDeathSchema(Strict):
    national_id = fields.String(required=True, validate=TEXT)
    died_on = fields.String(required=True, validate=TEXT)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ReportDeath:
        return ReportDeath(**data)


class WithdrawDeathSchema(Strict):
    national_id = fields.String(required=True, validate=TEXT)
    because = fields.String(required=True, validate=validate.Length(3, 400))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> WithdrawDeath:
        return WithdrawDeath(**data)
