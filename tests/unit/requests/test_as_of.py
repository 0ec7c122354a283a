"""A request as of a past moment is what was told at that moment (R1)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.requests.test_request_rows import AT, ORDERS, TERMS, begin

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import RecordedEvent
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import NotFound, Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Decision, Outcome, ServiceTerms, Step, TimePassed
from panjareh_requests.read_model.requests_view import row_of
from panjareh_requests.read_model.story import RequestStory

LAW = {"fa": "قانون", "en": "The law"}
WORDS = {"fa": "مهلت گذشت", "en": "The time has passed"}
CAUSE = Cause("test", "service", "platform")
MINUTE = timedelta(minutes=1)


@dataclass
class Unit:
    now: datetime

    def fetch(self, *asked: Any) -> list[Any]:
        """The officer who looks has no work on it."""
        return []


class Kept:
    """A log of one stream, and the terms of the one service."""

    def __init__(self, request: ServiceRequest) -> None:
        self.request = request
        self.events = list(request.pending_events)

    @contextmanager
    def unit_of_work(self, cause: Cause) -> Iterator[Unit]:
        yield Unit(self.clock())

    def clock(self) -> datetime:
        return AT + timedelta(days=1)

    def history(self, stream: UUID) -> list[RecordedEvent]:
        return [
            RecordedEvent(
                stream, e.originator_version, 0, e.TOPIC, {}, e.timestamp, e.timestamp, b"", e
            )
            for e in self.events
        ]

    def of(self, unit: Unit, code: str, version: int) -> ServiceTerms:
        return replace(TERMS, when_time_passes=TimePassed(True, WORDS, LAW))

    def current(self, unit: Unit, code: str) -> ServiceTerms:
        return self.of(unit, code, 1)

    def record(self, *looks: Any, **told: Any) -> None:
        """An officer looks at a case that names no person."""


def as_of(request: ServiceRequest, at: datetime) -> dict[str, Any]:
    kept: Any = Kept(request)
    applicant = request.applicant_id
    caller = (
        Caller(CallerKind.PERSON, applicant, AssuranceLevel(2))
        if applicant
        else Caller(
            CallerKind.OFFICER,
            UUID(int=1),
            AssuranceLevel(3),
            authority="police",
            roles=("officer",),
        )
    )
    story = RequestStory(kept, kept, kept, lambda content: "signed")
    return story.get(request.id, caller=caller, cause=CAUSE, language="en", at=at)


# The columns of the row that the commit of each moment wrote; `promised_by` is what was promised then.
SHOWN = ("reference", "status", "promised_by", "waiting_for", "submitted_at", "changed_at")


def shown(request: ServiceRequest) -> dict[str, Any]:
    row = row_of(request, {})
    return {name: row[name] for name in SHOWN} | {
        "outcome": row["outcome"],
        "number": row["document_number"],
    }


# Here all happens within the hour: by choice these wait until a time has passed, or always.
WAITING = {"end_appeal", "lapse", "lapse_joining", "lapse_offer", "pay_never"}
AT_ANOTHER_TIME = {"came", "missed"}


@given(
    imported=st.booleans(),
    orders=st.lists(
        st.tuples(st.sampled_from(sorted(set(ORDERS) - AT_ANOTHER_TIME)), st.integers(0, 1)),
        max_size=30,
    ),
    between=st.integers(0, 59),
)
def test_as_of_any_moment_it_is_what_the_row_said_then(
    imported: bool, orders: list[tuple[str, int]], between: int
) -> None:
    request = begin(imported)
    rows = {AT: shown(request)}
    for number, (order, choice) in enumerate(orders, 1):
        at = AT + number * MINUTE
        try:
            ORDERS[order](request, 0 if order in WAITING else choice, at)
        except Refusal:
            continue
        rows[at] = shown(request)

    moments = sorted(rows)
    for moment, later in zip(moments, [*moments[1:], moments[-1] + MINUTE], strict=True):
        told = as_of(
            request, min(moment + timedelta(seconds=between), later - timedelta(seconds=1))
        )

        then = {name: told[name] for name in SHOWN} | {
            "outcome": told["outcome"],
            "number": told["output"]["number"] if told["output"] else None,
        }
        assert then == rows[moment]


def test_before_it_was_submitted_there_was_nothing() -> None:
    with pytest.raises(NotFound):
        as_of(begin(False), AT - MINUTE)


def test_what_the_law_granted_names_the_law_as_of_then_too() -> None:
    request = begin(False)
    request.decide_by_law(Decision(Outcome.GRANTED, WORDS), AT + MINUTE)
    request.complete_step(Step("T", None, None, "1"), AT + 2 * MINUTE)

    told = as_of(request, AT + MINUTE)

    assert (told["outcome"], told["reason"], told["law"]) == ("granted", WORDS["en"], LAW["en"])


@given(st.permutations(range(1, 7)), st.integers(0, 7), st.integers(0, 99))
def test_steps_of_a_past_case_that_came_out_of_order_are_told_as_of_their_own_times(
    minutes: list[int], asked: int, seed: int
) -> None:
    request = begin(True)
    for minute in minutes:
        request.complete_step(Step("T", None, None, str(minute)), AT + minute * MINUTE)
    if random.Random(seed).random() < 0.5:
        request.close(AT + 3 * MINUTE)

    told = as_of(request, AT + asked * MINUTE)

    closed = any(isinstance(e, ServiceRequest.Closed) for e in request.pending_events)
    assert told["status"] == ("closed" if closed and asked >= 3 else "under_review")
    assert told["changed_at"] == AT + min(asked, 6) * MINUTE
