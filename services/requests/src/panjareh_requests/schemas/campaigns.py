"""Campaigns: numbers in a line, and how the line stands."""

from __future__ import annotations

from marshmallow import Schema, fields

from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import SERVICE_CODE


class DrawTicketSchema(Strict):
    service_code = fields.String(required=True, validate=SERVICE_CODE)


class TicketSchema(Schema):
    ticket = fields.String()
    number = fields.Integer()
    drawn_at = fields.String()
    turn_at = fields.String(allow_none=True)
    until = fields.String(allow_none=True)
    used = fields.Boolean()


class CampaignSchema(Schema):
    service_code = fields.String()
    opens_at = fields.String()
    closes_at = fields.String()
    rate = fields.Float()
    capacity = fields.Integer(allow_none=True)
    turn_minutes = fields.Integer()
    drawn = fields.Integer()
    called = fields.Integer()
    served = fields.Integer()
    waiting = fields.Integer()
    placed = fields.Integer()
    lapsed = fields.Integer()
    entered = fields.Integer()
    entered_of_late = fields.Integer()
    next_turn_at = fields.String(allow_none=True)


class CampaignsSchema(Schema):
    items = fields.List(fields.Nested(CampaignSchema))
    as_of = fields.String()
