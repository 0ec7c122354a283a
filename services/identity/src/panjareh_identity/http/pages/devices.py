"""A person's own page of where they are signed in, and the way to sign out a device they do not hold any more."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.clock import from_wire
from panjareh_common.refusals import NotFound
from panjareh_common.texts import moment_in_words
from panjareh_identity.http.asked import Asked, UnreadableForm
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site


def routes(site: Site, parts: Parts) -> list[Route]:
    def of(asked: Asked) -> dict[str, Any]:
        signed_in = site.session(asked)
        cause = site.cause(asked, str(signed_in.person_id))
        return {"caller": signed_in.caller, "cause": cause}

    def show(asked: Asked, said: str = "") -> Response:
        items = parts.devices.all(**of(asked))["items"]
        shown = [item | {"seen": _seen(item, asked.language)} for item in items]
        return site.show(asked, "devices.html", items=shown, said=said)

    def sign_out(asked: Asked) -> Response:
        try:
            which = UUID(asked.typed("session"))
        except ValueError as cause:
            raise UnreadableForm() from cause
        mine = of(asked)
        with suppress(NotFound):  # signed out meanwhile, which is what was wanted
            parts.devices.end(which, **mine)
        return show(asked, "The device was signed out.")

    def sign_out_others(asked: Asked) -> Response:
        parts.devices.end_all(keep_current=True, **of(asked))
        return show(asked, "All other devices were signed out.")

    return [
        site.page("/devices", get=show),
        site.page("/devices/sign-out", post=sign_out),
        site.page("/devices/sign-out-others", post=sign_out_others),
    ]


def _seen(item: dict[str, Any], language: str) -> str:
    return moment_in_words(from_wire(item["last_seen_at"]), language)
