"""The pages by which a person signs in with a password, and with a second factor where the password is short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.refusals import InvalidInput, Refusal
from panjareh_common.texts import translate
from panjareh_identity.application.commands import FinishSignIn, SignIn
from panjareh_identity.http.asked import Asked
from panjareh_identity.http.pages.forms import method_of, problems_of
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider.authorizing import Authorizing
from panjareh_identity.http.site import Site
from panjareh_identity.http.ways import sign_in_ways


def routes(site: Site, parts: Parts) -> list[Route]:
    authorizing = Authorizing(parts)

    def show(asked: Asked, status: int = 200, **values: Any) -> Response:
        blank: dict[str, Any] = {
            "problems": [],
            "national_id": "",
            "guarded": False,
            "unlocked": False,
        }
        return site.show(
            asked,
            "sign_in.html",
            status=status,
            client=client_name(asked),
            ways=sign_in_ways(),
            **blank | values,
        )

    def client_name(asked: Asked) -> str | None:
        """Whom the person will be sent back to; the window itself needs no name here."""
        if not asked.request_id:
            return None
        try:
            _, understood = authorizing.asking(asked)
        except OAuth2Error:
            return None
        name = understood.client.row.details.name
        return name.get(asked.language) or next(iter(name.values()))

    def sign_in(asked: Asked) -> Response:
        typed: dict[str, Any] = {"national_id": asked.typed("national_id")}
        command = SignIn(**typed, password=asked.typed("password"))
        try:
            answer = parts.signing_in.sign_in(
                command,
                cause=site.cause(asked),
                language=asked.language,
                origin=site.origin_of(asked),
            )
        except Refusal as refusal:
            guarded = refusal.code == "sign_in_guarded"
            problems = problems_of(refusal, asked.language, "national_id")
            status = refusal.kind.value
            return show(asked, status, problems=problems, guarded=guarded, **typed)
        return done_or_second(asked, answer)

    def done_or_second(asked: Asked, answer: Mapping[str, Any]) -> Response:
        if "access_token" in answer:
            return site.signed_in(asked, answer)
        return second(asked, answer)

    def second(asked: Asked, answer: Mapping[str, Any], refusal: Refusal | None = None) -> Response:
        problems = problems_of(refusal, asked.language, "code") if refusal else []
        return site.show(
            asked,
            "second_factor.html",
            status=refusal.kind.value if refusal else 200,
            ticket=answer["ticket"],
            methods=[str(method) for method in answer["methods"]],
            sent_to=answer.get("sent_to"),
            problems=problems,
        )

    def finish(asked: Asked) -> Response:
        method = method_of(asked.typed("method"))
        code = None if asked.typed("send") else asked.typed("code")
        command = FinishSignIn(asked.typed("ticket"), method, code)
        try:
            answer = parts.signing_in.finish_sign_in(
                command, cause=site.cause(asked), origin=site.origin_of(asked)
            )
        except Refusal as refusal:
            if refusal.code == "ticket_expired":
                says = [{"field": "national_id", "text": translate(refusal, asked.language)}]
                return show(asked, refusal.kind.value, problems=says)
            kept: dict[str, Any] = {
                "ticket": asked.typed("ticket"),
                "methods": asked.typed("methods").split() or [method],
                "sent_to": asked.typed("sent_to") or None,
            }
            return second(asked, kept, refusal)
        return done_or_second(asked, answer)

    def send_unlock(asked: Asked) -> Response:
        """Has a code sent to whoever has that id; says the same where nobody has."""
        typed: dict[str, Any] = {"national_id": asked.typed("national_id")}
        try:
            parts.unlocking.ask(**typed, cause=site.cause(asked), language=asked.language)
        except InvalidInput as refusal:
            problems = problems_of(refusal, asked.language, "national_id")
            return show(asked, refusal.kind.value, problems=problems, guarded=True, **typed)
        return site.show(asked, "unlock.html", problems=[], **typed)

    def use_unlock(asked: Asked) -> Response:
        typed: dict[str, Any] = {"national_id": asked.typed("national_id")}
        cause, code = site.cause(asked), asked.typed("code")
        try:
            answer = parts.unlocking.use(**typed, code=code, cause=cause, language=asked.language)
        except Refusal as refusal:
            problems = problems_of(refusal, asked.language, "code")
            return site.show(
                asked, "unlock.html", status=refusal.kind.value, problems=problems, **typed
            )
        return site.know_device(show(asked, unlocked=True, **typed), answer)

    return [
        site.page("/sign-in", get=show, post=sign_in),
        site.page("/sign-in/second", post=finish),
        site.page("/sign-in/unlock", post=send_unlock),
        site.page("/sign-in/unlock/code", post=use_unlock),
    ]
