"""The window as a client of the OpenID provider, as any other could be one (OpenID Connect Core 1.0, RFC 9126)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from panjareh_common.refusals import Kind, Refusal
from panjareh_common.security import ServiceIdentity

CLIENT_ID = "gateway"
SCOPE = "openid profile office services account"
_ID_TOKEN_ALGS = ["ES256", "Ed25519"]
_ASSERTION_SECONDS = 60
_KEPT_SECONDS = 600
_LEEWAY_SECONDS = 30
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class ProviderAway(Refusal):
    code = "sign_in_unavailable"
    kind = Kind.UNAVAILABLE
    message = "Signing in is not possible at the moment. Try again in a minute."


class SignInFailed(Refusal):
    """What came back is not the answer to what was asked: old, forged, or of another provider."""

    code = "sign_in_failed"
    kind = Kind.INVALID
    status = 400
    message = "This sign-in did not work, or was begun in another browser. Begin again."


class Provider:
    """`issuer` is the provider's public address; `inside` where we reach it ourselves."""

    def __init__(
        self,
        issuer: str,
        identity: ServiceIdentity,
        *,
        inside: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer = issuer
        self._inside = inside or issuer
        self._identity = identity
        self._http = httpx.AsyncClient(transport=transport, timeout=5, trust_env=False)
        self._described: tuple[float, dict[str, Any]] = (0.0, {})
        self._keys = (0.0, jwk.KeySet([]))

    async def close(self) -> None:
        await self._http.aclose()

    async def authorize_url(self, parameters: Mapping[str, str]) -> str:
        """Where the browser has to go; what is asked for stands with the provider already. Raises ProviderAway."""
        described = await self._describe()
        pushed = await self._post("pushed_authorization_request_endpoint", parameters)
        uri = pushed.get("request_uri")
        if not isinstance(uri, str):
            raise ProviderAway()
        query = httpx.QueryParams({"client_id": CLIENT_ID, "request_uri": uri})
        return f"{described['authorization_endpoint']}?{query}"

    async def redeem(
        self, code: str, *, redirect_uri: str, verifier: str, nonce: str
    ) -> dict[str, Any]:
        """The tokens for a code, and `claims` of the id token. Raises SignInFailed, ProviderAway."""
        told = await self._post(
            "token_endpoint",
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            },
        )
        if "error" in told or not isinstance(told.get("id_token"), str):
            raise SignInFailed()
        claims = await self._id_token(told["id_token"], nonce)
        return told | {"claims": claims}

    async def user_info(self, access_token: str) -> dict[str, Any]:
        """Raises ProviderAway, SignInFailed."""
        url = self._from_inside((await self._describe())["userinfo_endpoint"])
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = await self._send(self._http.build_request("GET", url, headers=headers))
        if answer.status_code != 200:
            raise SignInFailed()
        told: dict[str, Any] = answer.json()
        return told

    async def standing(self, refresh_token: str) -> dict[str, Any]:
        """What the provider says of a session now: `{active, acr…}` (RFC 7662). Raises ProviderAway."""
        return await self._post(
            "introspection_endpoint",
            {"token": refresh_token, "token_type_hint": "refresh_token"},
        )

    async def sign_out_url(self, id_token: str, back: str) -> str:
        """Where the browser has to go to be signed out everywhere. Raises ProviderAway."""
        described = await self._describe()
        query = httpx.QueryParams({"id_token_hint": id_token, "post_logout_redirect_uri": back})
        return f"{described['end_session_endpoint']}?{query}"

    async def _id_token(self, token: str, nonce: str) -> dict[str, Any]:
        """OpenID Connect Core, 3.1.3.7."""
        try:
            kid = str(jws.extract_compact(token.encode()).headers().get("kid"))
            keys = await self._key_set(kid)
            claims = jwt.decode(token, keys, algorithms=_ID_TOKEN_ALGS).claims
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": CLIENT_ID},
                nonce={"essential": True, "value": nonce},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                acr={"essential": True},
                auth_time={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError) as cause:
            raise SignInFailed() from cause
        return claims

    async def _key_set(self, kid: str) -> jwk.KeySet:
        """The provider's keys; looked up again for one that is new."""
        until, known = self._keys
        if until > time.monotonic() and any(key.kid == kid for key in known.keys):
            return known
        url = self._from_inside((await self._describe())["jwks_uri"])
        answer = await self._send(self._http.build_request("GET", url))
        keys = jwk.KeySet.import_key_set(answer.json())
        self._keys = (time.monotonic() + _KEPT_SECONDS, keys)
        return keys

    async def _describe(self) -> dict[str, Any]:
        until, known = self._described
        if until > time.monotonic():
            return known
        url = f"{self._inside}/.well-known/openid-configuration"
        answer = await self._send(self._http.build_request("GET", url))
        described: dict[str, Any] = answer.json()
        if answer.status_code != 200 or described.get("issuer") != self.issuer:
            raise ProviderAway()
        self._described = (time.monotonic() + _KEPT_SECONDS, described)
        return described

    async def _post(self, endpoint: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        url = self._from_inside((await self._describe())[endpoint])
        proof = {
            "client_id": CLIENT_ID,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion(),
        }
        request = self._http.build_request("POST", url, data={**parameters, **proof})
        answer = await self._send(request)
        told: dict[str, Any] = answer.json()
        return told

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self._http.send(request)
        except httpx.HTTPError as cause:
            raise ProviderAway() from cause
        if answer.status_code >= 500 or "json" not in answer.headers.get("content-type", ""):
            raise ProviderAway()
        return answer

    def _assertion(self) -> str:
        """private_key_jwt, for the provider alone and once (RFC 7523)."""
        now = int(time.time())
        claims = {
            "iss": CLIENT_ID,
            "sub": CLIENT_ID,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        return self._identity.sign(claims, "client-authentication+jwt")

    def _from_inside(self, url: str) -> str:
        return self._inside + url.removeprefix(self.issuer)
