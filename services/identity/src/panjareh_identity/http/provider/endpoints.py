"""The provider's addresses for programs: tokens, keys, what is known of a token or a person."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import UnsupportedTokenTypeError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.refusals import NotSignedIn
from panjareh_identity.application.client_grants import ClientGrants
from panjareh_identity.application.presented_tokens import Presented, PresentedTokens
from panjareh_identity.http.asked import Asked
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider.discovery import metadata
from panjareh_identity.http.provider.messages import ClientRequest
from panjareh_identity.http.provider.server import AUTH_METHODS, KnownClient
from panjareh_identity.http.rendering import answer_json
from panjareh_identity.http.site import Site

_KEYS_AGE_SECONDS = 300  # a key is published a day before it signs
_CHALLENGE = 'Bearer error="invalid_token"'


class FoundToken:
    """A token as Authlib asks about it. Whoever is found is neither expired nor revoked."""

    def __init__(self, presented: Presented) -> None:
        self.presented = presented

    def check_client(self, client: KnownClient) -> bool:
        return self.presented.client.client_id == client.get_client_id()

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return False


class _Lookup:
    """Finds a token by what it is; a wrong hint costs a look more (RFC 7009, section 2.1)."""

    CLIENT_AUTH_METHODS = AUTH_METHODS
    tokens: PresentedTokens

    def query_token(self, token_string: str, token_type_hint: str | None) -> FoundToken | None:
        for look in (self.tokens.refresh, self.tokens.access):
            try:
                return FoundToken(look(token_string))
            except NotSignedIn:
                continue
        return None


class Revocation(_Lookup, RevocationEndpoint):
    """A grant ends, in every service. A first party's access token is the session's: it ends by signing out."""

    def __init__(self, tokens: PresentedTokens, grants: ClientGrants) -> None:
        super().__init__()
        self.tokens = tokens
        self._grants = grants

    def revoke_token(self, token: FoundToken, request: Any) -> None:
        if token.presented.grant is None:
            raise UnsupportedTokenTypeError()
        self._grants.end(token.presented.grant, "revoked")


class Introspection(_Lookup, IntrospectionEndpoint):
    """A client may ask about its own tokens; another's look to it as if there were none (RFC 7662)."""

    def __init__(self, tokens: PresentedTokens) -> None:
        super().__init__()
        self.tokens = tokens

    def check_permission(self, token: FoundToken, client: KnownClient, request: Any) -> bool:
        return token.check_client(client)

    def introspect_token(self, token: FoundToken) -> dict[str, Any]:
        told = ("sub", "aud", "iss", "exp", "iat", "scope", "auth_time", "acr", "amr", "sid")
        claims = token.presented.claims
        return {name: claims[name] for name in told if name in claims} | {
            "client_id": token.presented.client.client_id,
            "token_type": "Bearer",
        }


def routes(site: Site, parts: Parts) -> list[Route]:
    server = parts.server
    server.register_endpoint(Revocation(parts.presented, parts.grants))
    server.register_endpoint(Introspection(parts.presented))
    described = metadata(parts.issuer)

    def request_of(asked: Asked, path: str) -> ClientRequest:
        url = f"{parts.issuer}{path}"
        return ClientRequest(asked.http.method, url, asked.form, asked.http.headers)

    def token(asked: Asked) -> Response:
        return server.token(request_of(asked, "/token"))

    def named(name: str, path: str) -> Any:
        def answer(asked: Asked) -> Response:
            request = request_of(asked, path)
            try:
                request.payload.check()
                response: Response = server.create_endpoint_response(name, request)
            except OAuth2Error as error:
                return server.told(request, error)
            return response

        return answer

    def user_info(asked: Asked) -> Response:
        try:
            presented = parts.presented.access(_bearer(asked))
        except NotSignedIn:
            return _unauthorized("invalid_token", _CHALLENGE)
        if presented.signed_in is None or "openid" not in presented.scopes:
            challenge = 'Bearer error="insufficient_scope", scope="openid"'
            return _unauthorized("insufficient_scope", challenge, 403)
        cause = site.cause(asked, presented.client.client_id, role="client")
        told = parts.tokens.user_info(
            presented.signed_in, presented.client, presented.scopes, cause
        )
        return answer_json(told)

    def keys(asked: Asked) -> Response:
        kept = f"public, max-age={_KEYS_AGE_SECONDS}"
        return answer_json(parts.signing_keys.jwks(), Cache_Control=kept)

    def description(asked: Asked) -> Response:
        return answer_json(described, Cache_Control="public, max-age=3600")

    return [
        site.endpoint("/token", post=token),
        site.endpoint("/revoke", post=named("revocation", "/revoke")),
        site.endpoint("/introspect", post=named("introspection", "/introspect")),
        site.endpoint("/userinfo", get=user_info, post=user_info),
        site.endpoint("/jwks.json", get=keys),
        site.endpoint("/.well-known/openid-configuration", get=description),
        site.endpoint("/.well-known/oauth-authorization-server", get=description),
    ]


def _bearer(asked: Asked) -> str:
    """The token of the Authorization header, and of nowhere else: an address is written down everywhere."""
    scheme, _, token = asked.http.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip().isascii():
        raise NotSignedIn()
    return token.strip()


def _unauthorized(error: str, challenge: str, status: int = 401) -> Response:
    return answer_json({"error": error}, status, WWW_Authenticate=challenge)
