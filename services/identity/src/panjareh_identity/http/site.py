"""What every page of identity shares: how it looks, who is signed in, and that a form comes from our own page."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from panjareh_common import telemetry
from panjareh_common.event_store import Cause, Keyring
from panjareh_common.event_store.sealing import BoxBroken
from panjareh_common.refusals import Kind, NotSignedIn, Refusal
from panjareh_common.security import Caller
from panjareh_common.texts import LANGUAGES, choose_language, translate
from panjareh_identity.application.browsers import Browsers, SignedIn
from panjareh_identity.application.origin import Origin
from panjareh_identity.http.asked import Asked, read_form, read_query
from panjareh_identity.http.rendering import page

log = structlog.get_logger(__name__)
_DURATION = telemetry.Duration(
    "http.server.request.duration",
    "of answering one request",
    ("http.request.method", "http.route", "http.response.status_code"),
)

CHANNEL = "web"
BASE = "/id"
_COOKIE_CONTEXT = "browser/signed-in"
_DEVICE_SECONDS = 365 * 24 * 3600

Handler = Callable[[Asked], Response]
"""Does one thing and answers; runs in a thread. A Refusal that it raises becomes a page that says so."""


class StrangeForm(Refusal):
    """A form that was not filled in on a page of ours, or in a browser that keeps no cookies (CSRF)."""

    code = "strange_form"
    kind = Kind.FORBIDDEN
    message = (
        "This form did not come from our own page, or your browser keeps no cookies. "
        "Nothing was done. Open the page again and repeat."
    )


@dataclass(frozen=True)
class Site:
    """`issuer` is the public address of the provider, without a slash at its end: https://…/id."""

    issuer: str
    keyring: Keyring
    browsers: Browsers
    form_target: Callable[[Asked], str]

    # Routes

    def page(self, path: str, *, get: Handler | None = None, post: Handler | None = None) -> Route:
        """A page at `/id` + path. A form that is posted is read, and has to be our own."""
        handlers = {"GET": get, "POST": post and partial(self._own_form, post)}
        return self._route(path, handlers)

    def endpoint(
        self, path: str, *, get: Handler | None = None, post: Handler | None = None
    ) -> Route:
        """An address for programs, which have no page of ours and no cookie."""
        return self._route(path, {"GET": get, "POST": post})

    def _route(self, path: str, handlers: Mapping[str, Handler | None]) -> Route:
        known = {method: handler for method, handler in handlers.items() if handler}

        async def serve(http: HttpRequest) -> Response:
            # A HEAD is answered as its GET; the server leaves the body out.
            handler = known["GET" if http.method == "HEAD" else http.method]
            began, status = time.perf_counter(), "500"
            try:
                with telemetry.request_span(http.method, BASE + path, http.headers):
                    response = await self._answer(http, handler)
                status = str(response.status_code)
                return response
            finally:
                _DURATION.record(time.perf_counter() - began, http.method, BASE + path, status)

        return Route(path, serve, methods=list(known))

    async def _answer(self, http: HttpRequest, handler: Handler) -> Response:
        asked = Asked(http, self.language_of(http), {}, browser=self._browser(http))
        try:
            asked = replace(asked, query=read_query(http))
            asked = replace(asked, language=self.language_of(http, asked.said("lang")))
            if http.method == "POST":
                asked = replace(asked, form=await read_form(http))
            return await run_in_threadpool(handler, asked)
        except Refusal as refusal:
            return self.refused(asked, refusal)
        except Exception:
            log.exception("page_fault", path=http.url.path)
            return self.show(asked, "fault.html", status=500)

    def _own_form(self, handler: Handler, asked: Asked) -> Response:
        headers = asked.http.headers
        origin = headers.get("origin")
        ours = origin in (None, "null", self.origin)
        elsewhere = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        sent = asked.typed("csrf")
        right = hmac.compare_digest(sent.encode(), self.csrf(asked).encode())
        if not ours or elsewhere or not right:
            raise StrangeForm()
        return handler(asked)

    # What a page needs

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def secure(self) -> bool:
        return self.issuer.startswith("https:")

    def csrf(self, asked: Asked) -> str:
        """What a form of this browser has to carry: nobody else can make it, and no other browser's fits."""
        return self.keyring.lookup("csrf", asked.browser).hex()

    def cookie(self, name: str) -> str:
        """A cookie's whole name. `__Host-` keeps other hosts of the domain from setting it (fixation)."""
        return f"{'__Host-' if self.secure else ''}panjareh-{name}"

    def _browser(self, http: HttpRequest) -> str:
        """What a browser is known by before anybody signs in; a new one where it has nothing yet."""
        return http.cookies.get(self.cookie("browser")) or secrets.token_urlsafe(24)

    def language_of(self, http: HttpRequest, chosen: str = "") -> str:
        kept = http.cookies.get(self.cookie("language"), "")
        for wanted in (chosen, kept):
            if wanted in LANGUAGES:
                return wanted
        return choose_language(http.headers.get("accept-language"))

    def url(self, asked: Asked, path: str, **more: str) -> str:
        """An address of ours that keeps the authorization request that is under way."""
        query = ({"request": asked.request_id} if asked.request_id else {}) | more
        return f"{BASE}{path}" + (f"?{urlencode(query)}" if query else "")

    def cause(self, asked: Asked, actor: str = "somebody", role: str = "person") -> Cause:
        return Cause(actor=actor, role=role, channel=CHANNEL, traceparent=telemetry.traceparent())

    def origin_of(self, asked: Asked) -> Origin:
        """Where the browser is, for whoever slows down guessers."""
        client = asked.http.client
        return Origin(
            address=client.host if client else None,
            agent=(asked.http.headers.get("user-agent") or "")[:400] or None,
            known_device=asked.http.cookies.get(self.cookie("known-device")),
        )

    # Answers

    def show(self, asked: Asked, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page in the reader's language. `scripts=True` lets it run scripts of ours."""
        shared = {
            "csrf": self.csrf(asked),
            "url": partial(self.url, asked),
            "base": BASE,
            "request_id": asked.request_id,
            "other_language": self._other_language(asked),
        }
        response = page(
            template,
            asked.language,
            values | shared,
            status=status,
            form_target=self.form_target(asked) if asked.request_id else "",
            scripts=bool(values.get("scripts")),
        )
        return self._remember(asked, response)

    def nothing(self, refusal: Refusal) -> Callable[[HttpRequest, Exception], Awaitable[Response]]:
        """For addresses where there is nothing, or nothing that is done so."""

        async def say(http: HttpRequest, cause: Exception) -> Response:
            asked = Asked(http, self.language_of(http), {}, browser=self._browser(http))
            response = await run_in_threadpool(self.refused, asked, refusal)
            response.status_code = getattr(cause, "status_code", 404)
            response.headers.update(getattr(cause, "headers", None) or {})
            return response

        return say

    def refused(self, asked: Asked, refusal: Refusal) -> Response:
        """A page that says no, and what to do."""
        if refusal.code == NotSignedIn.code:
            return self.go(asked, "/sign-in")
        status = getattr(refusal, "status", refusal.kind.value)
        response = self.show(
            asked, "refused.html", status=status, says=translate(refusal, asked.language)
        )
        if refusal.kind is Kind.TOO_MANY:
            response.headers["Retry-After"] = str(refusal.details.get("retry_after", 60))
        return response

    def go(self, asked: Asked, path: str, **more: str) -> Response:
        """On to another page of ours."""
        return self.leave(asked, self.url(asked, path, **more))

    def leave(self, asked: Asked, url: str) -> Response:
        """On to an address that was checked before; seen by GET, whatever brought us here."""
        response = RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
        response.headers["Referrer-Policy"] = "no-referrer"
        return self._remember(asked, response)

    def go_on(self, asked: Asked) -> Response:
        """After signing in or stepping up: back to what the client asked for, or to the person's own page."""
        return self.go(asked, "/authorize/continue" if asked.request_id else "/")

    def signed_in(self, asked: Asked, answer: Mapping[str, Any]) -> Response:
        """Keeps the session of `SigningIn`'s answer in the browser, and goes on.

        A new cookie each time: nothing that was in the browser before becomes a session (fixation).
        """
        return self.know_device(self.keep(self.go_on(asked), self.browsers.of(answer)), answer)

    def know_device(self, response: Response, answer: Mapping[str, Any]) -> Response:
        """What keeps the owner from being locked out by a guesser (decision 0019)."""
        if device := answer.get("known_device"):
            self._set(response, "known-device", device, max_age=_DEVICE_SECONDS)
        return response

    def keep(self, response: Response, signed_in: SignedIn) -> Response:
        kept = {"sid": signed_in.session.sid, "person": str(signed_in.person_id)}
        box = self.keyring.seal(None, kept, _COOKIE_CONTEXT)
        self._set(response, "signed-in", base64.urlsafe_b64encode(box).decode().rstrip("="))
        return response

    def forget(self, response: Response) -> Response:
        response.delete_cookie(
            self.cookie("signed-in"), secure=self.secure, httponly=True, samesite="lax"
        )
        return response

    def _other_language(self, asked: Asked) -> str:
        """The same page in the other language; after a form was sent, the page that it stood on."""
        path = asked.http.url.path.removeprefix(BASE)
        shown = path if asked.http.method != "POST" else "/" + path.split("/")[1]
        return self.url(asked, shown, lang="en" if asked.language == "fa" else "fa")

    # Who is there

    def caller(self, asked: Asked) -> Caller:
        """Who is signed in here, as the use cases know them. Raises NotSignedIn."""
        return self.session(asked).caller

    def session(self, asked: Asked) -> SignedIn:
        """The session of this browser, looked up: it may have ended anywhere. Raises NotSignedIn."""
        box = asked.http.cookies.get(self.cookie("signed-in"), "")
        try:
            sealed = base64.b64decode(box + "=" * (-len(box) % 4), altchars=b"-_", validate=True)
            kept = self.keyring.open(None, sealed, _COOKIE_CONTEXT)
            return self.browsers.find(kept["sid"], UUID(kept["person"]))
        except (BoxBroken, ValueError, KeyError, TypeError) as cause:
            raise NotSignedIn() from cause

    def maybe_session(self, asked: Asked) -> SignedIn | None:
        try:
            return self.session(asked)
        except NotSignedIn:
            return None

    def _remember(self, asked: Asked, response: Response) -> Response:
        """Gives the browser what its forms will be known by, and keeps a chosen language."""
        if asked.http.cookies.get(self.cookie("browser")) != asked.browser:
            self._set(response, "browser", asked.browser)
        if asked.said("lang") in LANGUAGES:
            self._set(response, "language", asked.said("lang"))
        return response

    def _set(self, response: Response, name: str, value: str, max_age: int | None = None) -> None:
        response.set_cookie(
            self.cookie(name),
            value,
            max_age=max_age,
            secure=self.secure,
            httponly=True,
            samesite="lax",
            path="/",
        )
