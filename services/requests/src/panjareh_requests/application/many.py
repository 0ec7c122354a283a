"""One act on many requests: each in its own commit, in the order of the queue, and each with an answer of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from panjareh_common.event_store import EventLog
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import Kind, Refusal, RemoteRefusal
from panjareh_common.texts import translate
from panjareh_requests.application.commands import DecideRequest, StartReview
from panjareh_requests.application.commands_work import ActOnMany, Reassign
from panjareh_requests.application.handling import Asked, needed
from panjareh_requests.application.ports_work import Order
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.application.working import Working
from panjareh_requests.domain.values import Outcome

# What concerns the one request; whatever else is wrong is wrong for all that follow, too.
_OF_ONE = frozenset({Kind.CONFLICT, Kind.NOT_FOUND, Kind.FORBIDDEN, Kind.INVALID})


class ManyAtOnce:
    """Sent again with the same key, what was done is answered again, and what was not is done."""

    def __init__(self, log: EventLog, reviews: Reviews, working: Working, order: Order) -> None:
        self._log = log
        self._reviews = reviews
        self._working = working
        self._order = order

    def act(self, command: ActOnMany, asked: Asked) -> Answer:
        """`{items, done, refused}`, in the order in which they were named. Raises NotAllowed."""
        asked.caller.office("supervisor" if command.action == "reassignment" else "officer")
        needed(asked.key)
        with self._log.unit_of_work(asked.cause) as unit:
            in_order = self._order.sort(unit, list(dict.fromkeys(command.request_ids)))
        told = {which: self._one(command, which, asked) for which in in_order}
        items = [told[which] for which in dict.fromkeys(command.request_ids)]
        done = sum(item["code"] is None for item in items)
        return {"items": items, "done": done, "refused": len(items) - done}

    def _one(self, command: ActOnMany, request_id: UUID, asked: Asked) -> dict[str, Any]:
        of_one = replace(asked, key=f"{asked.key}/{request_id}")
        item = {"request_id": str(request_id), "status": None, "code": None, "text": None}
        try:
            return item | {"status": self._do(command, request_id, of_one)["status"]}
        except Refusal as refusal:
            if refusal.kind not in _OF_ONE:
                raise
            return item | {"code": refusal.code, "text": _text(refusal, asked.language)}

    def _do(self, command: ActOnMany, request_id: UUID, asked: Asked) -> Answer:
        if command.action == "review":
            return self._reviews.start(StartReview(request_id, command.out_of_order), asked)
        if command.action == "decision":
            outcome = command.outcome or Outcome.REFUSED
            decide = DecideRequest(request_id, outcome, command.reason, command.out_of_order)
            return self._reviews.decide(decide, asked)
        assert command.officer_id is not None
        order = Reassign(request_id, command.officer_id, command.reason)
        return self._working.reassign(order, asked)


def _text(refusal: Refusal, language: str) -> str:
    return refusal.text if isinstance(refusal, RemoteRefusal) else translate(refusal, language)
