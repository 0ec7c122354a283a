"""The work of officers, as it comes in and goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from panjareh_common.schemas import Timestamp
from panjareh_requests.application.commands_work import (
    ActOnMany,
    ConfirmDecision,
    DeclareConflict,
    GiveBack,
    ProposeDecision,
    Reassign,
    ReturnProposal,
    SetSkills,
    TakeNext,
)
from panjareh_requests.domain.values import Outcome
from panjareh_requests.schemas.base import Strict
from panjareh_requests.schemas.requests import (
    SERVICE_CODE,
    ChangedSchema,
    PageSchema,
    WhichRequestSchema,
)

MOST_AT_ONCE = 200
SKILL = validate.And(
    validate.Length(max=60),
    validate.Regexp(r"[a-z][a-z0-9_]*\Z", error="Use small Latin letters, digits and underscores."),
)
_WHY = validate.Length(max=1000)


def _out_of_order() -> fields.String:
    return fields.String(load_default="", validate=_WHY)


class ListWorkSchema(PageSchema):
    skill = fields.String(load_default=None, allow_none=True, validate=SKILL)
    service = fields.String(load_default=None, allow_none=True, validate=SERVICE_CODE)
    overdue = fields.Boolean(load_default=False)
    mine = fields.Boolean(load_default=False)
    unassigned = fields.Boolean(load_default=False)
    proposed = fields.Boolean(load_default=False)


class WorkRowSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    skill = fields.String(allow_none=True)
    status = fields.String()
    channel = fields.String(allow_none=True)
    submitted_at = Timestamp()
    due_at = Timestamp(allow_none=True)
    overdue = fields.Boolean()
    officer_id = fields.UUID(allow_none=True)
    proposed = fields.Boolean()


class WorkPageSchema(Schema):
    items = fields.List(fields.Nested(WorkRowSchema))
    next = fields.String(allow_none=True)


class ProposalSchema(Schema):
    officer_id = fields.UUID()
    outcome = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class WorkSchema(Schema):
    request_id = fields.UUID()
    status = fields.String()
    officer_id = fields.UUID(allow_none=True)
    skill = fields.String(allow_none=True)
    four_eyes = fields.Boolean()
    ahead = fields.Integer()
    proposal = fields.Nested(ProposalSchema, allow_none=True)


class TakeNextSchema(Strict):
    skill = fields.String(load_default=None, allow_none=True, validate=SKILL)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> TakeNext:
        return TakeNext(**data)


class TakenSchema(Schema):
    request = fields.Nested(ChangedSchema, allow_none=True)


class GiveBackSchema(WhichRequestSchema):
    reason = fields.String(load_default="", validate=_WHY)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> GiveBack:
        return GiveBack(**data)


class ReassignSchema(WhichRequestSchema):
    officer_id = fields.UUID(required=True)
    reason = fields.String(required=True, validate=_WHY)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> Reassign:
        return Reassign(**data)


class DeclareConflictSchema(WhichRequestSchema):
    reason = fields.String(required=True, validate=_WHY)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> DeclareConflict:
        return DeclareConflict(**data)


class ProposeDecisionSchema(WhichRequestSchema):
    outcome = fields.Enum(Outcome, by_value=fields.String, required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=4000))
    out_of_order = _out_of_order()

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ProposeDecision:
        return ProposeDecision(**data)


class ConfirmDecisionSchema(WhichRequestSchema):
    out_of_order = _out_of_order()

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ConfirmDecision:
        return ConfirmDecision(**data)


class ReturnProposalSchema(WhichRequestSchema):
    reason = fields.String(required=True, validate=_WHY)

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ReturnProposal:
        return ReturnProposal(**data)


class ActOnManySchema(Strict):
    action = fields.String(
        required=True, validate=validate.OneOf(["review", "decision", "reassignment"])
    )
    request_ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE)
    )
    outcome = fields.Enum(Outcome, by_value=fields.String, load_default=None, allow_none=True)
    reason = fields.String(load_default="", validate=validate.Length(max=4000))
    officer_id = fields.UUID(load_default=None, allow_none=True)
    out_of_order = _out_of_order()

    @validates_schema
    def complete(self, data: dict[str, Any], **_: Any) -> None:
        needed = {"decision": "outcome", "reassignment": "officer_id"}.get(data.get("action", ""))
        if needed is not None and data.get(needed) is None:
            raise ValidationError({needed: ["Missing data for required field."]})

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> ActOnMany:
        return ActOnMany(**data)


class ActedOnSchema(Schema):
    request_id = fields.UUID()
    status = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    text = fields.String(allow_none=True)


class ActedOnManySchema(Schema):
    items = fields.List(fields.Nested(ActedOnSchema))
    done = fields.Integer()
    refused = fields.Integer()


class OutOfOrderQuerySchema(PageSchema):
    officer_id = fields.UUID(load_default=None, allow_none=True)


class OutOfOrderSchema(Schema):
    request_id = fields.UUID()
    reference = fields.String()
    service_code = fields.String()
    officer_id = fields.UUID()
    doing = fields.String()
    ahead = fields.Integer()
    reason = fields.String(allow_none=True)
    at = Timestamp()


class OutOfOrderPageSchema(Schema):
    items = fields.List(fields.Nested(OutOfOrderSchema))
    next = fields.String(allow_none=True)


class SetSkillsSchema(Strict):
    officer_id = fields.UUID(required=True)
    skills = fields.List(
        fields.String(validate=SKILL), required=True, validate=validate.Length(max=50)
    )

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> SetSkills:
        return SetSkills(**data)


class SkillsSchema(Schema):
    officer_id = fields.UUID()
    skills = fields.List(fields.String())


class OfficerAtWorkSchema(Schema):
    officer_id = fields.UUID()
    roles = fields.List(fields.String())
    skills = fields.List(fields.String())
    reviews = fields.Integer()
    out_of_order = fields.Integer()


class OfficersAtWorkSchema(Schema):
    items = fields.List(fields.Nested(OfficerAtWorkSchema))
    next = fields.String(allow_none=True)
