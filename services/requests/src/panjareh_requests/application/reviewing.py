"""What officers do about a request: they review it, and decide (R3)."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_requests.application import counting
from panjareh_requests.application.commands import DecideRequest, StartReview
from panjareh_requests.application.desk import Desk
from panjareh_requests.application.ending import conclude
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.ports import Documents, Terms
from panjareh_requests.application.ports_work import Lane
from panjareh_requests.application.requests import issue, terms_of
from panjareh_requests.application.working import hold
from panjareh_requests.domain.queue_order import FIRST, Place
from panjareh_requests.domain.refusals_work import FourEyesNeeded
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import IN_REVIEW


class Reviews:
    """One method a command."""

    def __init__(
        self, handling: Handling, terms: Terms, documents: Documents, desk: Desk | None = None
    ) -> None:
        """Without a desk nothing waits in order, and every officer of the authority may do it."""
        self._handling = handling
        self._desk = desk
        self._terms = terms
        self._documents = documents

    def start(self, command: StartReview, asked: Asked) -> Answer:
        """Raises NotFound for another authority's request, NotUnderReview, ReviewAlreadyStarted, OwnRequest,
        ConflictOfInterest, DecidedItBefore, SkillMissing, OutOfOrder.
        """
        officer_id = asked.caller.person

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            place = FIRST
            if self._desk is not None:
                self._desk.must_fit(unit, request, officer_id)
                reason = command.out_of_order
                place = self._desk.place(unit, request, officer_id, Lane.FREE, reason)
            request.start_review(officer_id, unit.now, place)
            if request.pending_events:
                hold(unit, request)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "start_review", command.fingerprint(), work)

    def decide(self, command: DecideRequest, asked: Asked) -> Answer:
        """Raises NotFound, AlreadyDecided, NotUnderReview, ReviewNotStarted, ReasonMissing, SkillMissing,
        ConflictOfInterest, FourEyesNeeded, OutOfOrder.
        """
        officer_id = asked.caller.person
        stored: list[ServiceRequest] = []

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            code, version = request.service_code, request.service_version
            place = FIRST
            if self._desk is not None:
                place = self._before_deciding(unit, request, officer_id, command.out_of_order)
            request.decide_by_officer(
                command.outcome,
                officer_id=officer_id,
                reason=command.reason,
                at=unit.now,
                appeal_days=terms_of(unit, code, version, self._terms).appeal_days,
                place=place,
            )
            issue(unit, request, self._terms, self._documents)
            conclude(unit, request)
            stored[:] = [request]
            return self._handling.changed(unit, request)

        answer = self._handling.once(asked, "decide", command.fingerprint(), work)
        for request in stored:
            counting.decided(request)
        return answer

    def _before_deciding(
        self, unit: UnitOfWork, request: ServiceRequest, officer_id: UUID, reason: str
    ) -> Place:
        """Raises SkillMissing, ConflictOfInterest, FourEyesNeeded."""
        assert self._desk is not None
        self._desk.must_fit(unit, request, officer_id)
        if self._desk.two_decide(unit, request) and request.status in IN_REVIEW:
            raise FourEyesNeeded()
        return self._desk.place(unit, request, officer_id, Lane.HELD, reason)
