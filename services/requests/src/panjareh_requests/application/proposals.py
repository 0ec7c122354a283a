"""Two officers decide where the card says so: proposing, confirming, returning."""

from __future__ import annotations

from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_requests.application import counting
from panjareh_requests.application.commands_work import (
    ConfirmDecision,
    ProposeDecision,
    ReturnProposal,
)
from panjareh_requests.application.desk import Desk
from panjareh_requests.application.ending import conclude
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.ports import Documents, Terms
from panjareh_requests.application.ports_work import Lane
from panjareh_requests.application.requests import issue, terms_of
from panjareh_requests.domain.refusals_work import NoFourEyes
from panjareh_requests.domain.service_request import ServiceRequest


class Proposals:
    """One method a command."""

    def __init__(self, handling: Handling, terms: Terms, documents: Documents, desk: Desk) -> None:
        self._handling = handling
        self._terms = terms
        self._documents = documents
        self._desk = desk

    def propose(self, command: ProposeDecision, asked: Asked) -> Answer:
        """Raises NotFound, NoFourEyes, SkillMissing, ConflictOfInterest, and what the request refuses."""
        officer_id = asked.caller.person

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            if not self._desk.two_decide(unit, request):
                raise NoFourEyes()
            self._desk.must_fit(unit, request, officer_id)
            request.propose_decision(
                command.outcome,
                officer_id=officer_id,
                reason=command.reason,
                at=unit.now,
                place=self._desk.place(unit, request, officer_id, Lane.HELD, command.out_of_order),
            )
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "propose_decision", command.fingerprint(), work)

    def confirm(self, command: ConfirmDecision, asked: Asked) -> Answer:
        """Decides as was proposed. Raises NotFound, SkillMissing, ConflictOfInterest, and what the request refuses."""
        officer_id = asked.caller.person
        stored: list[ServiceRequest] = []

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            self._desk.must_fit(unit, request, officer_id)
            code, version = request.service_code, request.service_version
            request.confirm_decision(
                officer_id,
                unit.now,
                appeal_days=terms_of(unit, code, version, self._terms).appeal_days,
                place=self._desk.place(
                    unit, request, officer_id, Lane.PROPOSED, command.out_of_order
                ),
            )
            issue(unit, request, self._terms, self._documents)
            conclude(unit, request)
            stored[:] = [request]
            return self._handling.changed(unit, request)

        answer = self._handling.once(asked, "confirm_decision", command.fingerprint(), work)
        for request in stored:
            counting.decided(request)
        return answer

    def send_back(self, command: ReturnProposal, asked: Asked) -> Answer:
        """To who proposed it, with the reason. Raises NotFound, SkillMissing, and what the request refuses."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            self._desk.must_fit(unit, request, asked.caller.person)
            request.return_proposal(asked.caller.person, command.reason, unit.now)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "return_proposal", command.fingerprint(), work)
