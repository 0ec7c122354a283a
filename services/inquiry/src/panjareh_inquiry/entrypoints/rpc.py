"""The RPC door of the exchange. It translates and delegates; it decides nothing."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_inquiry import schemas
from panjareh_inquiry.application.commands import Ask
from panjareh_inquiry.application.inquiries import Inquiries
from panjareh_inquiry.messaging.translation import PUBLISHED
from panjareh_inquiry.wiring import wire

ASKERS = {"requests", "identity"}


class InquiryService(EveryService):
    name = "inquiry"

    inquiries: Inquiries = Provided("inquiries")

    @rpc(schemas.AskSchema, gives=schemas.AskedSchema, callers=ASKERS)
    def ask(self, command: Ask, call: Call) -> Any:
        return self.inquiries.ask(command, caller=call.caller, cause=call.cause())

    @rpc(schemas.GetEvidenceSchema, gives=schemas.EvidenceSchema, callers=ASKERS)
    def get_evidence(self, query: dict[str, Any], call: Call) -> Any:
        return self.inquiries.get_evidence(**query, caller=call.caller, cause=call.cause())


def main(arguments: list[str]) -> None:
    wiring = wire()
    serve(InquiryService, wiring.foundation, vars(wiring), PUBLISHED)
