"""Whatever is asked of a public service in whatever order, what once stood under a number stays."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from panjareh_catalog.domain.public_service import PublicService
from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT

REASON = {"fa": "چون", "en": "because"}
DAYS = st.integers(1, 3)
SELDOM = st.sampled_from([False, False, False, True])  # and then it is asked wrongly


def card(days: int) -> dict[str, Any]:
    return {
        "code": "DOG-001",
        "authority": "municipality",
        "fee": {"amount": 0, "currency": "IRR"},
        "channels": ["web"],
        "time_limit_days": days,
    }


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.at: datetime = AT
        self.service = PublicService.register("DOG-001", "municipality", self.at)
        self.history: list[Any] = []
        self.fixed: dict[int, dict[str, Any]] = {}  # what was published or shown, by number
        self.drafted: dict[int, dict[str, Any]] = {}

    def ask(self, command: Callable[[], Any]) -> None:
        """A refusal leaves nothing behind; what is decided is remembered with the content of its number."""
        self.at += timedelta(minutes=1)
        before = len(self.service.pending_events)
        try:
            command()
        except Refusal:
            assert len(self.service.pending_events) == before
        for event in self.service.pending_events[before:]:
            if isinstance(event, PublicService.DraftSaved):
                assert event.number not in self.fixed
                self.drafted[event.number] = copy.deepcopy(event.card)
            elif isinstance(event, PublicService.ConsultationOpened):
                self.fix(event.number, self.drafted[event.number])
            elif isinstance(event, PublicService.Published):
                self.fix(event.number, event.card)

    def fix(self, number: int, content: dict[str, Any]) -> None:
        assert self.fixed.setdefault(number, copy.deepcopy(content)) == content

    @rule(days=DAYS)
    def publish(self, days: int) -> None:
        self.ask(lambda: self.service.publish(card(days), self.at))

    @rule(days=DAYS, stale=SELDOM)
    def save_draft(self, days: int, stale: bool) -> None:
        revision = self.service.draft_revision + stale
        self.ask(lambda: self.service.save_draft(card(days), revision, self.at))

    @rule(wrong=SELDOM)
    def publish_draft(self, wrong: bool) -> None:
        number = self.service.draft_number + wrong
        self.ask(lambda: self.service.publish_draft(number, self.at))

    @rule(wrong=SELDOM)
    def discard_draft(self, wrong: bool) -> None:
        number = self.service.draft_number + wrong
        self.ask(lambda: self.service.discard_draft(number, self.at))

    @rule(wrong=SELDOM)
    def consult(self, wrong: bool) -> None:
        number = self.service.draft_number + wrong
        self.ask(lambda: self.service.open_consultation(number, uuid4(), self.at))

    @rule()
    def close(self) -> None:
        self.ask(lambda: self.service.close_consultation(self.at))

    @rule(hours=st.none() | st.integers(0, 2))
    def suspend(self, hours: int | None) -> None:
        until = None if hours is None else self.at + timedelta(hours=hours, minutes=1)
        self.ask(lambda: self.service.suspend(REASON, until, self.at))

    @rule()
    def resume(self) -> None:
        self.ask(lambda: self.service.resume(self.at))

    @rule(successor=st.sampled_from([None, "DOG-001", "DOG-002"]), sure=st.integers(0, 9))
    def retire(self, successor: str | None, sure: int) -> None:
        if sure == 0:
            self.ask(lambda: self.service.retire(REASON, successor, self.at))

    @invariant()
    def what_is_in_force_is_what_was_published_last(self) -> None:
        numbers = [
            e.number for e in self.service.pending_events if isinstance(e, PublicService.Published)
        ]
        assert numbers == sorted(set(numbers))
        assert self.service.number == (numbers[-1] if numbers else 0)
        if numbers:
            assert self.service.card == self.fixed[numbers[-1]]

    @invariant()
    def one_version_is_published_and_at_most_one_is_a_draft(self) -> None:
        states = [str(state) for state in self.service.states.values()]
        assert states.count("published") == bool(self.service.number)
        assert states.count("draft") <= 1
        assert states.count("consultation") == (self.service.consulted is not None)

    @invariant()
    def the_log_tells_the_same_life(self) -> None:
        told: Any = None
        for event in self.service.pending_events:
            told = event.mutate(told)
        mine = {k: v for k, v in vars(self.service).items() if k != "_pending_events"}
        assert {k: v for k, v in vars(told).items() if k != "_pending_events"} == mine


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=200, stateful_step_count=40, deadline=None, derandomize=True
)
