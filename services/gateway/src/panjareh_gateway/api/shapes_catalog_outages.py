"""Shapes of outages, of channels that are open and measured, and of the status as CDR has it."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import Page
from panjareh_gateway.api.shapes_catalog_authorities import BothLanguages
from panjareh_gateway.operations import Strict

_STATES = ["announced", "under_way", "ended", "withdrawn"]


class ListOutages(Page):
    state = fields.String(validate=validate.OneOf(_STATES))
    service = fields.String(metadata={"description": "also outages of its authority, and of all"})
    authority = fields.String()


class ChangeOutage(Strict):
    """Without services and authorities it is the whole platform, for its administrators alone."""

    services = fields.List(fields.String(), load_default=list)
    authorities = fields.List(fields.String(), load_default=list)
    channels = fields.List(
        fields.String(), load_default=list, metadata={"description": "none: all channels"}
    )
    starts_at = fields.String(required=True, metadata={"format": "date-time"})
    ends_at = fields.String(
        metadata={
            "format": "date-time",
            "description": "when the end is expected; an incident may do without",
        }
    )
    # The name is that of an argument of marshmallow's schemas, too, which does not mind.
    partial = fields.Boolean(  # type: ignore[assignment]
        metadata={"description": "some of it works"}
    )
    explanation = fields.Nested(BothLanguages, required=True)


class AnnounceOutage(ChangeOutage):
    kind = fields.String(required=True, validate=validate.OneOf(["planned", "incident"]))


class WithdrawOutage(Strict):
    because = fields.Nested(BothLanguages, required=True)


class OutageStanding(Schema):
    outage_id = fields.UUID()
    state = fields.String(metadata={"description": ", ".join(_STATES)})


class Outage(OutageStanding):
    kind = fields.String(metadata={"description": "planned, incident"})
    said_by = fields.String(metadata={"description": "the authority, or `panjareh`"})
    measured = fields.Boolean(metadata={"description": "found by probes, not announced by people"})
    services = fields.List(fields.String())
    authorities = fields.List(fields.String())
    channels = fields.List(fields.String())
    whole_platform = fields.Boolean()
    partial = fields.Boolean()  # type: ignore[assignment]
    starts_at = fields.String()
    ends_at = fields.String(allow_none=True, metadata={"description": "expected, or when it was"})
    explanation = fields.String()
    because = fields.String(allow_none=True, metadata={"description": "why it was withdrawn"})
    announced_at = fields.String()
    changed_at = fields.String()


class Outages(Schema):
    items = fields.List(fields.Nested(Outage))
    next = fields.String(allow_none=True)


class Measured(Schema):
    """Of the last 30 days; probes during planned outages count for nobody."""

    of = fields.String(
        metadata={
            "description": "channel: it was asked itself; window: it is offered at the window, which was asked"
        }
    )
    share = fields.Float(allow_none=True, metadata={"description": "null: asked too seldom yet"})
    asked = fields.Integer()
    answered = fields.Integer()
    during_planned_outages = fields.Integer()
    since = fields.String(metadata={"format": "date"})


class ChannelNow(Schema):
    channel = fields.String()
    address = fields.String(allow_none=True)
    hours = fields.Raw(
        allow_none=True,
        metadata={
            "description": '"always", or {days, from, to} in Tehran; null: told in words only'
        },
    )
    on_holidays = fields.Boolean()
    open_now = fields.Boolean(allow_none=True)
    opens_at = fields.String(allow_none=True, metadata={"description": "where it is closed now"})
    holiday_today = fields.String(allow_none=True)
    promised_availability = fields.Float(allow_none=True)
    measured = fields.Nested(Measured, allow_none=True)


class Availability(Schema):
    code = fields.String()
    as_of = fields.String()
    channels = fields.List(fields.Nested(ChannelNow))
    outages = fields.List(fields.Nested(Outage))


class Links(Schema):
    self = fields.String()


class StatusData(Schema):
    status = fields.String(
        metadata={"description": "OK, PARTIAL_FAILURE, UNAVAILABLE, SCHEDULED_OUTAGE"}
    )
    explanation = fields.String()
    detectionTime = fields.String()  # noqa: N815  # names of the standard
    expectedResolutionTime = fields.String()  # noqa: N815
    updateTime = fields.String()  # noqa: N815


class Status(Schema):
    """As Australia's Consumer Data Standards have it."""

    data = fields.Nested(StatusData)
    links = fields.Nested(Links)
    meta = fields.Dict()


class PlannedOutage(Schema):
    outageTime = fields.String()  # noqa: N815
    duration = fields.String(metadata={"description": "ISO 8601", "example": "PT2H"})
    isPartial = fields.Boolean()  # noqa: N815
    explanation = fields.String()


class PlannedOutagesData(Schema):
    outages = fields.List(fields.Nested(PlannedOutage))


class PlannedOutages(Schema):
    """As Australia's Consumer Data Standards have it."""

    data = fields.Nested(PlannedOutagesData)
    links = fields.Nested(Links)
    meta = fields.Dict()
