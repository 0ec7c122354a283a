"""One sandbox authority: it answers questions, keeps its ledger, and misbehaves on command."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from panjareh_sandbox.ledger import Entry, Ledger
from panjareh_sandbox.register import Outcome, look_up

_KEYS_KEPT = 200_000

_STATUS = {Outcome.ANSWERED: 200, Outcome.NOTHING_HELD: 404, Outcome.REFUSED: 403}

log = logging.getLogger(__name__)


class Mode(StrEnum):
    """How an authority behaves until it is told otherwise."""

    UP = "up"
    DOWN = "down"
    SLOW = "slow"
    FAILING = "failing"
    WRONG = "wrong"


@dataclass(frozen=True)
class Question:
    """What the exchange asks: one piece of evidence about one person, for one inquiry.

    `subject` is the person's national id, or as text the id that they have instead.
    """

    inquiry_id: UUID
    evidence_type: str
    subject: str
    purpose: str
    service_code: str | None
    mobile: str | None = None


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: dict[str, Any]
    outcome: Outcome


class KeyReused(Exception):
    """The key of an earlier question came back with another question."""


class Authority:
    """Gives a repeated question the identical answer; a fault is never remembered as an answer."""

    def __init__(
        self,
        name: str,
        evidence_types: tuple[str, ...],
        ledger: Ledger,
        now: Callable[[], datetime],
    ) -> None:
        self.name = name
        self.evidence_types = evidence_types
        self.ledger = ledger
        self.mode = Mode.UP
        self.delay_seconds = 0.0
        self._now = now
        self._answers: OrderedDict[UUID, tuple[Question, Answer]] = OrderedDict()
        self._behaviour_changed = asyncio.Event()

    def behave(self, mode: Mode, delay_seconds: float = 0.0) -> None:
        """From now on; whoever is being kept waiting is answered at once."""
        self.mode = mode
        self.delay_seconds = delay_seconds
        self._behaviour_changed.set()
        self._behaviour_changed = asyncio.Event()

    def forget(self) -> None:
        self._answers.clear()
        self.ledger.clear()

    async def ask(self, question: Question) -> Answer:
        asked_at = self._now()
        if self.mode is Mode.SLOW:
            await self._wait()
        if self.mode is Mode.FAILING:
            return self._noted(question, asked_at, _FAULT)
        if self.mode is Mode.WRONG:
            return self._noted(question, asked_at, self._wrong_answer())
        earlier = self._answers.get(question.inquiry_id)
        if earlier is None:
            answer = self._look_up(question)
            self._remember(question, answer)
            return self._noted(question, asked_at, answer)
        if earlier[0] != question:
            raise KeyReused
        return self._noted(question, asked_at, earlier[1], repeated=True)

    def note_malformed(self, evidence_type: str) -> None:
        """A question that could not be understood is in the ledger too, without its content."""
        known = evidence_type if evidence_type in self.evidence_types else "unknown"
        self._note(Entry(None, known, self._now(), Outcome.MALFORMED))

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._behaviour_changed.wait(), self.delay_seconds)
        except TimeoutError:
            return  # nobody changed our behaviour, so the whole delay has passed

    def _look_up(self, question: Question) -> Answer:
        found = look_up(question.evidence_type, question.subject, question.mobile)
        if found.outcome is Outcome.ANSWERED:
            body = {"facts": dict(found.facts or {}), "as_of": self._now().isoformat()}
        else:
            body = {"reason": dict(found.reason or {})}
        return Answer(_STATUS[found.outcome], body, found.outcome)

    def _wrong_answer(self) -> Answer:
        body = {"facts": {"result": ["OK", 1]}, "as_of": self._now().isoformat()}
        return Answer(200, body, Outcome.ANSWERED_WRONGLY)

    def _remember(self, question: Question, answer: Answer) -> None:
        self._answers[question.inquiry_id] = (question, answer)
        if len(self._answers) > _KEYS_KEPT:
            self._answers.popitem(last=False)

    def _noted(
        self, question: Question, asked_at: datetime, answer: Answer, *, repeated: bool = False
    ) -> Answer:
        self._note(
            Entry(question.inquiry_id, question.evidence_type, asked_at, answer.outcome, repeated)
        )
        return answer

    def _note(self, entry: Entry) -> None:
        self.ledger.write(entry)
        log.info("asked", extra={"fields": {"authority": self.name} | entry.as_dict()})


_FAULT = Answer(
    503,
    {
        "reason": {
            "fa": "سامانهٔ این دستگاه موقتاً از کار افتاده است. چند دقیقهٔ دیگر دوباره بپرسید.",
            "en": "This authority's system is out of order for now. Ask again in a few minutes.",
        }
    },
    Outcome.FAILED,
)
