"""Consultations (C5): read by all, answered by persons in their own name, led by authorities."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application.consultations import OpenConsultation, UseOpinions
from panjareh_catalog.application.opinions import Giving
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.schemas import consultations as schemas
from panjareh_catalog.schemas.base import PageSchema
from panjareh_catalog.wiring_consultations import ConsultationParts
from panjareh_common.asking import Asking
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind

PERSON = {CallerKind.PERSON}
PUBLISHERS = {CallerKind.OFFICER, CallerKind.AGENCY}


def _asked(call: Call) -> Asking:
    return Asking(call.caller, call.cause(), call.key, call.language)


def _giving(call: Call) -> Giving:
    return Giving(call.caller, call.channel, call.key, call.language)


class ConsultationsDoor:
    consulting: ConsultationParts = Provided("consultation_parts")

    @rpc(schemas.ListConsultationsSchema, gives=schemas.ConsultationPageSchema, callers=ANYONE)
    def list_consultations(self, query: dict[str, Any], call: Call) -> Any:
        return self.consulting.consultation_rows.page(**query, language=call.language)

    @rpc(schemas.WhichConsultationSchema, gives=schemas.ConsultationSchema, callers=ANYONE)
    def get_consultation(self, query: dict[str, Any], call: Call) -> Any:
        return self.consulting.consultation_rows.get(query["consultation_id"], call.language)

    @rpc(schemas.ListOpinionsSchema, gives=schemas.OpinionPageSchema, callers=ANYONE)
    def list_opinions(self, query: dict[str, Any], call: Call) -> Any:
        return self.consulting.opinion_rows.page(**query)

    @rpc(schemas.GiveOpinionSchema, gives=schemas.GivenOpinionSchema, callers=PERSON)
    def give_opinion(self, command: dict[str, Any], call: Call) -> Any:
        return self.consulting.opinions.give(**command, giving=_giving(call))

    @rpc(schemas.WhichConsultationSchema, gives=schemas.GivenOpinionSchema, callers=PERSON)
    def withdraw_opinion(self, command: dict[str, Any], call: Call) -> Any:
        return self.consulting.opinions.withdraw(command["consultation_id"], _giving(call))

    @rpc(schemas.WhichConsultationSchema, gives=schemas.OwnOpinionSchema, callers=PERSON)
    def get_own_opinion(self, query: dict[str, Any], call: Call) -> Any:
        return self.consulting.opinions.own(query["consultation_id"], call.caller)

    @rpc(PageSchema, gives=schemas.OwnOpinionPageSchema, callers=PERSON)
    def list_own_opinions(self, query: dict[str, Any], call: Call) -> Any:
        return self.consulting.opinions.all_own(call.caller, **query)

    @rpc(
        schemas.OpenConsultationSchema,
        gives=schemas.ConsultationStandingSchema,
        callers=PUBLISHERS,
    )
    def open_consultation(self, command: OpenConsultation, call: Call) -> Any:
        return self.consulting.consultations.open(command, _asked(call))

    @rpc(
        schemas.ProlongConsultationSchema,
        gives=schemas.ConsultationStandingSchema,
        callers=PUBLISHERS,
    )
    def prolong_consultation(self, command: dict[str, Any], call: Call) -> Any:
        return self.consulting.consultations.prolong(**command, asking=_asked(call))

    @rpc(schemas.UseOpinionsSchema, gives=schemas.OpinionsUsedSchema, callers=PUBLISHERS)
    def use_opinions(self, command: UseOpinions, call: Call) -> Any:
        return self.consulting.consultations.use(command, _asked(call))

    @rpc(
        schemas.WhichConsultationSchema,
        gives=schemas.ConsultationStandingSchema,
        callers=PUBLISHERS,
    )
    def close_consultation(self, command: dict[str, Any], call: Call) -> Any:
        return self.consulting.consultations.close_as_published(
            command["consultation_id"], _asked(call)
        )

    @rpc(
        schemas.AbandonConsultationSchema,
        gives=schemas.ConsultationStandingSchema,
        callers=PUBLISHERS,
    )
    def abandon_consultation(self, command: dict[str, Any], call: Call) -> Any:
        return self.consulting.consultations.abandon(**command, asking=_asked(call))
