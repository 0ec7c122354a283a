"""The pages by which somebody who is signed in becomes known more surely (RFC 9470, requirement I2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import Refusal
from panjareh_identity.application.browsers import SignedIn
from panjareh_identity.application.commands import StepUp, StepUpMethod
from panjareh_identity.domain.assurance import Authenticator, Proofing
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.http.asked import Asked, UnreadableForm
from panjareh_identity.http.pages.forms import problems_of
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider.authorizing import Authorizing
from panjareh_identity.http.site import Site
from panjareh_identity.http.ways import step_up_ways

_BY_REGISTRY = 3  # the surest that a look into a register proves
# What a level means to somebody who has never heard of levels.
LEVELS = {
    1: "Level 1: you have a password here.",
    2: "Level 2: you have signed in with two factors, and a register has confirmed who you are.",
    3: "Level 3: you have used a passkey or a card, and the civil registry has confirmed who you are.",
    4: "Level 4: you have used your smart national card, and an officer has seen you.",
}


@dataclass(frozen=True)
class Goal:
    """Where a step-up leads. `client`: who asks; `may_lower`: whether it also takes less."""

    level: AssuranceLevel
    client: str | None = None
    may_lower: bool = False


def routes(site: Site, parts: Parts) -> list[Route]:
    authorizing = Authorizing(parts)

    def goal(asked: Asked, signed_in: SignedIn) -> Goal:
        """What the client under way wants; who came by themself wants the next level."""
        higher = AssuranceLevel(min(4, signed_in.level + 1))
        if not asked.request_id:
            return Goal(higher)
        try:
            _, understood = authorizing.asking(asked)
        except OAuth2Error:
            return Goal(higher)
        name = understood.client.row.details.name
        wanted = understood.wanted
        return Goal(
            level=wanted.level or higher,
            client=name.get(asked.language) or next(iter(name.values())),
            may_lower=wanted.level is not None and not wanted.essential,
        )

    def show(asked: Asked, refusal: Refusal | None = None) -> Response:
        signed_in = site.session(asked)
        wanted = goal(asked, signed_in)
        needs_factor = wanted.level > signed_in.session.authenticator
        needs_proof = wanted.level > signed_in.proofing
        factor = Authenticator(wanted.level) if needs_factor else Authenticator.PASSWORD
        ways = step_up_ways(factor, parts.enrolled(signed_in.person_id)) if needs_factor else []
        return site.show(
            asked,
            "step_up.html",
            status=refusal.kind.value if refusal else 200,
            client=wanted.client,
            held=LEVELS[signed_in.level],
            wanted=LEVELS[wanted.level],
            reached=signed_in.level >= wanted.level,
            ways=ways,
            needs_factor=needs_factor,
            needs_proof=needs_proof,
            registry_helps=needs_proof and signed_in.proofing < Proofing(_BY_REGISTRY),
            in_person=wanted.level > _BY_REGISTRY and needs_proof,
            may_lower=wanted.may_lower,
            problems=problems_of(refusal, asked.language, "ways") if refusal else [],
        )

    def do(asked: Asked, command: StepUp) -> dict[str, Any]:
        signed_in = site.session(asked)
        cause = site.cause(asked, str(signed_in.person_id))
        made: dict[str, Any] = parts.signing_in.step_up(
            command, caller=signed_in.caller, cause=cause
        )
        return made

    def send(asked: Asked) -> Response:
        channel = _channel(asked)
        try:
            answer = do(asked, StepUp(StepUpMethod.ONE_TIME_CODE, channel=channel))
        except Refusal as refusal:
            return refused(asked, refusal)
        return code_page(asked, "one_time_code", sent_to=answer["sent_to"], channel=channel)

    def app(asked: Asked) -> Response:
        site.session(asked)
        return code_page(asked, "totp")

    def code_page(
        asked: Asked,
        method: str,
        *,
        sent_to: str | None = None,
        channel: str = "sms",
        refusal: Refusal | None = None,
    ) -> Response:
        return site.show(
            asked,
            "code.html",
            status=refusal.kind.value if refusal else 200,
            method=method,
            sent_to=sent_to,
            channel=str(channel),
            problems=problems_of(refusal, asked.language, "code") if refusal else [],
        )

    def confirm(asked: Asked) -> Response:
        methods = {"one_time_code": StepUpMethod.ONE_TIME_CODE, "totp": StepUpMethod.TOTP}
        method = methods.get(asked.typed("method"))
        if method is None:
            raise UnreadableForm()
        channel = _channel(asked)
        try:
            # A space alone is no code either, and is told so rather than taken for "send me one".
            code = asked.typed("code").strip() or "-"
            answer = do(asked, StepUp(method, code=code, channel=channel))
        except Refusal as refusal:
            if refusal.code == "not_signed_in":
                raise
            sent_to = asked.typed("sent_to") or None
            return code_page(asked, str(method), sent_to=sent_to, channel=channel, refusal=refusal)
        return site.signed_in(asked, answer)

    def registry(asked: Asked) -> Response:
        try:
            do(asked, StepUp(StepUpMethod.CIVIL_REGISTRY))
        except Refusal as refusal:
            return refused(asked, refusal)
        return site.go_on(asked)

    def refused(asked: Asked, refusal: Refusal) -> Response:
        if refusal.code == "not_signed_in":
            raise refusal
        return show(asked, refusal)

    return [
        site.page("/step-up", get=show),
        site.page("/step-up/send", post=send),
        site.page("/step-up/app", get=app),
        site.page("/step-up/code", post=confirm),
        site.page("/step-up/registry", post=registry),
    ]


def _channel(asked: Asked) -> Channel:
    """Raises UnreadableForm."""
    try:
        return Channel(asked.typed("channel") or "sms")
    except ValueError as cause:
        raise UnreadableForm() from cause
