"""A person's own page of whom they act for and who acts for them: ask, answer, withdraw."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import Route

from panjareh_common.clock import from_wire
from panjareh_common.refusals import AssuranceTooLow, InvalidInput, Refusal, RemoteRefusal
from panjareh_common.texts import moment_in_words, translate
from panjareh_identity.application.mandate_commands import (
    AnswerMandate,
    AskMandate,
    WithdrawMandate,
)
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.domain.mandate_values import MandateKind, Side
from panjareh_identity.http.asked import Asked, UnreadableForm
from panjareh_identity.http.pages.consents import asking, chosen
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.site import Site

KINDS = {
    MandateKind.CHILD: "A child of whom I am the guardian",
    MandateKind.ADULT: "An adult, who has to agree",
    MandateKind.ORGANISATION: "A company that I represent",
}
STATUSES = {
    "asked": "waits for an answer",
    "with_officers": "waits for an officer of the registry",
    "active": "in force",
    "refused": "refused",
    "ended": "ended",
}


def routes(site: Site, parts: Parts) -> list[Route]:
    def show(
        asked: Asked, said: str = "", problems: list[dict[str, str]] | None = None
    ) -> Response:
        page = Page(limit=50, after=asked.said("after") or None)
        found = parts.mandates.list_of(page, asking(site, asked))
        items = [_shown(item, asked.language) for item in found["items"]]
        return site.show(
            asked,
            "mandates.html",
            status=422 if problems else 200,
            items=items,
            after=found["next"],
            said=said,
            problems=problems or [],
            kinds=KINDS,
            typed=asked.typed("number"),
            chosen=asked.typed("kind") or MandateKind.CHILD,
            once=str(uuid4()),
        )

    def done(asked: Asked, deed: Any, said: str) -> Response:
        """Does it, and shows the page; at too low a level first the way to a higher one."""
        try:
            deed()
        except AssuranceTooLow:
            return site.go(asked, "/step-up")
        except InvalidInput as refusal:
            wrong = [{"field": "number", "text": each["detail"]} for each in refusal.errors]
            return show(asked, problems=wrong)
        except RemoteRefusal as refusal:  # a rule said no, and says it again to a repeat
            return show(asked, problems=[_problem(refusal, asked)])
        return show(asked, said)

    def ask(asked: Asked) -> Response:
        kind = asked.typed("kind")
        if kind not in list(MandateKind):
            raise UnreadableForm()
        side = Side.REPRESENTED if asked.typed("side") == Side.REPRESENTED else Side.REPRESENTATIVE
        command = AskMandate(kind=MandateKind(kind), number=asked.typed("number")[:400], side=side)
        once = asking(site, asked, asked.typed("once")[:100])
        return done(asked, lambda: parts.mandates.ask(command, once), "You have asked.")

    def answer(asked: Asked) -> Response:
        accept = asked.typed("answer") == "accepted"
        command = AnswerMandate(chosen(asked, "mandate"), accept)
        said = "You have agreed." if accept else "You have not agreed."
        return done(asked, lambda: parts.mandates.answer(command, asking(site, asked)), said)

    def withdraw(asked: Asked) -> Response:
        command = WithdrawMandate(chosen(asked, "mandate"))
        return done(
            asked, lambda: parts.mandates.withdraw(command, asking(site, asked)), "It has ended."
        )

    return [
        site.page("/mandates", get=show),
        site.page("/mandates/ask", post=ask),
        site.page("/mandates/answer", post=answer),
        site.page("/mandates/withdraw", post=withdraw),
    ]


def _problem(refusal: Refusal, asked: Asked) -> dict[str, str]:
    return {"field": "number", "text": translate(refusal, asked.language)}


def _shown(item: dict[str, Any], language: str) -> dict[str, Any]:
    acts = item["role"] == Side.REPRESENTATIVE
    other = item["represented"] if acts else item["representative"]
    return item | {
        "acts": acts,
        "other": other or item["asked_of"],
        "mine_to_answer": item["status"] == "asked" and item["asked_of"] is None,
        "open": item["status"] in ("asked", "with_officers", "active"),
        "said": STATUSES[item["status"]],
        "ends": moment_in_words(from_wire(item["until"]), language),
        "every": item["scope"] == ["*"],
    }
