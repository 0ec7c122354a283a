"""The pages of passkeys: signing in and stepping up with one. The browser's part is static/passkeys.js."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.refusals import Refusal
from panjareh_identity.application.commands import StepUp, StepUpMethod
from panjareh_identity.domain.authenticator_refusals import PasskeyRefused
from panjareh_identity.http.asked import Asked
from panjareh_identity.http.pages.forms import problems_of
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site


def routes(site: Site, parts: Parts) -> list[Route]:
    def show(asked: Asked, path: str, back: str, refusal: Refusal | None = None) -> Response:
        return site.show(
            asked,
            "passkey.html",
            status=refusal.kind.value if refusal else 200,
            action=path,
            back=back,
            options=json.dumps(parts.signing_in.passkey_challenge()["passkey"]),
            problems=problems_of(refusal, asked.language, "passkey") if refusal else [],
            scripts=True,
        )

    def ask_sign_in(asked: Asked) -> Response:
        return show(asked, "/sign-in/passkey", "/sign-in")

    def sign_in(asked: Asked) -> Response:
        try:
            answer = parts.signing_in.sign_in_with_passkey(
                credential_of(asked), cause=site.cause(asked), origin=site.origin_of(asked)
            )
        except Refusal as refusal:
            return show(asked, "/sign-in/passkey", "/sign-in", refusal)
        return site.signed_in(asked, answer)

    def ask_step_up(asked: Asked) -> Response:
        site.session(asked)
        return show(asked, "/step-up/passkey", "/step-up")

    def step_up(asked: Asked) -> Response:
        signed_in = site.session(asked)
        try:
            answer = parts.signing_in.step_up(
                StepUp(StepUpMethod.PASSKEY, passkey=credential_of(asked)),
                caller=signed_in.caller,
                cause=site.cause(asked, str(signed_in.person_id)),
            )
        except PasskeyRefused as refusal:
            return show(asked, "/step-up/passkey", "/step-up", refusal)
        return site.signed_in(asked, answer)

    return [
        site.page("/sign-in/passkey", get=ask_sign_in, post=sign_in),
        site.page("/step-up/passkey", get=ask_step_up, post=step_up),
    ]


def credential_of(asked: Asked) -> dict[str, Any]:
    """The browser's answer in a form. Raises PasskeyRefused for what is none."""
    try:
        credential = json.loads(asked.typed("passkey"))
    except (ValueError, RecursionError) as cause:
        raise PasskeyRefused() from cause
    if not isinstance(credential, dict):
        raise PasskeyRefused()
    return credential
