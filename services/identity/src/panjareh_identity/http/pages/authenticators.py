"""A person's own page of how they sign in: passkeys and an authenticator app, added and taken away."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.refusals import Refusal
from panjareh_identity.application.browsers import SignedIn
from panjareh_identity.http.asked import Asked, UnreadableForm
from panjareh_identity.http.pages.forms import problems_of
from panjareh_identity.http.pages.passkeys import credential_of
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site

KINDS = {
    "passkey": "Passkey",
    "totp": "Authenticator app",
    "smart_card": "Smart national card",
}
# What may not be done now, although the page is the person's own: they sign in more strongly first.
_SIGN_IN_FIRST = frozenset({"stronger_sign_in_needed", "sign_in_again_first"})
_LABEL_MOST = 100


def routes(site: Site, parts: Parts) -> list[Route]:
    def of(asked: Asked, signed_in: SignedIn) -> dict[str, Any]:
        cause = site.cause(asked, str(signed_in.person_id))
        return {"caller": signed_in.caller, "cause": cause}

    def show(
        asked: Asked, refusal: Refusal | None = None, field: str = "main", **values: Any
    ) -> Response:
        mine = of(asked, site.session(asked))
        items = parts.authenticating.list(**mine)["items"]
        blank: dict[str, Any] = {"options": None, "seed": None, "said": ""}
        return site.show(
            asked,
            "authenticators.html",
            status=refusal.kind.value if refusal else 200,
            items=[item | {"kind": KINDS[item["kind"]]} for item in items],
            has_app=any(item["kind"] == "totp" for item in items),
            first=refusal is not None and refusal.code in _SIGN_IN_FIRST,
            problems=problems_of(refusal, asked.language, field) if refusal else [],
            scripts=True,
            **blank | values,
        )

    def begin_passkey(asked: Asked) -> Response:
        mine = of(asked, site.session(asked))
        try:
            options = parts.authenticating.begin_passkey(**mine)["passkey"]
        except Refusal as refusal:
            return show(asked, _own(refusal))
        return show(asked, options=json.dumps(options))

    def add_passkey(asked: Asked) -> Response:
        mine = of(asked, site.session(asked))
        try:
            parts.authenticating.finish_passkey(credential_of(asked), _label(asked), **mine)
        except Refusal as refusal:
            return show(asked, _own(refusal))
        return show(asked, said="The passkey was added. You can sign in with it from now on.")

    def begin_app(asked: Asked) -> Response:
        mine = of(asked, site.session(asked))
        try:
            seed = parts.authenticating.add_totp(**mine)
        except Refusal as refusal:
            return show(asked, _own(refusal))
        return show(asked, seed=seed)

    def confirm_app(asked: Asked) -> Response:
        mine = of(asked, site.session(asked))
        seed = {"secret": asked.typed("secret"), "uri": asked.typed("uri")}
        if not seed["uri"].startswith("otpauth://totp/"):
            raise UnreadableForm()
        try:
            parts.authenticating.confirm_totp(asked.typed("code"), _label(asked), **mine)
        except Refusal as refusal:
            return show(asked, _own(refusal), "code", seed=seed)
        return show(asked, said="The authenticator app was added.")

    def remove(asked: Asked) -> Response:
        mine = of(asked, site.session(asked))
        try:
            which = UUID(asked.typed("authenticator"))
        except ValueError as cause:
            raise UnreadableForm() from cause
        try:
            parts.authenticating.remove(which, **mine)
        except Refusal as refusal:
            return show(asked, _own(refusal))
        return show(asked, said="It was removed.")

    return [
        site.page("/authenticators", get=show),
        site.page("/authenticators/passkey", post=begin_passkey),
        site.page("/authenticators/passkey/add", post=add_passkey),
        site.page("/authenticators/app", post=begin_app),
        site.page("/authenticators/app/confirm", post=confirm_app),
        site.page("/authenticators/remove", post=remove),
    ]


def _own(refusal: Refusal) -> Refusal:
    """Who is not signed in goes to sign in, and not to this page. Raises NotSignedIn."""
    if refusal.code == "not_signed_in":
        raise refusal
    return refusal


def _label(asked: Asked) -> str:
    return asked.typed("label").strip()[:_LABEL_MOST]
