"""Puts the administration together: authorities on board, offices, clients of agencies, the record of acts."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.event_store import EventLog
from panjareh_identity.application.agency_clients import AgencyClients
from panjareh_identity.application.clients import Clients
from panjareh_identity.application.offices import Offices
from panjareh_identity.application.onboarding import Onboarding
from panjareh_identity.application.ports import Credentials
from panjareh_identity.application.powers import Powers
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.staff_lists import StaffLists
from panjareh_identity.application.staff_ports import StaffLooks
from panjareh_identity.read_model.acts import PostgresActs
from panjareh_identity.read_model.authorities import PostgresAuthorities
from panjareh_identity.read_model.office_changes import PostgresOfficeChanges
from panjareh_identity.read_model.officers import PostgresOfficers


@dataclass(frozen=True)
class Staff:
    """The use cases of staff."""

    onboarding: Onboarding
    offices: Offices
    lists: StaffLists
    clients: AgencyClients


def wire_staff(
    log: EventLog,
    *,
    officers: PostgresOfficers,
    credentials: Credentials,
    looks: StaffLooks,
    ends: SessionEnds,
    clients: Clients,
) -> Staff:
    powers, authorities, changes = Powers(officers), PostgresAuthorities(), PostgresOfficeChanges()
    return Staff(
        onboarding=Onboarding(log, powers=powers, authorities=authorities),
        offices=Offices(
            log,
            powers=powers,
            staff=officers,
            changes=changes,
            authorities=authorities,
            credentials=credentials,
            looks=looks,
            ends=ends,
        ),
        lists=StaffLists(
            log,
            powers=powers,
            staff=officers,
            changes=changes,
            acts=PostgresActs(log),
            looks=looks,
        ),
        clients=AgencyClients(log, powers=powers, authorities=authorities, clients=clients),
    )
