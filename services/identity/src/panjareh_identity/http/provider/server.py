"""Authlib's authorization server over our clients, grants and keys (RFC 6749, OpenID Connect Core 1.0)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    grants,
)
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants.util import create_half_hash
from joserfc import jwk, jwt
from joserfc.errors import JoseError
from starlette.responses import Response

from panjareh_common.event_store import Keyring
from panjareh_identity.application.client_grants import ClientGrants, Grant
from panjareh_identity.application.client_tokens import ClientTokens
from panjareh_identity.application.clients import ClientRow, ClientRows, secret_hash
from panjareh_identity.domain.client import AuthMethod, GrantType
from panjareh_identity.http.provider.messages import ClientRequest, to_response

# Authlib writes tokens and clients' proofs into its lines for developers.
logging.getLogger("authlib").setLevel(logging.WARNING)

AUTH_METHODS = [str(method) for method in AuthMethod]
ASSERTION_ALGS = ["Ed25519", "EdDSA", "ES256", "ES384", "PS256", "RS256"]
_LONGEST_ASSERTION = 3600  # seconds; what was used once is remembered for as long

Remember = Callable[[bytes, datetime], bool]
"""Keeps a hash until a moment; False when it was kept before."""


class KnownClient(ClientMixin):
    """A client as Authlib asks about it."""

    def __init__(self, row: ClientRow, keyring: Keyring) -> None:
        self.row = row
        self._keyring = keyring

    @property
    def client_metadata(self) -> dict[str, Any]:
        return {"post_logout_redirect_uris": list(self.row.details.post_logout_redirect_uris)}

    def get_client_id(self) -> str:
        return self.row.client_id

    def get_default_redirect_uri(self) -> str | None:
        # A request names where to answer; guessing would be one more way to be wrong.
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        known = self.row.details.scopes
        return " ".join(name for name in dict.fromkeys((scope or "").split()) if name in known)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.row.details.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        # Both are keyed hashes of the same length, made of random text: nothing to measure.
        return self.row.secret_hash == secret_hash(self._keyring, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.row.details.auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.check_grant_type(GrantType.CODE)

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.row.details.grant_types


class PrivateKeyJwt(JWTBearerClientAssertion):
    """private_key_jwt: a client signs who it is, for us alone and once (RFC 7523, section 3)."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, issuer: str, keyring: Keyring, remember: Remember) -> None:
        super().__init__(leeway=30)
        self._issuer = issuer
        self._keyring = keyring
        self._remember = remember

    def __call__(self, query_client: Any, request: ClientRequest) -> Any:
        client = super().__call__(query_client, request)
        named = request.form.get("client_id")
        if client is not None and named is not None and named != client.get_client_id():
            raise InvalidClientError(description="'client_id' is not the one in the assertion.")
        return client

    def get_audiences(self) -> list[str]:
        return [self._issuer, f"{self._issuer}/token"]

    def resolve_client_public_key(self, client: KnownClient) -> jwk.KeySet:
        keys: Any = client.row.details.jwks
        if keys is None:
            raise InvalidClientError(description="The client has no keys here.")
        return jwk.KeySet.import_key_set(keys)

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> dict[str, Any]:
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=ASSERTION_ALGS)
        except (JoseError, ValueError) as cause:
            raise InvalidClientError(description="The assertion is not well signed.") from cause
        self.verify_claims(token.claims)
        return dict(token.claims)

    def validate_jti(self, claims: Mapping[str, Any], jti: Any) -> bool:
        expires = claims["exp"]
        if not isinstance(jti, str) or expires > time.time() + _LONGEST_ASSERTION:
            return False
        kept = self._keyring.lookup("client_assertion", f"{claims['sub']}\0{jti}")
        return self._remember(kept, datetime.fromtimestamp(expires + self.leeway + 1, UTC))


class S256Only(CodeChallenge):
    """PKCE for every client, and never the plain method (RFC 9700, section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a 'code_challenge' with the method S256.")
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge_method(self, authorization_code: Any) -> str:
        return "S256"


class GrantedCode:
    """A grant as Authlib asks about a code or a refresh token."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.code_challenge = grant.code_challenge

    def get_redirect_uri(self) -> str:
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.grant.scopes)

    def check_client(self, client: KnownClient) -> bool:
        return self.grant.client_id == client.get_client_id()


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    server: Server

    def save_authorization_code(self, code: str, request: Any) -> None:
        raise NotImplementedError  # codes are given by the pages, see provider/authorizing.py

    def query_authorization_code(self, code: str, client: KnownClient) -> GrantedCode | None:
        """Uses the code up: whatever else is wrong with this request, nobody gets a second try."""
        grant = self.server.client_grants.use_code(code, client.row)
        return GrantedCode(grant) if grant else None

    def delete_authorization_code(self, authorization_code: GrantedCode) -> None:
        """It was used up already, and is kept so that a second use is noticed."""

    def authenticate_user(self, authorization_code: GrantedCode) -> Grant:
        return authorization_code.grant


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Server

    def authenticate_refresh_token(self, refresh_token: str) -> GrantedCode | None:
        client: KnownClient = self.request.client
        grant = self.server.client_grants.use_refresh_token(refresh_token, client.row)
        return GrantedCode(grant) if grant else None

    def authenticate_user(self, refresh_token: GrantedCode) -> Grant:
        return refresh_token.grant

    def revoke_old_credential(self, refresh_token: GrantedCode) -> None:
        """It was used up already."""


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS


class Server(AuthorizationServer):
    """`token_of` makes the tokens of a living grant."""

    def __init__(
        self,
        issuer: str,
        *,
        clients: ClientRows,
        client_grants: ClientGrants,
        tokens: ClientTokens,
        keyring: Keyring,
        remember: Remember,
    ) -> None:
        super().__init__()
        self.issuer = issuer
        self.client_grants = client_grants
        self._clients = clients
        self._tokens = tokens
        self._keyring = keyring
        self.register_client_auth_method(
            PrivateKeyJwt.CLIENT_AUTH_METHOD, PrivateKeyJwt(issuer, keyring, remember)
        )
        self.register_token_generator("default", self._make_tokens)
        self.register_grant(CodeGrant, [S256Only(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(ClientCredentialsGrant)

    # What Authlib asks of whoever uses it

    def query_client(self, client_id: str) -> KnownClient | None:
        row = self._clients.find(client_id)
        return KnownClient(row, self._keyring) if row and not row.suspended else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """An access token is kept nowhere, and a refresh token by whoever makes it."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: ClientRequest) -> ClientRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        return to_response(status, body, headers)

    def get_error_uri(self, request: Any, error: OAuth2Error) -> None:
        return None

    # Ours

    def client_of(self, request: ClientRequest) -> KnownClient:
        """The client that proves itself. Raises InvalidClientError."""
        request.payload.check()
        client: KnownClient = self.authenticate_client(request, AUTH_METHODS)
        return client

    def token(self, request: ClientRequest) -> Response:
        try:
            request.payload.check()
            return self.create_token_response(request)
        except OAuth2Error as error:
            return self.told(request, error)

    def told(self, request: ClientRequest, error: OAuth2Error) -> Response:
        response: Response = self.handle_error_response(request, error)
        return response

    def _make_tokens(  # noqa: PLR0917 - Authlib's shape
        self,
        grant_type: str,
        client: KnownClient,
        user: Grant | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        scopes = tuple(client.get_allowed_scope(scope).split())
        if user is None:
            return self._tokens.of_client(client.row, scopes or client.row.details.scopes)
        made = self._tokens.of_grant(user, client.row, scopes)
        if made is None:
            raise InvalidGrantError("The session has ended.")
        if include_refresh_token and client.check_grant_type(GrantType.REFRESH):
            made["refresh_token"] = self.client_grants.give_refresh_token(user)
        if grant_type == GrantType.CODE and "openid" in scopes:
            alg = client.row.details.id_token_alg
            at_hash = create_half_hash(made["access_token"], _half_hash_name(alg))
            made["id_token"] = self._tokens.id_token(user, client.row, at_hash.decode())
        return made


def _half_hash_name(alg: str) -> str:
    """The hash that goes with an algorithm; Ed25519's own is SHA-512 (OpenID Connect Core, 3.1.3.6)."""
    return "EdDSA" if alg == "Ed25519" else alg
