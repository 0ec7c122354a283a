"""Signing in and out at the window, and who is signed in there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import Kind, Refusal
from panjareh_common.texts import LANGUAGES
from panjareh_gateway.pages.refused import refused
from panjareh_gateway.serving import language_of
from panjareh_gateway.signing_in.cookies import SealedCookies
from panjareh_gateway.signing_in.provider import SCOPE, Provider, ProviderAway, SignInFailed

_SESSION, _FLOW = "session", "signing-in"
_SESSION_SECONDS = 12 * 3600
_FLOW_SECONDS = 900
_FORM_LIMIT = 4096
# A path of the window itself: nothing that a browser could take for another host (open redirect).
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}\Z")


class SignOutRefused(Refusal):
    code = "sign_out_refused"
    kind = Kind.FORBIDDEN
    message = "This did not come from a page of ours. You are still signed in."


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in at this browser. `proof` is what a form of theirs has to carry (CSRF)."""

    name: str = field(repr=False)
    loa: int
    proof: str = field(repr=False)


class SigningIn:
    """`window` is our own public address."""

    def __init__(self, provider: Provider, cookies: SealedCookies, window: str) -> None:
        self._provider = provider
        self._cookies = cookies
        self.window = window

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self.begin),
            Route("/sign-in/callback", self.come_back),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    @property
    def provider_origin(self) -> str:
        parts = urlsplit(self._provider.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    async def begin(self, http: HttpRequest) -> Response:
        """To the provider, at the level that is wished for (`loa`), and afterwards to `next`."""
        language = http.query_params.get("lang", "")
        language = language if language in LANGUAGES else language_of(http)
        state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        verifier = secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "redirect_uri": self._redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
            "ui_locales": language,
        } | _level(http.query_params.get("loa"))
        try:
            url = await self._provider.authorize_url(asked)
        except ProviderAway as refusal:
            return refused(http, refusal)
        response = RedirectResponse(url, 303, headers=_HEADERS)
        kept = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "next": own_path(http.query_params.get("next")),
        }
        self._cookies.put(response, _flow(state), kept, _FLOW_SECONDS)
        return response

    async def come_back(self, http: HttpRequest) -> Response:
        state = http.query_params.get("state", "")
        flow = self._cookies.get(http, _flow(state))
        try:
            response = await self._come_back(http, flow)
        except Refusal as refusal:
            response = refused(http, refusal)
        if flow is not None:
            self._cookies.drop(response, _flow(state))
        return response

    async def _come_back(self, http: HttpRequest, flow: dict[str, Any] | None) -> Response:
        told = http.query_params
        # Begun here, in this browser, and answered by whom it was asked of (RFC 9207).
        if flow is None or not hmac.compare_digest(
            flow["state"].encode(), told.get("state", "").encode()
        ):
            raise SignInFailed()
        if told.get("iss") != self._provider.issuer:
            raise SignInFailed()
        if "error" in told:
            # Who has changed their mind is where they were.
            return RedirectResponse(flow["next"], 303, headers=_HEADERS)
        tokens = await self._provider.redeem(
            told.get("code", ""),
            redirect_uri=self._redirect_uri,
            verifier=flow["verifier"],
            nonce=flow["nonce"],
        )
        claims = tokens["claims"]
        person = await self._provider.user_info(tokens["access_token"])
        if person.get("sub") != claims["sub"]:
            raise SignInFailed()
        try:
            kept = {
                "name": str(person.get("name", ""))[:200],
                "loa": int(AssuranceLevel.from_acr(claims["acr"])),
                "proof": secrets.token_urlsafe(24),
                "refresh_token": tokens["refresh_token"],
                "id_token": tokens["id_token"],
            }
        except (ValueError, KeyError) as cause:
            raise SignInFailed() from cause
        response = RedirectResponse(flow["next"], 303, headers=_HEADERS)
        self._cookies.put(response, _SESSION, kept, _SESSION_SECONDS)
        return response

    async def sign_out(self, http: HttpRequest) -> Response:
        """Here and at the provider. Only a form of the person's own page can do it."""
        session = self._cookies.get(http, _SESSION)
        if session is None:
            return RedirectResponse("/", 303, headers=_HEADERS)
        sent = await _typed(http, "proof")
        origin = http.headers.get("origin", self.window)
        ours = origin in (urlsplit(self.window)._replace(path="").geturl(), self.window)
        if not ours or not hmac.compare_digest(sent.encode(), session["proof"].encode()):
            return refused(http, SignOutRefused())
        try:
            url = await self._provider.sign_out_url(session["id_token"], f"{self.window}/")
        except ProviderAway as refusal:
            return refused(http, refusal)
        response = RedirectResponse(url, 303, headers=_HEADERS)
        self._cookies.drop(response, _SESSION)
        return response

    async def who(self, http: HttpRequest) -> SignedIn | None:
        """Who is signed in here, as the provider sees it now: they may have signed out elsewhere.

        While the provider does not answer, as it was when they came.
        """
        session = self._cookies.get(http, _SESSION)
        if session is None:
            return None
        loa = session["loa"]
        try:
            standing = await self._provider.standing(session["refresh_token"])
            if not standing.get("active"):
                return None
            loa = int(AssuranceLevel.from_acr(standing["acr"]))
        except ProviderAway:
            pass
        return SignedIn(session["name"], loa, session["proof"])

    @property
    def _redirect_uri(self) -> str:
        return f"{self.window}/sign-in/callback"


def own_path(wanted: str | None) -> str:
    """A path of ours; the start page for anything else."""
    return wanted if wanted is not None and _OWN_PATH.match(wanted) else "/"


def _level(wanted: str | None) -> dict[str, str]:
    try:
        return {"acr_values": AssuranceLevel(int(wanted)).acr} if wanted else {}
    except ValueError:
        return {}


def _flow(state: str) -> str:
    """One cookie for each sign-in under way: two tabs do not disturb each other."""
    return f"{_FLOW}-{hashlib.sha256(state.encode()).hexdigest()[:12]}"


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def _typed(http: HttpRequest, name: str) -> str:
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > _FORM_LIMIT:
            return ""
    try:
        return (parse_qs(body.decode("ascii")).get(name) or [""])[0]
    except ValueError:
        return ""


_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
