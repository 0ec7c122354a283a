"""Puts the OpenID provider and its pages together, in the http process of identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from starlette.applications import Starlette

from panjareh_common.event_store import Cause, EventLog
from panjareh_common.security.tokens import ACCESS_TOKEN
from panjareh_common.settings import (
    HTTP_HOST,
    IDENTITY_HTTP_PORT,
    ISSUER_URL,
    JWKS,
    TRUSTED_PROXIES,
    WINDOW_URL,
    Setting,
)
from panjareh_identity.adapters.clients import PostgresClients, gateway_client
from panjareh_identity.application.authorization_requests import AuthorizationRequests
from panjareh_identity.application.browsers import Browsers
from panjareh_identity.application.client_grants import ClientGrants
from panjareh_identity.application.client_tokens import ClientTokens
from panjareh_identity.application.clients import ClientRow
from panjareh_identity.application.consents import Consents, GiveConsent
from panjareh_identity.application.presented_tokens import PresentedTokens
from panjareh_identity.domain.authenticators import Authenticators, authenticators_id
from panjareh_identity.domain.person import Person
from panjareh_identity.http.app import make_app
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider.authorizing import Authorizing
from panjareh_identity.http.provider.server import Server
from panjareh_identity.http.site import Site
from panjareh_identity.read_model.looks import PostgresLooks
from panjareh_identity.wiring import Wiring

SETTINGS: tuple[Setting, ...] = (
    HTTP_HOST,
    IDENTITY_HTTP_PORT,
    ISSUER_URL,
    TRUSTED_PROXIES,
    WINDOW_URL,
)
_LOOKS = Cause(actor="identity", role="service", channel="web", cause="sign_in_pages")
_CONSENT_LASTS = timedelta(days=365)


@dataclass(frozen=True)
class ClientConsents:
    """Consents to a client are consents like any other: listed and withdrawn where all are (I6)."""

    log: EventLog
    consents: Consents

    def held(self, person_id: UUID, client: ClientRow) -> frozenset[str]:
        with self.log.unit_of_work(_LOOKS) as unit:
            return self.consents.held(unit, person_id, client.client_id)

    def give(
        self,
        person_id: UUID,
        client: ClientRow,
        scopes: frozenset[str],
        *,
        assurance: int,
        cause: Cause,
    ) -> None:
        until = self.log.clock() + _CONSENT_LASTS
        command = GiveConsent("sign_in", sorted(scopes), client.client_id, until)
        self.log.run(cause, lambda unit: self.consents.give_in(unit, command, person_id, assurance))


def wire_provider(wiring: Wiring) -> Starlette:
    foundation, clients = wiring.foundation, wiring.clients
    log, keyring, settings = foundation.log, foundation.keyring, foundation.settings
    issuer: str = settings[ISSUER_URL]
    rows = PostgresClients(
        foundation.database, gateway_client(settings[WINDOW_URL], settings[JWKS])
    )
    browsers = Browsers(log, sessions=wiring.sessions, officers=wiring.officers)
    grants = ClientGrants(
        log,
        rows=clients.grant_rows,
        keyring=keyring,
        ends=clients.grant_ends,
        sessions=wiring.ends,
    )
    tokens = ClientTokens(
        log,
        issuer=issuer,
        sign_access=wiring.signing_keys.access_token,
        sign=wiring.signing_keys.sign,
        browsers=browsers,
        looks=PostgresLooks(),
        clock=log.clock,
    )
    parts = Parts(
        issuer=issuer,
        log=log,
        signing_in=wiring.signing_in,
        unlocking=wiring.unlocking,
        authenticating=wiring.authenticating,
        sessions=wiring.ends,
        devices=wiring.devices,
        signing_keys=wiring.signing_keys,
        clients=rows,
        requests=AuthorizationRequests(clients.askings, keyring, log.clock),
        grants=grants,
        tokens=tokens,
        presented=PresentedTokens(
            issuer=issuer,
            claims=lambda token: foundation.verifier.claims(token, ACCESS_TOKEN),
            clients=rows,
            grants=grants,
            browsers=browsers,
            clock=log.clock,
        ),
        server=Server(
            issuer,
            clients=rows,
            client_grants=grants,
            tokens=tokens,
            keyring=keyring,
            remember=clients.askings.asserted,
        ),
        consents=ClientConsents(log, wiring.consents),
        given=wiring.consents,
        recovering=wiring.lives.recovering,
        visits=wiring.lives.visits,
        places=wiring.lives.places,
        mandates=wiring.mandates,
        statements=wiring.privacy_statements,
        enrolled=lambda person_id: _enrolled(log, person_id),
    )
    site = Site(issuer, keyring, browsers, Authorizing(parts).target)
    return make_app(site, parts)


def _enrolled(log: EventLog, person_id: UUID) -> frozenset[str]:
    with log.unit_of_work(_LOOKS) as unit:
        kept = unit.find(Authenticators, authenticators_id(person_id))
        person = unit.find(Person, person_id)
    kinds = {str(held.kind) for held in kept.held.values()} if kept else set()
    email = {"email"} if person is not None and person.email else set()
    return frozenset(kinds | email)
