"""Consents, and the privacy statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_identity.application.consents import Consents, GiveConsent
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.application.privacy_statements import PrivacyStatements
from panjareh_identity.entrypoints.doors.mandates import THEMSELF, asking
from panjareh_identity.schemas import privacy as schemas
from panjareh_identity.schemas.base import NothingSchema
from panjareh_identity.schemas.mandates import PageSchema


class PrivacyDoor:
    consents: Consents = Provided("consents")
    privacy_statements: PrivacyStatements = Provided("privacy_statements")

    @rpc(schemas.GiveConsentSchema, gives=schemas.ConsentSchema, callers=THEMSELF)
    def give_consent(self, command: GiveConsent, call: Call) -> Any:
        return self.consents.give(command, asking(call))

    @rpc(schemas.WhichConsentSchema, gives=schemas.ConsentSchema, callers=THEMSELF)
    def withdraw_consent(self, command: dict[str, UUID], call: Call) -> Any:
        return self.consents.withdraw(**command, asked=asking(call))

    @rpc(PageSchema, gives=schemas.ConsentsSchema, callers=THEMSELF)
    def list_consents(self, page: Page, call: Call) -> Any:
        return self.consents.list_of(page, asking(call))

    @rpc(schemas.ShowStatementSchema, gives=schemas.StatementSchema, callers={"gateway"})
    def get_privacy_statement(self, query: dict[str, int | None], call: Call) -> Any:
        return self.privacy_statements.show(**query, cause=call.cause(), language=call.language)

    @rpc(schemas.AcceptStatementSchema, gives=schemas.StatementStateSchema, callers=THEMSELF)
    def accept_privacy_statement(self, command: dict[str, int], call: Call) -> Any:
        return self.privacy_statements.accept(**command, asked=asking(call))

    @rpc(NothingSchema, gives=schemas.StatementStateSchema, callers=THEMSELF)
    def get_privacy_acceptance(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.privacy_statements.state(caller=call.caller, cause=call.cause())
