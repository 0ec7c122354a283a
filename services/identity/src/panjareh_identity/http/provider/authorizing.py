"""The authorization endpoint: from a client's question, over the pages, to a code (OpenID Connect Core, 3.1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import structlog
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError
from authlib.oidc.core.errors import (
    ConsentRequiredError,
    InteractionRequiredError,
    LoginRequiredError,
    RequestNotSupportedError,
)
from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.refusals import Kind, Refusal
from panjareh_common.texts import LANGUAGES
from panjareh_identity.application.authorization_requests import (
    PUSHED_LIFETIME,
    Answered,
    Asking,
)
from panjareh_identity.application.browsers import SignedIn
from panjareh_identity.domain.wanted_assurance import Lack, UnfitWish, Wanted
from panjareh_identity.http.asked import Asked
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider.messages import (
    ClientRequest,
    away,
    error_to_client,
    to_client,
)
from panjareh_identity.http.provider.server import KnownClient
from panjareh_identity.http.rendering import answer_json
from panjareh_identity.http.site import BASE, Site

log = structlog.get_logger(__name__)

AUTHORIZE, CONTINUE = "/authorize", "/authorize/continue"


class UnmetRequirements(OAuth2Error):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""

    error = "unmet_authentication_requirements"


class AskingGone(Refusal):
    """What a person did is too old, was done already, or began in another browser."""

    code = "asking_gone"
    kind = Kind.INVALID
    status = 400
    message = (
        "This page belongs to a sign-in that has ended, or that began in another browser. "
        "Go back to where you came from and begin again."
    )


class AskedWrongly(Refusal):
    """The client made a mistake that must not be answered to the address that it names (RFC 6749, 4.1.2.1)."""

    code = "asked_wrongly"
    kind = Kind.INVALID
    status = 400
    message = (
        "The site that sent you here has asked for something that we do not understand ({because}). "
        "Nothing was told to it; its operators need to know."
    )


def asked_wrongly(error: OAuth2Error) -> AskedWrongly:
    """What the client did is for its operators, in the log; a page repeats nothing of an address."""
    log.warning("asked_wrongly", error=error.error, because=error.description)
    return AskedWrongly(because=error.error)


@dataclass(frozen=True)
class Understood:
    """A valid authorization request."""

    client: KnownClient
    redirect_uri: str
    scopes: tuple[str, ...]
    wanted: Wanted
    parameters: Mapping[str, str]

    @property
    def state(self) -> str | None:
        return self.parameters.get("state")

    def error(self, kind: type[OAuth2Error], description: str | None = None) -> OAuth2Error:
        return kind(description, redirect_uri=self.redirect_uri, state=self.state)


class Authorizing:
    """What is asked for, looked at, kept and answered."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def understand(self, values: Mapping[str, list[str]]) -> Understood:
        """Raises OAuth2Error, with an address where the client may be told of it."""
        request = ClientRequest("GET", f"{self._parts.issuer}{AUTHORIZE}", values, {})
        request.payload.check()
        if not request.payload.client_id:
            raise InvalidRequestError("Missing 'client_id' in request.")
        grant = self._parts.server.get_consent_grant(request)
        parameters = request.payload.data
        understood = Understood(
            client=grant.client,
            redirect_uri=grant.redirect_uri,
            scopes=tuple(request.scope.split()),
            wanted=Wanted(),
            parameters=parameters,
        )
        if "request" in parameters:
            raise understood.error(RequestNotSupportedError)
        if parameters.get("response_mode", "query") != "query":
            raise understood.error(InvalidRequestError, "Only the response mode query is known.")
        if "openid" not in understood.scopes:
            raise understood.error(InvalidRequestError, "Ask for the scope openid.")
        try:
            wanted = Wanted.read(parameters)
        except UnfitWish as unfit:
            raise understood.error(InvalidRequestError, f"Invalid '{unfit}' in request.") from unfit
        if wanted.essential and not wanted.knowable:
            raise understood.error(UnmetRequirements)
        return Understood(
            understood.client, understood.redirect_uri, understood.scopes, wanted, parameters
        )

    def asking(self, asked: Asked) -> tuple[Asking, Understood]:
        """What the page under way is about. Raises AskingGone, OAuth2Error."""
        asking = self._parts.requests.find(asked.request_id, asked.browser)
        if asking is None:
            raise AskingGone()
        values = {name: [value] for name, value in asking.parameters.items()}
        return asking, self.understand(values)

    def lack(self, asking: Asking, wanted: Wanted, signed_in: SignedIn | None) -> Lack:
        held = signed_in.level if signed_in else None
        auth_time = signed_in.session.auth_time if signed_in else None
        lack = wanted.lack(held, auth_time, asking.asked_at)
        lowered = Answered.LOWERED in asking.answered and not wanted.essential
        return Lack.NOTHING if lack is Lack.LEVEL and lowered else lack

    def to_consent(
        self, asking: Asking, understood: Understood, signed_in: SignedIn
    ) -> frozenset[str]:
        """The scopes that the person has not agreed to yet; none before a first party."""
        client = understood.client.row
        if client.details.first_party or Answered.CONSENTED in asking.answered:
            return frozenset()
        asked_for = frozenset(understood.scopes) - {"openid"}
        if "consent" in understood.wanted.prompt:
            return asked_for | {"openid"}
        held = self._parts.consents.held(signed_in.person_id, client)
        # Who has agreed to nothing yet is asked even where only the name-less `openid` is wanted.
        return frozenset(understood.scopes) - held

    def target(self, asked: Asked) -> str:
        """The origin that the answer to a form may lead on to; empty for none. For the policy of our pages."""
        asking = self._parts.requests.find(asked.request_id, asked.browser)
        parts = urlsplit(asking.parameters.get("redirect_uri", "")) if asking else None
        return f"{parts.scheme}://{parts.netloc}" if parts and parts.netloc else ""


class Endpoints:
    """One method an address."""

    def __init__(self, site: Site, parts: Parts) -> None:
        self._site = site
        self._parts = parts
        self._authorizing = Authorizing(parts)

    def authorize(self, asked: Asked) -> Response:
        """Understands the question and keeps it; whoever signs in afterwards does it on our own pages."""
        values = asked.form if asked.http.method == "POST" else asked.query
        try:
            understood = self._authorizing.understand(self._pushed(values))
        except OAuth2Error as error:
            return self._told(asked, error)
        parameters = dict(understood.parameters)
        client_id = understood.client.row.client_id
        request_id = self._parts.requests.begin(client_id, parameters, asked.browser)
        language = _language(parameters)
        query = {"request": request_id} | ({"lang": language} if language else {})
        return self._site.leave(asked, f"{BASE}{CONTINUE}?{urlencode(query)}")

    def continue_(self, asked: Asked) -> Response:
        """The next page that is needed, or the answer to the client."""
        try:
            asking, understood = self._authorizing.asking(asked)
        except OAuth2Error as error:  # the client was changed or suspended meanwhile
            return self._told(asked, error)
        signed_in = self._site.maybe_session(asked)
        page, silent_error = self._next(asking, understood, signed_in)
        if page is None and signed_in is not None:
            return self._answer(asked, understood, signed_in)
        if "none" not in understood.wanted.prompt:
            return self._site.go(asked, page or "/sign-in")
        self._parts.requests.end(asked.request_id)
        return self._told(asked, understood.error(silent_error))

    def cancel(self, asked: Asked) -> Response:
        try:
            _, understood = self._authorizing.asking(asked)
        except OAuth2Error as error:
            return self._told(asked, error)
        self._parts.requests.end(asked.request_id)
        essential = understood.wanted.essential and asked.typed("because") == "level"
        kind = UnmetRequirements if essential else AccessDeniedError
        return self._told(asked, understood.error(kind))

    def lower(self, asked: Asked) -> Response:
        try:
            self._authorizing.asking(asked)
        except OAuth2Error as error:
            return self._told(asked, error)
        self._parts.requests.answer(asked.request_id, Answered.LOWERED)
        return self._site.go(asked, CONTINUE)

    def push(self, asked: Asked) -> Response:
        """RFC 9126: a client that has proved itself says beforehand what the browser will ask."""
        request = ClientRequest("POST", f"{self._parts.issuer}/par", asked.form, asked.http.headers)
        try:
            client = self._parts.server.client_of(request)
            named = request.payload.client_id
            if "request_uri" in request.form:
                raise InvalidRequestError("A 'request_uri' cannot be pushed.")
            if named is not None and named != client.get_client_id():
                raise InvalidRequestError("'client_id' is not the client's own.")
            values = {name: given for name, given in asked.form.items() if name not in _SECRET}
            understood = self._authorizing.understand(
                values | {"client_id": [client.get_client_id()]}
            )
        except OAuth2Error as error:
            error.redirect_uri = None
            return self._parts.server.told(request, error)
        uri = self._parts.requests.push(client.get_client_id(), understood.parameters)
        seconds = int(PUSHED_LIFETIME.total_seconds())
        return answer_json({"request_uri": uri, "expires_in": seconds}, 201)

    def _pushed(self, values: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
        """What was pushed under a `request_uri` and nothing else (RFC 9126, section 4), or what came."""
        if "request_uri" not in values:
            return values
        if any(len(values.get(name, [])) != 1 for name in ("request_uri", "client_id")):
            raise InvalidRequestError("Send one 'request_uri' and one 'client_id'.")
        uri, client_id = values["request_uri"][0], values["client_id"][0]
        found = self._parts.requests.take_pushed(uri, client_id)
        if found is None:
            raise InvalidRequestError("The 'request_uri' is unknown, used or too old.")
        return {name: [value] for name, value in found.items()}

    def _next(
        self, asking: Asking, understood: Understood, signed_in: SignedIn | None
    ) -> tuple[str | None, type[OAuth2Error]]:
        """The page that is needed next, None for none, and the error for who wants no page."""
        lack = self._authorizing.lack(asking, understood.wanted, signed_in)
        if lack is Lack.SIGN_IN or signed_in is None:
            return "/sign-in", LoginRequiredError
        if lack is Lack.LEVEL:
            return "/step-up", InteractionRequiredError
        if self._authorizing.to_consent(asking, understood, signed_in):
            return "/consent", ConsentRequiredError
        return None, InteractionRequiredError

    def _answer(self, asked: Asked, understood: Understood, signed_in: SignedIn) -> Response:
        if not self._parts.requests.end(asked.request_id):
            raise AskingGone()
        code = self._parts.grants.give_code(
            signed_in,
            understood.client.row,
            scopes=understood.scopes,
            redirect_uri=understood.redirect_uri,
            code_challenge=understood.parameters["code_challenge"],
            nonce=understood.parameters.get("nonce"),
        )
        told = {"code": code, "state": understood.state}
        return away(to_client(understood.redirect_uri, self._parts.issuer, told))

    def _told(self, asked: Asked, error: OAuth2Error) -> Response:
        """To the client where its address is known to be its own, else to the person."""
        url = error_to_client(error, self._parts.issuer)
        if url is not None:
            return away(url)
        return self._site.refused(asked, asked_wrongly(error))


def routes(site: Site, parts: Parts) -> list[Route]:
    at = Endpoints(site, parts)
    return [
        site.endpoint(AUTHORIZE, get=at.authorize, post=at.authorize),
        site.page(CONTINUE, get=at.continue_),
        site.page("/authorize/cancel", post=at.cancel),
        site.page("/authorize/lower", post=at.lower),
        site.endpoint("/par", post=at.push),
    ]


_SECRET = ("client_secret", "client_assertion", "client_assertion_type")


def _language(parameters: Mapping[str, str]) -> str | None:
    """The first of `ui_locales` that we have."""
    wanted = [tag.partition("-")[0].lower() for tag in parameters.get("ui_locales", "").split()]
    return next((tag for tag in wanted if tag in LANGUAGES), None)
