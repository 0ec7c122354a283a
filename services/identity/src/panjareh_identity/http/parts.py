"""What the pages and the provider are made of; `panjareh_identity.wiring_provider` puts it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog
from panjareh_identity.application.authenticating import Authenticating
from panjareh_identity.application.authorization_requests import AuthorizationRequests
from panjareh_identity.application.client_grants import ClientGrants
from panjareh_identity.application.client_tokens import ClientTokens
from panjareh_identity.application.clients import ClientRow, ClientRows
from panjareh_identity.application.consents import Consents
from panjareh_identity.application.lives.appointments import Visits
from panjareh_identity.application.lives.places import OfferedPlaces
from panjareh_identity.application.lives.recovering import Recovering
from panjareh_identity.application.mandates import Mandates
from panjareh_identity.application.presented_tokens import PresentedTokens
from panjareh_identity.application.privacy_statements import PrivacyStatements
from panjareh_identity.application.sessions import Devices, SessionEnds
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.application.signing_keys import SigningKeys
from panjareh_identity.application.unlocking import Unlocking
from panjareh_identity.http.provider.server import Server


class ScopeConsents(Protocol):
    """What a person has let a client know (I6)."""

    def held(self, person_id: UUID, client: ClientRow) -> frozenset[str]: ...

    def give(
        self,
        person_id: UUID,
        client: ClientRow,
        scopes: frozenset[str],
        *,
        assurance: int,
        cause: Cause,
    ) -> None: ...


@dataclass(frozen=True)
class Parts:
    issuer: str
    log: EventLog
    signing_in: SigningIn
    unlocking: Unlocking
    authenticating: Authenticating
    sessions: SessionEnds
    devices: Devices
    signing_keys: SigningKeys
    clients: ClientRows
    requests: AuthorizationRequests
    grants: ClientGrants
    tokens: ClientTokens
    presented: PresentedTokens
    server: Server
    consents: ScopeConsents
    given: Consents
    mandates: Mandates
    statements: PrivacyStatements
    recovering: Recovering
    visits: Visits
    places: OfferedPlaces
    enrolled: Callable[[UUID], frozenset[str]]
    """Which kinds of authenticators a person has, and `email` where an address is confirmed."""
