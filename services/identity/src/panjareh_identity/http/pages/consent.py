"""The page on which a person says what somebody else's site may know of them (I6, OpenID Connect Core, 3.1.2.4)."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response
from starlette.routing import Route

from panjareh_identity.application.authorization_requests import Answered
from panjareh_identity.http.asked import Asked
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider.authorizing import CONTINUE, Authorizing, asked_wrongly
from panjareh_identity.http.site import Site

# What agreeing to a scope lets a client have, in words.
SCOPES = {
    "openid": "that it is you who comes back each time, and how surely we know it",
    "profile": "your name, date of birth and language",
    "phone": "your mobile number",
    "national_id": "your national id",
    "office": "the authority you work for and your roles there",
    "account": "everything about your account",
    "services": "everything you can see and do at the window of services, in your place",
}


def routes(site: Site, parts: Parts) -> list[Route]:
    authorizing = Authorizing(parts)

    def show(asked: Asked) -> Response:
        signed_in = site.session(asked)
        try:
            asking, understood = authorizing.asking(asked)
        except OAuth2Error as error:
            return site.refused(asked, asked_wrongly(error))
        scopes = authorizing.to_consent(asking, understood, signed_in)
        name = understood.client.row.details.name
        return site.show(
            asked,
            "consent.html",
            client=name.get(asked.language) or next(iter(name.values())),
            host=authorizing.target(asked),
            name=signed_in.name,
            scopes=[words for scope, words in SCOPES.items() if scope in scopes],
            acts="services" in scopes,
        )

    def agree(asked: Asked) -> Response:
        signed_in = site.session(asked)
        try:
            asking, understood = authorizing.asking(asked)
        except OAuth2Error as error:
            return site.refused(asked, asked_wrongly(error))
        scopes = authorizing.to_consent(asking, understood, signed_in)
        cause = site.cause(asked, str(signed_in.person_id))
        parts.consents.give(
            signed_in.person_id,
            understood.client.row,
            scopes,
            assurance=int(signed_in.level),
            cause=cause,
        )
        parts.requests.answer(asked.request_id, Answered.CONSENTED)
        return site.go(asked, CONTINUE)

    return [site.page("/consent", get=show, post=agree)]
