"""Another authority is asked what it thinks of a request, before an officer decides it (R3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_common.refusals import NotFound
from panjareh_requests.domain.opinion import (
    MOST_OPEN,
    MOST_OPINIONS,
    OpinionQuestion,
    OpinionState,
    Recommendation,
)
from panjareh_requests.domain.refusals_life import OwnRequest
from panjareh_requests.domain.refusals_opinions import (
    NotInRequest,
    OpinionNotAwaited,
    OpinionOfOneself,
    TooManyOpinions,
)
from panjareh_requests.domain.values import OVER

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Consulting:
    """It is the authority's turn meanwhile, and its time goes on: whom it asks is its own affair.

    A question ends with an answer, at its time, when it is taken back, or with the decision.
    """

    def ask_opinion(
        self: ServiceRequest,
        opinion_id: UUID,
        question: OpinionQuestion,
        *,
        officer_id: UUID,
        at: datetime,
    ) -> None:
        """By who reviews it. Raises NotUnderReview, ReviewNotStarted, ReviewAlreadyStarted, ProposalWaits,
        OpinionOfOneself, TooManyOpinions, NotInRequest.
        """
        self.must_be_reviewed_by(officer_id)
        if question.authority == self.authority:
            raise OpinionOfOneself()
        states = [self.opinion_state(known) for known in self.opinions]
        if states.count(OpinionState.OPEN) >= MOST_OPEN or len(states) >= MOST_OPINIONS:
            raise TooManyOpinions(open=MOST_OPEN, most=MOST_OPINIONS)
        for name in question.fields:
            if name not in (self.form or {}):
                raise NotInRequest(name=name)
        self.trigger_event(
            self.OpinionAsked,
            timestamp=at,
            opinion_id=opinion_id,
            officer_id=officer_id,
            authority=question.authority,
            answer_by=question.answer_by,
            files=[str(file) for file in question.files],
            fields=list(question.fields),
            question=question.text,
        )

    def give_opinion(
        self: ServiceRequest,
        opinion_id: UUID,
        recommendation: Recommendation,
        text: str,
        *,
        authority: str,
        officer_id: UUID,
        at: datetime,
    ) -> None:
        """By an officer of the authority that was asked. Raises NotFound, OwnRequest, OpinionNotAwaited."""
        known = self.opinions.get(opinion_id)
        if known is None or known["authority"] != authority:
            raise NotFound()
        if officer_id in self.person_ids:
            raise OwnRequest()
        self._must_be_awaited(opinion_id, at)
        self.trigger_event(
            self.OpinionGiven,
            timestamp=at,
            opinion_id=opinion_id,
            officer_id=officer_id,
            authority=authority,
            recommendation=str(recommendation),
            text=text,
        )

    def withdraw_opinion(
        self: ServiceRequest, opinion_id: UUID, *, officer_id: UUID, at: datetime
    ) -> None:
        """By any officer of the authority that asked: who did may have left. Raises NotFound, OpinionNotAwaited."""
        if opinion_id not in self.opinions:
            raise NotFound()
        self._must_be_awaited(opinion_id, at)
        self.trigger_event(
            self.OpinionWithdrawn, timestamp=at, opinion_id=opinion_id, officer_id=officer_id
        )

    def lapse_opinion(self: ServiceRequest, opinion_id: UUID, at: datetime) -> bool:
        """Comes back to the officer once its time is over; False where it is not yet.

        Nothing happens after an answer, or where it is not awaited any more.
        """
        if self.opinion_state(opinion_id) is not OpinionState.OPEN:
            return True
        if at < self.opinions[opinion_id]["answer_by"]:
            return False
        self.trigger_event(
            self.OpinionLapsed,
            timestamp=at,
            opinion_id=opinion_id,
            authority=self.opinions[opinion_id]["authority"],
        )
        return True

    def opinion_state(self: ServiceRequest, opinion_id: UUID) -> OpinionState:
        """A decision ends the questions that were asked for it."""
        known = self.opinions[opinion_id]
        state = OpinionState(known["state"])
        if state is OpinionState.OPEN and (
            self.status in OVER or known["instance"] != self.instance
        ):
            return OpinionState.OVER
        return state

    def _must_be_awaited(self: ServiceRequest, opinion_id: UUID, at: datetime) -> None:
        state = self.opinion_state(opinion_id)
        if state is OpinionState.OPEN and at >= self.opinions[opinion_id]["answer_by"]:
            state = OpinionState.LAPSED  # the clock process is only late in saying so
        if state is not OpinionState.OPEN:
            raise OpinionNotAwaited(state=str(state))
