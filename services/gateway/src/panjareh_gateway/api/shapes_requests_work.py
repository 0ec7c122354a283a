"""Shapes of the work of officers: the queue, who takes what, the second pair of eyes, skills."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from panjareh_gateway.api.shapes import CODE, Page
from panjareh_gateway.api.shapes_requests import Changed
from panjareh_gateway.operations import Strict

_WHY = validate.Length(max=1000)
_OUTCOME = validate.OneOf(["granted", "refused"])


def out_of_order() -> fields.String:
    return fields.String(
        validate=_WHY,
        metadata={
            "description": "why before others whose turn it is; the applicant and the supervisors read it"
        },
    )


class Early(Strict):
    out_of_order = out_of_order()


class WorkQuery(Page):
    skill = fields.String(metadata={"description": "one queue"})
    service = fields.String(validate=CODE)
    overdue = fields.Boolean(metadata={"description": "only what has passed its time"})
    mine = fields.Boolean(metadata={"description": "only what I review"})
    unassigned = fields.Boolean(metadata={"description": "only what nobody reviews"})
    proposed = fields.Boolean(
        metadata={"description": "only what waits for me as the second officer"}
    )


class WorkRow(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    skill = fields.String(allow_none=True)
    status = fields.String()
    channel = fields.String(allow_none=True)
    submitted_at = fields.String()
    due_at = fields.String(allow_none=True, metadata={"description": "when its time is up"})
    overdue = fields.Boolean()
    officer_id = fields.UUID(allow_none=True, metadata={"description": "who reviews it"})
    proposed = fields.Boolean(metadata={"description": "a decision waits for a second officer"})


class Work(Schema):
    items = fields.List(fields.Nested(WorkRow))
    next = fields.String(allow_none=True)


class Proposal(Schema):
    officer_id = fields.UUID()
    outcome = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class WorkOnOne(Schema):
    request_id = fields.UUID()
    status = fields.String()
    officer_id = fields.UUID(allow_none=True, metadata={"description": "who reviews it"})
    skill = fields.String(allow_none=True)
    four_eyes = fields.Boolean(metadata={"description": "two officers decide"})
    ahead = fields.Integer(
        metadata={"description": "how many stand ahead of it that I could take, counted to 1000"}
    )
    proposal = fields.Nested(Proposal, allow_none=True)


class TakeNext(Strict):
    skill = fields.String(
        allow_none=True, metadata={"description": "of one queue; without it of all of mine"}
    )


class Taken(Schema):
    request = fields.Nested(
        Changed, allow_none=True, metadata={"description": "none where nothing waits"}
    )


class GiveBack(Strict):
    reason = fields.String(validate=_WHY)


class Reassign(Strict):
    officer_id = fields.UUID(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class DeclareConflict(Strict):
    reason = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "sealed; never told to the applicant"},
    )


class Propose(Strict):
    outcome = fields.String(required=True, validate=_OUTCOME)
    reason = fields.String(validate=validate.Length(max=4000))
    out_of_order = out_of_order()


class ReturnProposal(Strict):
    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class ActOnMany(Strict):
    action = fields.String(
        required=True, validate=validate.OneOf(["review", "decision", "reassignment"])
    )
    request_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 200))
    outcome = fields.String(
        allow_none=True, validate=_OUTCOME, metadata={"description": "of decisions"}
    )
    reason = fields.String(
        validate=validate.Length(max=4000), metadata={"description": "the same for each"}
    )
    officer_id = fields.UUID(
        allow_none=True, metadata={"description": "to whom they are handed over"}
    )
    out_of_order = out_of_order()


class ActedOn(Schema):
    request_id = fields.UUID()
    status = fields.String(allow_none=True)
    code = fields.String(allow_none=True, metadata={"description": "of the refusal; none: done"})
    text = fields.String(allow_none=True)


class ActedOnMany(Schema):
    items = fields.List(fields.Nested(ActedOn))
    done = fields.Integer()
    refused = fields.Integer()


class OutOfOrderQuery(Page):
    officer_id = fields.UUID()


class EarlyAct(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    officer_id = fields.UUID()
    doing = fields.String(
        metadata={"description": "review, reassignment, decision or confirmation"}
    )
    ahead = fields.Integer(metadata={"description": "how many stood ahead of it"})
    reason = fields.String(allow_none=True)
    at = fields.String()


class OutOfOrder(Schema):
    items = fields.List(fields.Nested(EarlyAct))
    next = fields.String(allow_none=True)


class SetSkills(Strict):
    skills = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=50),
        metadata={"description": "all that the officer has from now on"},
    )


class Skills(Schema):
    officer_id = fields.UUID()
    skills = fields.List(fields.String())


class OfficerAtWork(Schema):
    officer_id = fields.UUID()
    roles = fields.List(fields.String())
    skills = fields.List(fields.String())
    reviews = fields.Integer(metadata={"description": "that the officer has at the moment"})
    out_of_order = fields.Integer(metadata={"description": "acts before their turn since January"})


class OfficersAtWork(Schema):
    items = fields.List(fields.Nested(OfficerAtWork))
    next = fields.String(allow_none=True)
