"""Shapes of campaigns: a number in the line, and how the line stands."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.operations import Strict


class Ticket(Schema):
    ticket = fields.String(
        metadata={"description": "signed; send it with the request, and to see where you stand"}
    )
    number = fields.Integer()
    drawn_at = fields.String()
    turn_at = fields.String(
        allow_none=True,
        metadata={"description": "never gets later; none while you are on the waiting list"},
    )
    until = fields.String(
        allow_none=True, metadata={"description": "when your place goes to the next"}
    )
    used = fields.Boolean(metadata={"description": "you have asked for the service already"})


class Look(Strict):
    ticket = fields.String(
        validate=validate.Length(1, 2000), metadata={"description": "yours, where you have one"}
    )


Yours = Schema.from_dict(
    {
        "number": fields.Integer(),
        "state": fields.String(
            metadata={
                "description": "waiting, your_turn, passed, on_list; moved_up: take your ticket again"
            }
        ),
        "ahead": fields.Integer(metadata={"description": "how many have their turn before you"}),
        "place_on_list": fields.Integer(allow_none=True),
        "from": fields.String(allow_none=True, metadata={"description": "when your turn comes"}),
        "to": fields.String(
            allow_none=True,
            metadata={
                "description": "when you are through at the latest, should all who may be in come at once"
            },
        ),
        "until": fields.String(allow_none=True),
    },
    name="Yours",
)


class Queue(Schema):
    service_code = fields.String()
    state = fields.String(metadata={"description": "not_open, open, closed"})
    opens_at = fields.String()
    closes_at = fields.String()
    rate = fields.Float(metadata={"description": "how many a second are let in at most"})
    measured_rate = fields.Float(metadata={"description": "how many were, in the last ten seconds"})
    capacity = fields.Integer(allow_none=True)
    places_left = fields.Integer(allow_none=True)
    turn_minutes = fields.Integer()
    drawn = fields.Integer(metadata={"description": "numbers that were taken"})
    served = fields.Integer(metadata={"description": "the number whose turn came last"})
    entered = fields.Integer(metadata={"description": "requests, as of some seconds ago"})
    waiting = fields.Integer(metadata={"description": "on the waiting list"})
    lapsed = fields.Integer(metadata={"description": "turns that nobody used"})
    next_turn_at = fields.String(
        allow_none=True,
        metadata={"description": "of whoever takes a number now and gets a place"},
    )
    retry_after = fields.Integer(
        metadata={"description": "seconds; looking sooner shows nothing new"}
    )
    yours = fields.Nested(Yours, allow_none=True)
