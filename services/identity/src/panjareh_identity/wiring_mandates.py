"""Puts together what has to do with acting for another, with consent and with the privacy statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_identity.adapters.acting_sessions import PostgresActingSessions
from panjareh_identity.application.acting import ActingFor
from panjareh_identity.application.consents import Consents, Withdrawn
from panjareh_identity.application.mandate_officers import MandateOfficers
from panjareh_identity.application.mandate_ports import Registries
from panjareh_identity.application.mandate_showing import MandateShowing
from panjareh_identity.application.mandates import Mandates
from panjareh_identity.application.ports import Credentials, Leaving, Looks, Sessions
from panjareh_identity.application.privacy_statements import PrivacyStatements
from panjareh_identity.application.proving import Proving
from panjareh_identity.application.represented import Represented
from panjareh_identity.application.tokens import Sign
from panjareh_identity.read_model.consents import PostgresConsentRows
from panjareh_identity.read_model.mandates import PostgresMandateRows
from panjareh_identity.read_model.privacy_statements import PostgresStatementRows


@dataclass(frozen=True)
class MandatesWiring:
    mandates: Mandates
    mandate_officers: MandateOfficers
    proving: Proving
    acting_for: ActingFor
    acting_sessions: PostgresActingSessions
    consents: Consents
    privacy_statements: PrivacyStatements

    @property
    def leaving(self) -> tuple[Leaving, ...]:
        return (self.mandates.leave, self.consents.leave, self.privacy_statements.leave)


def wire_mandates(
    log: EventLog,
    database: Database,
    keyring: Keyring,
    *,
    registries: Registries,
    credentials: Credentials,
    sessions: Sessions,
    looks: Looks,
    sign: Sign,
    withdrawn: Sequence[Withdrawn] = (),
) -> MandatesWiring:
    rows = PostgresMandateRows(keyring)
    acting = PostgresActingSessions(database)
    showing = MandateShowing(looks)
    mandates = Mandates(log, rows=rows, acting=acting, showing=showing)
    proving = Proving(
        log,
        mandates=mandates,
        rows=rows,
        represented=Represented(credentials),
        registries=registries,
    )
    return MandatesWiring(
        mandates=mandates,
        mandate_officers=MandateOfficers(
            log, mandates=mandates, proving=proving, rows=rows, showing=showing
        ),
        proving=proving,
        acting_for=ActingFor(
            log, sign=sign, sessions=sessions, rows=rows, acting=acting, looks=looks
        ),
        acting_sessions=acting,
        consents=Consents(log, PostgresConsentRows(), withdrawn=withdrawn),
        privacy_statements=PrivacyStatements(log, PostgresStatementRows()),
    )
