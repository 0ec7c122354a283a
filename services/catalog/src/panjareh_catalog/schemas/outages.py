"""Outages as they are announced and shown, availability of channels, and the status in the shape of CDR."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from panjareh_catalog.application.outages import AnnounceOutage
from panjareh_catalog.domain.outage import (
    Affected,
    OutageKind,
    OutagePlan,
    OutageState,
    PlatformStatus,
)
from panjareh_catalog.schemas.authorities import CODE
from panjareh_catalog.schemas.base import NO_NUL, PageSchema, Strict, bilingual, wanted
from panjareh_common.schemas import Timestamp

CHANNELS = ("web", "mobile", "sms", "counter", "post", "email", "phone")
_SERVICE = validate.Regexp(r"[A-Z]{2,8}-\d{3}\Z", error="A code looks like INET-001.")
_STATES = validate.OneOf([str(state) for state in OutageState])
_MANY = 500


def _codes(allowed: validate.Validator) -> fields.List[str]:
    return fields.List(
        fields.String(validate=allowed), load_default=list, validate=validate.Length(max=_MANY)
    )


class _PlanSchema(Strict):
    """Without services and authorities it is the whole platform; without channels all of them."""

    services = _codes(_SERVICE)
    authorities = _codes(CODE)
    channels = _codes(validate.OneOf(CHANNELS))
    starts_at = Timestamp(required=True)
    ends_at = Timestamp(load_default=None, allow_none=True)
    # The name is that of an argument of marshmallow's schemas, too, which does not mind.
    partial = fields.Boolean(  # type: ignore[assignment]
        load_default=False, truthy={True}, falsy={False}
    )
    explanation = bilingual(2000)


def _plan(data: dict[str, Any]) -> OutagePlan:
    names = ("services", "authorities", "channels")
    affected = Affected(**{name: tuple(dict.fromkeys(data[name])) for name in names})
    told = ("starts_at", "ends_at", "partial", "explanation")
    return OutagePlan(affected, **{name: data[name] for name in told})


class AnnounceOutageSchema(_PlanSchema):
    kind = fields.String(required=True, validate=validate.OneOf([str(kind) for kind in OutageKind]))

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> AnnounceOutage:
        return AnnounceOutage(OutageKind(data["kind"]), _plan(data))


class ChangeOutageSchema(_PlanSchema):
    outage_id = fields.UUID(required=True)

    @post_load
    def to_arguments(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"outage_id": data["outage_id"], "plan": _plan(data)}


class WhichOutageSchema(Strict):
    outage_id = fields.UUID(required=True)


class WithdrawOutageSchema(WhichOutageSchema):
    because = bilingual(1000)


class ListOutagesSchema(PageSchema):
    state = fields.String(load_default=None, allow_none=True, validate=_STATES)
    service = wanted(40)
    authority = wanted(100)


class OfServiceSchema(Strict):
    code = fields.String(required=True, validate=[validate.Length(1, 40), NO_NUL])


class InWindowSchema(Strict):
    """`window`: the public address of the platform, as the gateway knows it."""

    window = fields.String(load_default="", validate=validate.Length(max=500))


class OutageStandingSchema(Schema):
    outage_id = fields.UUID()
    state = fields.String()


class OutageSchema(OutageStandingSchema):
    kind = fields.String()
    said_by = fields.String()
    measured = fields.Boolean()
    services = fields.List(fields.String())
    authorities = fields.List(fields.String())
    channels = fields.List(fields.String())
    whole_platform = fields.Boolean()
    partial = fields.Boolean()  # type: ignore[assignment]
    starts_at = Timestamp()
    ends_at = Timestamp(allow_none=True)
    explanation = fields.String()
    because = fields.String(allow_none=True)
    announced_at = Timestamp()
    changed_at = Timestamp()


class OutagesPageSchema(Schema):
    items = fields.List(fields.Nested(OutageSchema))
    next = fields.String(allow_none=True)


class MeasuredSchema(Schema):
    of = fields.String(validate=validate.OneOf(["channel", "window"]))
    share = fields.Float(allow_none=True)
    asked = fields.Integer()
    answered = fields.Integer()
    during_planned_outages = fields.Integer()
    since = fields.String()


class ChannelSchema(Schema):
    channel = fields.String()
    address = fields.String(allow_none=True)
    hours = fields.Raw(allow_none=True)
    on_holidays = fields.Boolean()
    open_now = fields.Boolean(allow_none=True)
    opens_at = Timestamp(allow_none=True)
    holiday_today = fields.String(allow_none=True)
    promised_availability = fields.Float(allow_none=True)
    measured = fields.Nested(MeasuredSchema, allow_none=True)


class AvailabilitySchema(Schema):
    code = fields.String()
    as_of = Timestamp()
    channels = fields.List(fields.Nested(ChannelSchema))
    outages = fields.List(fields.Nested(OutageSchema))


class _LinksSchema(Schema):
    self = fields.String()


class _StatusDataSchema(Schema):
    status = fields.String(validate=validate.OneOf([str(each) for each in PlatformStatus]))
    explanation = fields.String()
    detectionTime = fields.String()  # noqa: N815  # names of the standard
    expectedResolutionTime = fields.String()  # noqa: N815
    updateTime = fields.String()  # noqa: N815


class StatusSchema(Schema):
    data = fields.Nested(_StatusDataSchema)
    links = fields.Nested(_LinksSchema)
    meta = fields.Dict()


class _PlannedSchema(Schema):
    outageTime = fields.String()  # noqa: N815
    duration = fields.String()
    isPartial = fields.Boolean()  # noqa: N815
    explanation = fields.String()


class _OutagesDataSchema(Schema):
    outages = fields.List(fields.Nested(_PlannedSchema))


class DiscoveryOutagesSchema(Schema):
    data = fields.Nested(_OutagesDataSchema)
    links = fields.Nested(_LinksSchema)
    meta = fields.Dict()
