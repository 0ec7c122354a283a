"""A token that somebody shows to identity itself: whose it is, and whether it is still good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from panjareh_common.clock import Clock
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security.tokens import AUDIENCE, PEOPLE_ISSUER
from panjareh_identity.application.browsers import Browsers, SignedIn
from panjareh_identity.application.client_grants import ClientGrants, Grant
from panjareh_identity.application.clients import ClientRow, ClientRows

Claims = Callable[[str], tuple[str, dict[str, Any]]]
"""Issuing service and claims of a well-signed access token. Raises NotSignedIn."""


@dataclass(frozen=True)
class Presented:
    """A good token of a client. `signed_in` and `grant`: None where a client acts as itself."""

    client: ClientRow
    claims: dict[str, Any] = field(repr=False)
    signed_in: SignedIn | None = None
    grant: Grant | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(str(self.claims.get("scope", "")).split())


class PresentedTokens:
    def __init__(
        self,
        *,
        issuer: str,
        claims: Claims,
        clients: ClientRows,
        grants: ClientGrants,
        browsers: Browsers,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._claims = claims
        self._clients = clients
        self._grants = grants
        self._browsers = browsers
        self._clock = clock

    def access(self, token: str) -> Presented:
        """A client's access token, looked up: it may have been ended a moment ago. Raises NotSignedIn."""
        issuer, claims = self._claims(token)
        fits = issuer == PEOPLE_ISSUER and claims.get("iss") == PEOPLE_ISSUER
        fits = fits and claims.get("aud") in (AUDIENCE, self._issuer)
        expires_at, sid = claims.get("exp"), claims.get("sid")
        if not fits or type(expires_at) is not int or not isinstance(sid, str):
            raise NotSignedIn()
        client = self._clients.find(str(claims.get("client_id")))
        if client is None or client.suspended or expires_at <= self._clock().timestamp():
            raise NotSignedIn()
        if claims["sub"] == client.client_id:
            if sid != client.sid:
                raise NotSignedIn()
            return Presented(client, claims)
        if client.details.first_party:
            return Presented(
                client, claims, self._browsers.of_client(sid, UUID(claims["sub"]), client)
            )
        grant = self._grants.of_sid(sid)
        if grant is None:
            raise NotSignedIn()
        signed_in = self._browsers.of_client(grant.session_sid, grant.person_id, client)
        return Presented(client, claims, signed_in, grant)

    def refresh(self, token: str) -> Presented:
        """A client's refresh token; looking at it does not use it up. Raises NotSignedIn."""
        grant = self._grants.of_refresh_token(token)
        client = self._clients.find(grant.client_id) if grant else None
        if grant is None or client is None or client.suspended:
            raise NotSignedIn()
        signed_in = self._browsers.of_client(grant.session_sid, grant.person_id, client)
        claims = {
            "scope": " ".join(grant.scopes),
            "sub": str(grant.person_id),
            "exp": int(grant.expires_at.timestamp()),
            "auth_time": int(signed_in.session.auth_time.timestamp()),
            "acr": signed_in.level.acr,
        }
        return Presented(client, claims, signed_in, grant)
