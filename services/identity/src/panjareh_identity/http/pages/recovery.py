"""The pages on which a person gets a lost account back, signed in nowhere (decision 0022).

What the recovery is known by goes from page to page in the forms, so that it stands in no address and no cookie.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.clock import from_wire
from panjareh_common.refusals import Refusal
from panjareh_common.texts import moment_in_words
from panjareh_identity.application.lives.recovering import BeginRecovery, CompleteRecovery
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.http.asked import Asked, UnreadableForm
from panjareh_identity.http.pages.forms import problems_of
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site

_MOST_TIMES = 40


def routes(site: Site, parts: Parts) -> list[Route]:
    def begin(asked: Asked, refusal: Refusal | None = None, **typed: Any) -> Response:
        problems = problems_of(refusal, asked.language, "identifier") if refusal else []
        status = refusal.kind.value if refusal else 200
        blank = {"identifier": ""}
        return site.show(asked, "recovery.html", status=status, problems=problems, **blank | typed)

    def send(asked: Asked) -> Response:
        identifier = asked.typed("identifier")
        try:
            channel = Channel(asked.typed("channel"))
        except ValueError as cause:
            raise UnreadableForm() from cause
        try:
            begun = parts.recovering.begin(
                BeginRecovery(identifier, channel),
                cause=site.cause(asked),
                language=asked.language,
                origin=site.origin_of(asked),
            )
        except Refusal as refusal:
            return begin(asked, refusal, identifier=identifier)
        return code_page(asked, str(begun["recovery_id"]), begun["secret"])

    def code_page(
        asked: Asked, number: str, secret: str, refusal: Refusal | None = None, field: str = "code"
    ) -> Response:
        return site.show(
            asked,
            "recovery_code.html",
            status=refusal.kind.value if refusal else 200,
            problems=problems_of(refusal, asked.language, field) if refusal else [],
            recovery=number,
            secret=secret,
            visits=_visits(parts, asked.language),
        )

    def type_code(asked: Asked) -> Response:
        which = _which(asked)
        try:
            parts.recovering.type_code(*which, asked.typed("code"), cause=site.cause(asked))
        except Refusal as refusal:
            return code_page(asked, str(which[0]), which[1], refusal)
        return password_page(asked, *which)

    def match(asked: Asked) -> Response:
        """More is got back where the phone is the person's own; where not, as much as before."""
        which = _which(asked)
        try:
            parts.recovering.ask_mobile_registry(*which, cause=site.cause(asked))
        except Refusal as refusal:
            return password_page(asked, *which, refusal=refusal, field="match")
        return password_page(asked, *which, matched=True)

    def password_page(
        asked: Asked,
        number: UUID,
        secret: str,
        *,
        refusal: Refusal | None = None,
        field: str = "password",
        matched: bool = False,
    ) -> Response:
        return site.show(
            asked,
            "recovery_password.html",
            status=refusal.kind.value if refusal else 200,
            problems=problems_of(refusal, asked.language, field) if refusal else [],
            recovery=str(number),
            secret=secret,
            matched=matched,
        )

    def complete(asked: Asked) -> Response:
        which = _which(asked)
        command = CompleteRecovery(*which, asked.typed("password"))
        try:
            done = parts.recovering.complete(
                command, cause=site.cause(asked), language=asked.language
            )
        except Refusal as refusal:
            return password_page(asked, *which, refusal=refusal)
        return site.show(asked, "recovered.html", proofing=done["proofing"])

    def book(asked: Asked) -> Response:
        which = _which(asked)
        place, _, starts_at = asked.typed("visit").partition("|")
        try:
            at = from_wire(starts_at)
        except ValueError as cause:
            raise UnreadableForm() from cause
        try:
            parts.visits.book_recovery(*which, place, at, cause=site.cause(asked))
        except Refusal as refusal:
            return code_page(asked, str(which[0]), which[1], refusal, "visit")
        return site.show(
            asked,
            "recovery_booked.html",
            recovery=str(which[0]),
            secret=which[1],
            place=_names(parts, asked.language)[place],
            at=moment_in_words(at, asked.language),
        )

    def go_on(asked: Asked, refusal: Refusal | None = None) -> Response:
        """Back after the visit: what was written down says which recovery it is."""
        problems = problems_of(refusal, asked.language, "secret") if refusal else []
        return site.show(asked, "recovery_go_on.html", problems=problems)

    def went_on(asked: Asked) -> Response:
        return password_page(asked, *_which(asked))

    return [
        site.page("/recovery", get=begin, post=send),
        site.page("/recovery/code", post=type_code),
        site.page("/recovery/match", post=match),
        site.page("/recovery/password", post=complete),
        site.page("/recovery/appointment", post=book),
        site.page("/recovery/go-on", get=go_on, post=went_on),
    ]


def _which(asked: Asked) -> tuple[UUID, str]:
    """Raises UnreadableForm for what none of our forms sends."""
    try:
        return UUID(asked.typed("recovery").strip()), asked.typed("secret").strip()
    except ValueError as cause:
        raise UnreadableForm() from cause


def _names(parts: Parts, language: str) -> dict[str, str]:
    return {row["place"]: row["name"][language] for row in parts.places.list()["items"]}


def _visits(parts: Parts, language: str) -> list[dict[str, str]]:
    """`{value, place, at}` of the next free times, wherever they are."""
    found: list[tuple[datetime, str, str]] = []
    for place, name in _names(parts, language).items():
        times = parts.places.times(place)["items"]
        found += [(from_wire(time["starts_at"]), place, name) for time in times[:_MOST_TIMES]]
    return [
        {"value": f"{place}|{at.isoformat()}", "place": name, "at": moment_in_words(at, language)}
        for at, place, name in sorted(found)[:_MOST_TIMES]
    ]
