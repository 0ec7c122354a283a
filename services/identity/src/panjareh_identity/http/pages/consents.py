"""A person's own page of what they have consented to, and the way to take it back (I6)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.asking import Asking
from panjareh_common.clock import from_wire
from panjareh_common.refusals import NotFound
from panjareh_common.texts import moment_in_words
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.http.asked import Asked, UnreadableForm
from panjareh_identity.http.pages.consent import SCOPES
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site


def asking(site: Site, asked: Asked, once: str = "") -> Asking:
    """Who is signed in, with a command of this page; `once` makes a form that is sent twice one command."""
    signed_in = site.session(asked)
    cause = site.cause(asked, str(signed_in.person_id))
    return Asking(signed_in.caller, cause, once or str(uuid4()), asked.language)


def chosen(asked: Asked, field: str) -> UUID:
    """The id that a button of the page stands for. Raises UnreadableForm."""
    try:
        return UUID(asked.typed(field))
    except ValueError as cause:
        raise UnreadableForm() from cause


def routes(site: Site, parts: Parts) -> list[Route]:
    def show(asked: Asked, said: str = "") -> Response:
        page = Page(limit=50, after=asked.said("after") or None)
        found = parts.given.list_of(page, asking(site, asked))
        items = [_shown(parts, item, asked.language) for item in found["items"]]
        return site.show(asked, "consents.html", items=items, said=said, after=found["next"])

    def withdraw(asked: Asked) -> Response:
        with suppress(NotFound):
            parts.given.withdraw(chosen(asked, "consent"), asking(site, asked))
        return show(asked, "The consent was withdrawn.")

    return [
        site.page("/consents", get=show),
        site.page("/consents/withdraw", post=withdraw),
    ]


def _shown(parts: Parts, item: dict[str, Any], language: str) -> dict[str, Any]:
    client = parts.clients.find(item["receiver"])
    names = client.details.name if client else {}
    return item | {
        "receiver": names.get(language) or next(iter(names.values()), item["receiver"]),
        "words": [SCOPES.get(code, code) for code in item["data"]],
        "ends": moment_in_words(from_wire(item["until"]), language),
    }
