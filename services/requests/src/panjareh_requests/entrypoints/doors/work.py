"""The work of officers: the queue, who takes what, the second pair of eyes, skills, and what was out of order."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
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
from panjareh_requests.application.many import ManyAtOnce
from panjareh_requests.application.proposals import Proposals
from panjareh_requests.application.working import Working
from panjareh_requests.entrypoints.doors.asking import OFFICER, asked
from panjareh_requests.read_model.work_list import WorkList
from panjareh_requests.schemas import work as schemas
from panjareh_requests.schemas.requests import ChangedSchema, PageSchema, WhichRequestSchema


class WorkDoor:
    working: Working = Provided("working")
    proposals: Proposals = Provided("proposals")
    many_at_once: ManyAtOnce = Provided("many_at_once")
    work_list: WorkList = Provided("work_list")

    @rpc(schemas.ListWorkSchema, gives=schemas.WorkPageSchema, callers={OFFICER})
    def list_work(self, query: dict[str, Any], call: Call) -> Any:
        return self.work_list.page(call.caller, call.cause(), **query)

    @rpc(WhichRequestSchema, gives=schemas.WorkSchema, callers={OFFICER})
    def get_work(self, query: dict[str, Any], call: Call) -> Any:
        return self.work_list.one(**query, caller=call.caller, cause=call.cause())

    @rpc(schemas.TakeNextSchema, gives=schemas.TakenSchema, callers={OFFICER})
    def take_next(self, command: TakeNext, call: Call) -> Any:
        return self.working.take_next(command, asked(call))

    @rpc(schemas.GiveBackSchema, gives=ChangedSchema, callers={OFFICER})
    def give_back(self, command: GiveBack, call: Call) -> Any:
        return self.working.give_back(command, asked(call))

    @rpc(schemas.ReassignSchema, gives=ChangedSchema, callers={OFFICER})
    def reassign(self, command: Reassign, call: Call) -> Any:
        return self.working.reassign(command, asked(call))

    @rpc(schemas.DeclareConflictSchema, gives=ChangedSchema, callers={OFFICER})
    def declare_conflict(self, command: DeclareConflict, call: Call) -> Any:
        return self.working.declare_conflict(command, asked(call))

    @rpc(schemas.ProposeDecisionSchema, gives=ChangedSchema, callers={OFFICER})
    def propose_decision(self, command: ProposeDecision, call: Call) -> Any:
        return self.proposals.propose(command, asked(call))

    @rpc(schemas.ConfirmDecisionSchema, gives=ChangedSchema, callers={OFFICER})
    def confirm_decision(self, command: ConfirmDecision, call: Call) -> Any:
        return self.proposals.confirm(command, asked(call))

    @rpc(schemas.ReturnProposalSchema, gives=ChangedSchema, callers={OFFICER})
    def return_proposal(self, command: ReturnProposal, call: Call) -> Any:
        return self.proposals.send_back(command, asked(call))

    @rpc(schemas.ActOnManySchema, gives=schemas.ActedOnManySchema, callers={OFFICER})
    def act_on_many(self, command: ActOnMany, call: Call) -> Any:
        return self.many_at_once.act(command, asked(call))

    @rpc(schemas.OutOfOrderQuerySchema, gives=schemas.OutOfOrderPageSchema, callers={OFFICER})
    def list_out_of_order(self, query: dict[str, Any], call: Call) -> Any:
        return self.work_list.out_of_order(call.caller, call.cause(), **query)

    @rpc(PageSchema, gives=schemas.OfficersAtWorkSchema, callers={OFFICER})
    def list_officers_at_work(self, query: dict[str, Any], call: Call) -> Any:
        return self.work_list.officers(call.caller, call.cause(), **query)

    @rpc(schemas.SetSkillsSchema, gives=schemas.SkillsSchema, callers={OFFICER})
    def set_skills(self, command: SetSkills, call: Call) -> Any:
        return self.working.set_skills(command, asked(call))
