"""The administration: authorities on board, offices, clients of agencies, the record of acts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.asking import Asking
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity.application.clients import RegisterClient
from panjareh_identity.application.offices import ChangeOffice
from panjareh_identity.application.onboarding import AskAuthority
from panjareh_identity.schemas import staff as schemas
from panjareh_identity.schemas.base import NothingSchema
from panjareh_identity.wiring_staff import Staff

PERSON, OFFICER = CallerKind.PERSON, CallerKind.OFFICER


def _asked(call: Call) -> Asking:
    return Asking(call.caller, call.cause(), call.key, call.language)


class StaffDoor:
    staff: Staff = Provided("staff")

    @rpc(schemas.AskAuthoritySchema, gives=schemas.AuthorityStandingSchema, callers={OFFICER})
    def ask_authority(self, command: AskAuthority, call: Call) -> Any:
        return self.staff.onboarding.ask(command, _asked(call))

    @rpc(schemas.WhichAuthoritySchema, gives=schemas.AuthorityStandingSchema, callers={OFFICER})
    def confirm_authority(self, command: dict[str, str], call: Call) -> Any:
        return self.staff.onboarding.confirm(command["code"], _asked(call))

    @rpc(schemas.RefuseAuthoritySchema, gives=schemas.AuthorityStandingSchema, callers={OFFICER})
    def refuse_authority(self, command: dict[str, str], call: Call) -> Any:
        return self.staff.onboarding.refuse(**command, asked=_asked(call))

    @rpc(NothingSchema, gives=schemas.AuthoritiesSchema, callers={OFFICER})
    def list_authorities(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.staff.onboarding.all(caller=call.caller, cause=call.cause())

    @rpc(schemas.ChangeOfficeSchema, gives=schemas.OfficeChangeSchema, callers={OFFICER})
    def change_office(self, command: ChangeOffice, call: Call) -> Any:
        return self.staff.offices.change(command, _asked(call))

    # Whoever is named may refuse, and the platform's second administrator confirms: no officer yet.

    @rpc(schemas.WhichChangeSchema, gives=schemas.OfficeChangeSchema, callers={PERSON, OFFICER})
    def confirm_office_change(self, command: dict[str, UUID], call: Call) -> Any:
        return self.staff.offices.confirm(command["change_id"], _asked(call))

    @rpc(schemas.RefuseChangeSchema, gives=schemas.OfficeChangeSchema, callers={PERSON, OFFICER})
    def refuse_office_change(self, command: dict[str, Any], call: Call) -> Any:
        return self.staff.offices.refuse(**command, asked=_asked(call))

    @rpc(schemas.OfAuthoritySchema, gives=schemas.WaitingChangesSchema, callers={PERSON, OFFICER})
    def list_office_changes(self, query: dict[str, Any], call: Call) -> Any:
        return self.staff.lists.changes(**query, caller=call.caller, cause=call.cause())

    @rpc(schemas.OfAuthoritySchema, gives=schemas.StaffMembersSchema, callers={OFFICER})
    def list_officers(self, query: dict[str, Any], call: Call) -> Any:
        return self.staff.lists.officers(**query, caller=call.caller, cause=call.cause())

    @rpc(schemas.ListActsSchema, gives=schemas.ActsSchema, callers={OFFICER})
    def list_acts(self, query: dict[str, Any], call: Call) -> Any:
        return self.staff.lists.acts(**query, caller=call.caller, cause=call.cause())

    @rpc(schemas.RegisterClientSchema, gives=schemas.ClientSecretSchema, callers={OFFICER})
    def register_client(self, command: tuple[RegisterClient, dict[str, Any]], call: Call) -> Any:
        return self.staff.clients.register(*command, _asked(call))

    @rpc(schemas.WhichClientSchema, gives=schemas.ClientSecretSchema, callers={OFFICER})
    def rotate_client_secret(self, command: dict[str, Any], call: Call) -> Any:
        return self.staff.clients.rotate_secret(**command, asked=_asked(call))

    @rpc(schemas.WhichClientSchema, gives=schemas.ClientStandingSchema, callers={OFFICER})
    def suspend_client(self, command: dict[str, Any], call: Call) -> Any:
        return self.staff.clients.suspend(**command, asked=_asked(call))

    @rpc(schemas.WhichClientSchema, gives=schemas.ClientStandingSchema, callers={OFFICER})
    def resume_client(self, command: dict[str, Any], call: Call) -> Any:
        return self.staff.clients.resume(**command, asked=_asked(call))

    @rpc(schemas.ListClientsSchema, gives=schemas.ClientsSchema, callers={OFFICER})
    def list_clients(self, query: dict[str, Any], call: Call) -> Any:
        return self.staff.clients.all(**query, caller=call.caller, cause=call.cause())
