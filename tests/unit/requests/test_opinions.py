"""Opinions of other authorities: who may ask and answer, and how every question ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from tests.unit.requests.test_life_of_request import APPLICANT, TERMS

from panjareh_common.event_store.snapshots import from_state, to_state
from panjareh_common.refusals import NotFound, Refusal
from panjareh_common.testing.aggregates import AT
from panjareh_requests.domain.clock import Turn, turn_of
from panjareh_requests.domain.opinion import (
    MOST_OPEN,
    MOST_OPINIONS,
    OpinionQuestion,
    OpinionState,
    Recommendation,
)
from panjareh_requests.domain.refusals import NotUnderReview, ReviewAlreadyStarted, ReviewNotStarted
from panjareh_requests.domain.refusals_life import OwnRequest
from panjareh_requests.domain.refusals_opinions import (
    NotInRequest,
    OpinionNotAwaited,
    OpinionOfOneself,
    TooManyOpinions,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Outcome, RequestStatus

OFFICER, COLLEAGUE, THEIRS = uuid4(), uuid4(), uuid4()
DAY = timedelta(days=1)
UNTIL = AT + 10 * DAY


def in_review(reviewed_by: UUID | None = OFFICER) -> ServiceRequest:
    request = ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=APPLICANT,
        assurance=TERMS.required_assurance,
        terms=TERMS,
        form={"street": "ولیعصر", "n": 0},
        channel="web",
        reference="123456789010",
        at=AT,
    )
    for name in TERMS.evidence:
        request.receive_evidence(name, {}, AT)
    request.send_to_officers("no_rule_matched", AT)
    if reviewed_by is not None:
        request.start_review(reviewed_by, AT)
    request.collect_events()
    return request


def ask(
    request: ServiceRequest,
    by: UUID = OFFICER,
    at: datetime = AT,
    until: datetime = UNTIL,
    **more: Any,
) -> UUID:
    opinion_id = uuid4()
    question = OpinionQuestion(
        **({"authority": "heritage", "text": "Is it listed?", "answer_by": until} | more)
    )
    request.ask_opinion(opinion_id, question, officer_id=by, at=at)
    return opinion_id


def give(
    request: ServiceRequest,
    opinion_id: UUID,
    by: UUID = THEIRS,
    at: datetime = AT + DAY,
    authority: str = "heritage",
) -> None:
    request.give_opinion(
        opinion_id, Recommendation.GRANT, "It is not.", authority=authority, officer_id=by, at=at
    )


def decide(request: ServiceRequest, at: datetime = AT + DAY) -> None:
    request.decide_by_officer(Outcome.REFUSED, officer_id=OFFICER, reason="So.", at=at)


def test_who_reviews_a_request_asks_another_authority_and_it_answers() -> None:
    request = in_review()

    opinion_id = ask(request, fields=["street"])
    assert request.opinion_state(opinion_id) is OpinionState.OPEN
    assert request.status is RequestStatus.UNDER_REVIEW
    assert turn_of(request.status) is Turn.AUTHORITY, "the authority's time goes on"
    give(request, opinion_id)

    asked, given = request.pending_events
    assert (asked.fields, asked.files, asked.question) == (["street"], [], "Is it listed?")
    assert (given.recommendation, given.text) == ("grant", "It is not.")
    assert request.opinion_state(opinion_id) is OpinionState.GIVEN


def test_only_who_reviews_it_asks() -> None:
    with pytest.raises(ReviewNotStarted):
        ask(in_review(None))
    with pytest.raises(ReviewAlreadyStarted):
        ask(in_review(), by=COLLEAGUE)
    decided = in_review()
    decide(decided)
    with pytest.raises(NotUnderReview):
        ask(decided)


def test_ones_own_authority_is_not_asked_and_nothing_is_shown_that_is_not_there() -> None:
    request = in_review()
    with pytest.raises(OpinionOfOneself):
        ask(request, authority="municipality")
    with pytest.raises(NotInRequest):
        ask(request, fields=["street", "income"])

    assert not request.pending_events


def test_only_who_was_asked_answers_and_never_about_themself() -> None:
    request = in_review()
    opinion_id = ask(request)

    with pytest.raises(NotFound):
        give(request, opinion_id, authority="police")
    with pytest.raises(NotFound):
        give(request, uuid4())
    with pytest.raises(OwnRequest):
        give(request, opinion_id, by=APPLICANT)
    give(request, opinion_id)
    with pytest.raises(OpinionNotAwaited):
        give(request, opinion_id)


def test_a_question_is_taken_back_by_any_officer_of_who_asked() -> None:
    request = in_review()
    opinion_id = ask(request)

    request.withdraw_opinion(opinion_id, officer_id=COLLEAGUE, at=AT)

    assert request.opinion_state(opinion_id) is OpinionState.WITHDRAWN
    with pytest.raises(OpinionNotAwaited):
        give(request, opinion_id)
    with pytest.raises(NotFound):
        request.withdraw_opinion(uuid4(), officer_id=OFFICER, at=AT)


def test_an_answer_that_is_late_is_none_even_before_the_clock_says_so() -> None:
    request = in_review()
    opinion_id = ask(request)
    assert request.lapse_opinion(opinion_id, UNTIL - timedelta(seconds=1)) is False

    with pytest.raises(OpinionNotAwaited):
        give(request, opinion_id, at=UNTIL)
    assert request.lapse_opinion(opinion_id, UNTIL) is True
    assert request.lapse_opinion(opinion_id, UNTIL) is True

    kinds = [type(event).__name__ for event in request.pending_events]
    assert kinds == ["OpinionAsked", "OpinionLapsed"]


def test_a_decision_ends_what_was_asked_for_it() -> None:
    request = in_review()
    opinion_id = ask(request)
    decide(request)

    assert request.opinion_state(opinion_id) is OpinionState.OVER
    with pytest.raises(OpinionNotAwaited):
        give(request, opinion_id)
    assert request.lapse_opinion(opinion_id, UNTIL) is True, "nothing is owed any more"

    request.reopen("a court", officer_id=OFFICER, at=AT + 2 * DAY)
    assert request.opinion_state(opinion_id) is OpinionState.OVER, "nor when it is looked at again"


def test_a_withdrawal_ends_it_too() -> None:
    request = in_review()
    opinion_id = ask(request)
    request.withdraw("", AT + DAY)

    assert request.opinion_state(opinion_id) is OpinionState.OVER


def test_nobody_is_asked_without_end() -> None:
    request = in_review()
    for _ in range(MOST_OPEN):
        ask(request)
    with pytest.raises(TooManyOpinions):
        ask(request)
    for _ in range(MOST_OPINIONS - MOST_OPEN):
        give(request, next(_open(request)))
        ask(request)
    give(request, next(_open(request)))
    with pytest.raises(TooManyOpinions):
        ask(request)


def _open(request: ServiceRequest):  # type: ignore[no-untyped-def]
    return (o for o in request.opinions if request.opinion_state(o) is OpinionState.OPEN)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "give", "withdraw", "lapse", "decide", "reopen", "leave"]),
        st.integers(0, 4),
        st.integers(0, 12),
    ),
    max_size=25,
)


@for_all(STEPS)
@settings(max_examples=150, deadline=None)
def test_every_question_ends_once_and_stays_ended(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is tried in whatever order; and what is remembered is what a snapshot brings back."""
    request, now, ids = in_review(), AT, []
    ended: dict[UUID, OpinionState] = {}
    for what, number, days in steps:
        now += days * DAY
        which = ids[number % len(ids)] if ids else uuid4()
        try:
            if what == "ask":
                ids.append(ask(request, at=now, until=now + 10 * DAY))
            elif what == "give":
                give(request, which, at=now)
            elif what == "withdraw":
                request.withdraw_opinion(which, officer_id=COLLEAGUE, at=now)
            elif what == "lapse" and ids:
                request.lapse_opinion(which, now)
            elif what == "decide":
                decide(request, now)
            elif what == "reopen":
                request.reopen("because", officer_id=OFFICER, at=now)
                request.start_review(OFFICER, now)
            elif what == "leave":
                request.withdraw("", now)
        except Refusal:
            pass
        for known in ids:
            state = request.opinion_state(known)
            if known in ended:
                assert state is ended[known]
            elif state is not OpinionState.OPEN:
                ended[known] = state
    words = [type(event).__name__ for event in request.collect_events()]
    answers = sum(words.count(f"Opinion{end}") for end in ("Given", "Lapsed", "Withdrawn"))
    assert words.count("OpinionAsked") == len(ids)
    assert answers == sum(state is not OpinionState.OVER for state in ended.values())
    again = from_state(ServiceRequest, request.id, request.version, to_state(request))
    assert again.opinions == request.opinions  # type: ignore[attr-defined]
