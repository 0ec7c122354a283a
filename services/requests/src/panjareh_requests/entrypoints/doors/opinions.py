"""Opinions of other authorities: asked for, seen by who is asked, given."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application.opinions import (
    AskOpinion,
    GiveOpinion,
    Opinions,
    WithdrawOpinion,
)
from panjareh_requests.entrypoints.doors.asking import OFFICER, asked
from panjareh_requests.read_model.opinions import AskedOpinions
from panjareh_requests.schemas import opinions as schemas
from panjareh_requests.schemas.requests import PageSchema, WhichRequestSchema


class OpinionsDoor:
    opinions: Opinions = Provided("opinions")
    asked_opinions: AskedOpinions = Provided("asked_opinions")

    @rpc(schemas.AskOpinionSchema, gives=schemas.OpinionSchema, callers={OFFICER})
    def ask_opinion(self, command: AskOpinion, call: Call) -> Any:
        return self.opinions.ask(command, asked(call))

    @rpc(schemas.WithdrawOpinionSchema, gives=schemas.OpinionSchema, callers={OFFICER})
    def withdraw_opinion(self, command: WithdrawOpinion, call: Call) -> Any:
        return self.opinions.withdraw(command, asked(call))

    @rpc(WhichRequestSchema, gives=schemas.OpinionsOfRequestSchema, callers={OFFICER})
    def list_request_opinions(self, query: dict[str, Any], call: Call) -> Any:
        return self.asked_opinions.of_request(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(PageSchema, gives=schemas.AskedOfUsPageSchema, callers={OFFICER})
    def list_opinions(self, query: dict[str, Any], call: Call) -> Any:
        return self.asked_opinions.page(call.caller, call.cause(), **query, language=call.language)

    @rpc(schemas.WhichOpinionSchema, gives=schemas.AskedOpinionSchema, callers={OFFICER})
    def get_opinion(self, query: dict[str, Any], call: Call) -> Any:
        return self.asked_opinions.get(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.GiveOpinionSchema, gives=schemas.OpinionSchema, callers={OFFICER})
    def give_opinion(self, command: GiveOpinion, call: Call) -> Any:
        return self.opinions.give(command, asked(call))
