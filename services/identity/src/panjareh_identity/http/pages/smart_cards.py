"""The pages of the smart national card, whose own program signs: signing in, stepping up, and binding one."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.refusals import NotSignedIn, Refusal
from panjareh_common.texts import text
from panjareh_identity.application.authenticator_ports import SmartCardProof
from panjareh_identity.application.commands import StepUp, StepUpMethod
from panjareh_identity.application.keys import signed_by_card, to_bytes
from panjareh_identity.http.asked import Asked
from panjareh_identity.http.pages.forms import problems_of
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site, StrangeForm

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)
_NO_CERTIFICATE = "Enter the certificate of your card, from BEGIN CERTIFICATE to END CERTIFICATE."
_NO_SIGNATURE = "Enter the signature that the program of your card has made."
# What may not be done now, although the page is the person's own: they sign in more strongly first.
_SIGN_IN_FIRST = frozenset({"stronger_sign_in_needed", "sign_in_again_first"})


@dataclass(frozen=True)
class _Door:
    """One of the three pages. `elsewhere` says where `back` leads."""

    path: str
    back: str
    title: str
    elsewhere: str = "Take another way"


_SIGN_IN = _Door("/sign-in/smart-card", "/sign-in", "Sign in with the smart national card")
_STEP_UP = _Door("/step-up/smart-card", "/step-up", "Use my smart national card")
_BIND = _Door(
    "/authenticators/smart-card",
    "/authenticators",
    "Add the smart national card",
    elsewhere="How you sign in",
)


class _Unfit(Exception):
    """What was typed can be no answer of a card; its problems, a field each."""

    def __init__(self, problems: list[dict[str, str]]) -> None:
        super().__init__("unfit")
        self.problems = problems


def routes(site: Site, parts: Parts) -> list[Route]:
    def mark(asked: Asked, door: _Door, challenge: str) -> str:
        """That a challenge was shown here: in this browser, on this page, for what is under way now.

        Else somebody could have another's card sign a challenge of theirs, or enter here what was signed elsewhere.
        """
        shown = "\0".join((asked.browser, asked.request_id, door.path, challenge))
        return site.keyring.lookup("smart_card_page", shown).hex()

    def show(
        asked: Asked,
        door: _Door,
        challenge: str,
        refusal: Refusal | None = None,
        problems: list[dict[str, str]] | None = None,
    ) -> Response:
        status = refusal.kind.value if refusal else 422 if problems else 200
        first = refusal is not None and refusal.code in _SIGN_IN_FIRST
        if refusal:
            problems = problems_of(refusal, asked.language, "main" if first else "signature")
        return site.show(
            asked,
            "smart_card.html",
            status=status,
            title=door.title,
            action=door.path,
            back=door.back,
            elsewhere=door.elsewhere,
            first=first,
            challenge=challenge,
            mark=mark(asked, door, challenge),
            to_sign=base64.b64encode(signed_by_card(challenge)).decode(),
            certificate=asked.typed("certificate"),
            problems=problems or [],
        )

    def new_challenge() -> str:
        return str(parts.signing_in.smart_card_challenge()["challenge"])

    def answered(asked: Asked, door: _Door) -> SmartCardProof:
        """Raises StrangeForm for a challenge that was not shown here, _Unfit."""
        challenge = asked.typed("challenge")
        if not hmac.compare_digest(
            asked.typed("mark").encode(), mark(asked, door, challenge).encode()
        ):
            raise StrangeForm()
        certificate = _PEM.search(asked.typed("certificate"))
        signature = read_base64(asked.typed("signature"))
        problems = [
            {"field": field, "text": text("panjareh_identity", says, asked.language)}
            for field, fits, says in (
                ("certificate", certificate, _NO_CERTIFICATE),
                ("signature", signature, _NO_SIGNATURE),
            )
            if not fits
        ]
        if certificate is None or problems:
            raise _Unfit(problems)
        return SmartCardProof(challenge, certificate.group(), signature)

    def again(asked: Asked, door: _Door, fault: Refusal | _Unfit) -> Response:
        """The page once more, with a new challenge: the one before may have been used up."""
        if isinstance(fault, _Unfit):
            return show(asked, door, new_challenge(), problems=fault.problems)
        if fault.code in (NotSignedIn.code, StrangeForm.code):
            raise fault
        return show(asked, door, new_challenge(), fault)

    def ask_sign_in(asked: Asked) -> Response:
        return show(asked, _SIGN_IN, new_challenge())

    def sign_in(asked: Asked) -> Response:
        try:
            answer = parts.signing_in.sign_in_with_smart_card(
                answered(asked, _SIGN_IN), cause=site.cause(asked), origin=site.origin_of(asked)
            )
        except (Refusal, _Unfit) as fault:
            return again(asked, _SIGN_IN, fault)
        return site.signed_in(asked, answer)

    def ask_step_up(asked: Asked) -> Response:
        site.session(asked)
        return show(asked, _STEP_UP, new_challenge())

    def step_up(asked: Asked) -> Response:
        try:
            proof = answered(asked, _STEP_UP)
            answer = parts.signing_in.step_up(
                StepUp(StepUpMethod.SMART_CARD, smart_card=proof), **mine(asked)
            )
        except (Refusal, _Unfit) as fault:
            return again(asked, _STEP_UP, fault)
        return site.signed_in(asked, answer)

    def ask_bind(asked: Asked) -> Response:
        own = mine(asked)
        try:
            challenge = parts.authenticating.begin_smart_card(**own)["challenge"]
        except Refusal as refusal:
            return again(asked, _BIND, refusal)
        return show(asked, _BIND, challenge)

    def bind(asked: Asked) -> Response:
        try:
            parts.authenticating.bind_smart_card(answered(asked, _BIND), **mine(asked))
        except (Refusal, _Unfit) as fault:
            return again(asked, _BIND, fault)
        return site.go(asked, "/authenticators")

    def mine(asked: Asked) -> Mapping[str, Any]:
        """Raises NotSignedIn."""
        signed_in = site.session(asked)
        cause = site.cause(asked, str(signed_in.person_id))
        return {"caller": signed_in.caller, "cause": cause}

    return [
        site.page(_SIGN_IN.path, get=ask_sign_in, post=sign_in),
        site.page(_STEP_UP.path, get=ask_step_up, post=step_up),
        site.page(_BIND.path, get=ask_bind, post=bind),
    ]


def read_base64(typed: str) -> str:
    """However a program wrote it: in lines, with `+/` or `-_`, padded or not; empty for what is no base64."""
    signature = "".join(typed.split()).replace("+", "-").replace("/", "_").rstrip("=")
    try:
        to_bytes(signature)
    except ValueError:
        return ""
    return signature
