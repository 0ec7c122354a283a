"""Shapes of authorities, their connection, the quotas and the days on which nobody works."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import Page
from panjareh_gateway.operations import Strict

_STEPS = validate.OneOf(["window_opened", "services_offered", "joined"])


class BothLanguages(Strict):
    """One text in both languages."""

    fa = fields.String(required=True)
    en = fields.String(required=True)


class ListAuthorities(Page):
    parent = fields.String(metadata={"description": "only those right below this authority"})
    kind = fields.String(
        metadata={"description": "ministry, agency, municipality, university, police, court, other"}
    )


class RecordStep(Strict):
    step = fields.String(required=True, validate=_STEPS)
    on = fields.String(required=True, metadata={"format": "date", "description": "in Tehran"})
    window = fields.String(
        metadata={"description": "address of the authority's own window, with its first step"}
    )


class WithdrawStep(Strict):
    step = fields.String(required=True, validate=_STEPS)
    because = fields.Nested(BothLanguages, required=True)


class ListHolidays(Strict):
    year = fields.Integer(required=True, metadata={"description": "Gregorian", "example": 2026})
    authority = fields.String(metadata={"description": "with what that authority announced"})


class AnnounceDay(Strict):
    day = fields.String(required=True, metadata={"format": "date"})
    closed = fields.Boolean(
        metadata={"description": "false: worked; left out: what was announced is withdrawn"}
    )
    name = fields.Nested(BothLanguages, metadata={"description": "why, where a day is announced"})


class ConnectionStep(Schema):
    step = fields.String()
    on = fields.String(metadata={"format": "date"})
    said_by = fields.String(metadata={"description": "the authority itself, or `panjareh`"})


class Connection(Schema):
    code = fields.String()
    steps = fields.Dict(metadata={"description": "the day of each step that was reached"})


class Count(Schema):
    measure = fields.String(metadata={"description": "connected, electronic, smart"})
    count = fields.Integer()
    share = fields.Float(
        allow_none=True, metadata={"description": "of all its services; null: not counted"}
    )


class Standing(Schema):
    measure = fields.String()
    by = fields.String(metadata={"format": "date"})
    share = fields.Float()
    standing = fields.String(metadata={"description": "met, behind, coming, unknown"})


class Progress(Schema):
    services_total = fields.Integer(allow_none=True)
    done = fields.List(fields.Nested(Count))
    quotas = fields.List(fields.Nested(Standing))


class AuthorityName(Schema):
    code = fields.String()
    name = fields.String()


class AuthorityRow(AuthorityName):
    kind = fields.String()
    parent = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    rest_days = fields.List(fields.String())
    sample = fields.Boolean(metadata={"description": "an example, not the state's own word"})
    on_board_at = fields.String(allow_none=True)
    window_url = fields.String(allow_none=True)
    steps = fields.List(fields.Nested(ConnectionStep))


class Authorities(Schema):
    items = fields.List(fields.Nested(AuthorityRow))
    next = fields.String(allow_none=True)


class WholeAuthority(AuthorityRow):
    above = fields.List(fields.Nested(AuthorityName))
    below = fields.List(fields.Nested(AuthorityName))
    progress = fields.Nested(Progress)


class Quota(Schema):
    measure = fields.String()
    share = fields.Float()
    by = fields.String(metadata={"format": "date"})
    law = fields.String()
    sample = fields.Boolean()


class BoardRow(AuthorityName):
    sample = fields.Boolean()
    steps = fields.List(fields.Nested(ConnectionStep))
    progress = fields.Nested(Progress)


class ConnectionBoard(Schema):
    quotas = fields.List(fields.Nested(Quota))
    items = fields.List(fields.Nested(BoardRow))
    next = fields.String(allow_none=True)


class SaidDay(Schema):
    scope = fields.String(metadata={"description": "an authority; empty: the whole country"})
    day = fields.String(metadata={"format": "date"})
    changed = fields.Boolean()


class Holiday(Schema):
    day = fields.String(metadata={"format": "date"})
    closed = fields.Boolean()
    name = fields.String()
    estimated = fields.Boolean(
        metadata={
            "description": "of the lunar calendar, and not confirmed yet: it may move by a day"
        }
    )
    announced = fields.Boolean()


class Holidays(Schema):
    items = fields.List(fields.Nested(Holiday))
