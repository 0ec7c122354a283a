"""Acting for another: mandates, and tokens under them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.asking import Asking
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity.application.acting import ActingFor
from panjareh_identity.application.mandate_commands import (
    AnswerMandate,
    AskMandate,
    DecideMandate,
    EndMandate,
    LimitMandate,
    WithdrawMandate,
)
from panjareh_identity.application.mandate_officers import MandateOfficers
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.application.mandates import Mandates
from panjareh_identity.schemas import mandates as schemas

PERSON, OFFICER = CallerKind.PERSON, CallerKind.OFFICER
REPRESENTATIVE = CallerKind.REPRESENTATIVE
THEMSELF = {PERSON, OFFICER}  # nobody acts under a mandate to give mandates


class MandatesDoor:
    mandates: Mandates = Provided("mandates")
    mandate_officers: MandateOfficers = Provided("mandate_officers")
    acting_for: ActingFor = Provided("acting_for")

    @rpc(schemas.AskMandateSchema, gives=schemas.MandateSchema, callers=THEMSELF)
    def ask_mandate(self, command: AskMandate, call: Call) -> Any:
        return self.mandates.ask(command, asking(call))

    @rpc(schemas.PageSchema, gives=schemas.MandatesSchema, callers=THEMSELF)
    def list_mandates(self, page: Page, call: Call) -> Any:
        return self.mandates.list_of(page, asking(call))

    @rpc(schemas.WhichMandateSchema, gives=schemas.MandateSchema, callers=THEMSELF)
    def get_mandate(self, query: dict[str, UUID], call: Call) -> Any:
        return self.mandates.get(**query, asked=asking(call))

    @rpc(schemas.AnswerMandateSchema, gives=schemas.MandateSchema, callers=THEMSELF)
    def answer_mandate(self, command: AnswerMandate, call: Call) -> Any:
        return self.mandates.answer(command, asking(call))

    @rpc(schemas.LimitMandateSchema, gives=schemas.MandateSchema, callers=THEMSELF)
    def limit_mandate(self, command: LimitMandate, call: Call) -> Any:
        return self.mandates.limit(command, asking(call))

    @rpc(schemas.WithdrawMandateSchema, gives=schemas.MandateSchema, callers=THEMSELF)
    def withdraw_mandate(self, command: WithdrawMandate, call: Call) -> Any:
        return self.mandates.withdraw(command, asking(call))

    @rpc(schemas.PageSchema, gives=schemas.RepresentativesSchema, callers={REPRESENTATIVE})
    def list_representatives(self, page: Page, call: Call) -> Any:
        return self.mandates.representatives(page, asking(call))

    @rpc(schemas.WhichMandateSchema, gives=schemas.ActingTokenSchema, callers=THEMSELF)
    def act_for(self, command: dict[str, UUID], call: Call) -> Any:
        return self.acting_for.act_for(**command, caller=call.caller, cause=call.cause())

    @rpc(schemas.PageSchema, gives=schemas.WaitingMandatesSchema, callers={OFFICER})
    def list_waiting_mandates(self, page: Page, call: Call) -> Any:
        return self.mandate_officers.waiting(page, asking(call))

    @rpc(schemas.DecideMandateSchema, gives=schemas.DecidedMandateSchema, callers={OFFICER})
    def decide_mandate(self, command: DecideMandate, call: Call) -> Any:
        return self.mandate_officers.decide(command, asking(call))

    @rpc(schemas.EndMandateSchema, gives=schemas.DecidedMandateSchema, callers={OFFICER})
    def end_mandate(self, command: EndMandate, call: Call) -> Any:
        return self.mandate_officers.end(command, asking(call))


def asking(call: Call) -> Asking:
    return Asking(call.caller, call.cause(), call.key, call.language)
