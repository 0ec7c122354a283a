"""Puts together what identity knows of clients, in every process of it."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_identity.adapters.authorization_requests import PostgresAskings
from panjareh_identity.adapters.client_grants import PostgresGrants
from panjareh_identity.adapters.clients import PostgresClients
from panjareh_identity.application.client_grants import GrantEnds
from panjareh_identity.application.clients import Clients


@dataclass(frozen=True)
class ClientParts:
    clients: Clients
    grant_rows: PostgresGrants
    grant_ends: GrantEnds
    askings: PostgresAskings


def wire_clients(log: EventLog, database: Database, keyring: Keyring) -> ClientParts:
    grant_rows = PostgresGrants()
    grant_ends = GrantEnds(grant_rows)
    return ClientParts(
        clients=Clients(log, rows=PostgresClients(database), keyring=keyring, grants=grant_ends),
        grant_rows=grant_rows,
        grant_ends=grant_ends,
        askings=PostgresAskings(database),
    )
