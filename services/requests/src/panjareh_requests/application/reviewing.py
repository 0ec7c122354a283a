"""What officers do about a request: they review it, and decide (R3)."""

from __future__ import annotations

from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_requests.application import counting
from panjareh_requests.application.commands import DecideRequest, StartReview
from panjareh_requests.application.ending import conclude
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.ports import Documents, Terms
from panjareh_requests.application.requests import issue, terms_of
from panjareh_requests.domain.service_request import ServiceRequest


class Reviews:
    """One method a command."""

    def __init__(self, handling: Handling, terms: Terms, documents: Documents) -> None:
        self._handling = handling
        self._terms = terms
        self._documents = documents

    def start(self, command: StartReview, asked: Asked) -> Answer:
        """Raises NotFound for another authority's request, NotUnderReview, ReviewAlreadyStarted, OwnRequest,
        DecidedItBefore.
        """

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            request.start_review(asked.caller.person, unit.now)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "start_review", command.fingerprint(), work)

    def decide(self, command: DecideRequest, asked: Asked) -> Answer:
        """Raises NotFound, AlreadyDecided, NotUnderReview, ReviewNotStarted, ReasonMissing."""
        stored: list[ServiceRequest] = []

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            code, version = request.service_code, request.service_version
            request.decide_by_officer(
                command.outcome,
                officer_id=asked.caller.person,
                reason=command.reason,
                at=unit.now,
                appeal_days=terms_of(unit, code, version, self._terms).appeal_days,
            )
            issue(unit, request, self._terms, self._documents)
            conclude(unit, request)
            stored[:] = [request]
            return self._handling.changed(unit, request)

        answer = self._handling.once(asked, "decide", command.fingerprint(), work)
        for request in stored:
            counting.decided(request)
        return answer
