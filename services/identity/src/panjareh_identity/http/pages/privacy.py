"""The privacy statement for everybody to read, and for whoever is signed in to take note of (I6)."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.clock import from_wire
from panjareh_common.texts import moment_in_words
from panjareh_identity.http.asked import Asked, UnreadableForm
from panjareh_identity.http.pages.consents import asking
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site


def routes(site: Site, parts: Parts) -> list[Route]:
    def show(asked: Asked, said: str = "") -> Response:
        wanted = _number(asked.said("version")) if asked.said("version") else None
        statement = parts.statements.show(wanted, cause=site.cause(asked), language=asked.language)
        signed_in = site.maybe_session(asked)
        state = signed_in and parts.statements.state(
            caller=signed_in.caller, cause=site.cause(asked, str(signed_in.person_id))
        )
        newest = statement["version"] == statement["current"]
        return site.show(
            asked,
            "privacy.html",
            statement=statement,
            lines=statement["text"].splitlines(),
            published=moment_in_words(from_wire(statement["published_at"]), asked.language),
            older=range(statement["current"] - 1, 0, -1) if newest else (),
            to_accept=bool(newest and state and state["to_accept"]),
            signed_in=signed_in is not None,
            said=said,
        )

    def accept(asked: Asked) -> Response:
        parts.statements.accept(_number(asked.typed("version")), asking(site, asked))
        return show(asked, "That you have read it is on record.")

    return [site.page("/privacy", get=show), site.page("/privacy/accept", post=accept)]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < len(text) < 7:
        raise UnreadableForm()
    return int(text)
