"""What happens to a request after the person has gone: evidence is asked for, collected, and decided on.

Each step is a stored wait that the clock process does; any of them may be done twice and any
process may die at any line (design part 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.messaging import Message
from panjareh_requests.application import counting
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.application.ending import conclude
from panjareh_requests.application.going_on import IN_CAMPAIGN, KIND_ASK, KIND_DECIDE
from panjareh_requests.application.handling import SELF, by_itself
from panjareh_requests.application.ports import Documents, Exchange, RequestView, Terms
from panjareh_requests.application.requests import KIND_COLLECT, issue, terms_of
from panjareh_requests.domain.refusals import EvidenceNotReady
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus

# An answer is announced by an event; should that be lost to us, we look by ourselves after this.
_LOOK_AFTER = timedelta(seconds=60)


class EvidenceGathering:
    """The process manager of a request."""

    def __init__(
        self,
        log: EventLog,
        exchange: Exchange,
        terms: Terms,
        view: RequestView,
        documents: Documents,
    ) -> None:
        self._log = log
        self._exchange = exchange
        self._terms = terms
        self._view = view
        self._documents = documents
        self._rules = RulesInUse()

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_ASK: self.ask, KIND_COLLECT: self.collect, KIND_DECIDE: self.decide}

    def handlers_of_campaigns(self) -> dict[str, Callable[[Due], None]]:
        """By themselves, so that other services do not stand behind a hundred thousand of them."""
        return {KIND_ASK + IN_CAMPAIGN: self.ask, KIND_DECIDE + IN_CAMPAIGN: self.decide}

    def ask(self, due: Due) -> None:
        """Asks for one piece of evidence (Q1): the exchange takes the same inquiry twice without harm."""
        evidence_type = due.detail
        request = self._look(due.subject)
        inquiry_id = request.inquiry_id(evidence_type)
        if (
            request.status is not RequestStatus.WITHDRAWN
        ):  # then nobody is asked about them any more
            self._exchange.ask(inquiry_id, evidence_type, request)

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            request.evidence_asked(evidence_type, unit.now)
            self._save(unit, request)
            unit.done(due.kind, due.subject, evidence_type)
            if evidence_type in request.open_evidence:
                unit.wait_until(unit.now + _LOOK_AFTER, KIND_COLLECT, due.subject, str(inquiry_id))

        self._log.run(by_itself(due), work)

    def collect(self, due: Due) -> None:
        """Fetches one answer and, when it was the last, decides. Raises EvidenceNotReady while it is open."""
        request = self._look(due.subject)
        if request.status is RequestStatus.WITHDRAWN:  # nobody needs the answer
            self._end_collecting(due)
            return
        answer = self._exchange.get_evidence(UUID(due.detail), request)
        if answer["status"] == "open":
            raise EvidenceNotReady()

        def work(unit: UnitOfWork) -> ServiceRequest | None:
            request = unit.load(ServiceRequest, due.subject)
            evidence_type = request.evidence_named(UUID(due.detail)) or answer["evidence_type"]
            if answer["status"] == "answered":
                request.receive_evidence(evidence_type, answer["facts"], unit.now)
            else:
                request.miss_evidence(evidence_type, answer["reason"], unit.now)
            self._decide_when_ready(unit, request)
            decided = counting.newly_decided(request)
            self._save(unit, request)
            unit.done(KIND_COLLECT, due.subject, due.detail)
            return decided

        if decided := self._log.run(by_itself(due), work):
            counting.decided(decided)

    def _end_collecting(self, due: Due) -> None:
        self._log.run(by_itself(due), lambda unit: unit.done(KIND_COLLECT, due.subject, due.detail))

    def decide(self, due: Due) -> None:
        """Decides a request that needs no evidence."""

        def work(unit: UnitOfWork) -> ServiceRequest | None:
            request = unit.load(ServiceRequest, due.subject)
            self._decide_when_ready(unit, request)
            decided = counting.newly_decided(request)
            self._save(unit, request)
            unit.done(due.kind, due.subject)
            return decided

        if decided := self._log.run(by_itself(due), work):
            counting.decided(decided)

    def answer_announced(self, message: Message, listener: str) -> None:
        """An inquiry has ended: its answer is fetched by the clock, which can wait where a queue cannot."""

        def work(unit: UnitOfWork) -> None:
            request_id = message.data["request_id"]  # none where identity asked for itself
            if request_id and unit.first_time(listener, message.id):
                unit.wait_until(unit.now, KIND_COLLECT, UUID(request_id), message.subject)

        self._log.run(_heard(message), work)

    def delay_announced(self, message: Message, listener: str) -> None:
        def work(unit: UnitOfWork) -> None:
            request_id = message.data["request_id"]
            if request_id and unit.first_time(listener, message.id):
                request = unit.load(ServiceRequest, UUID(request_id))
                name = request.evidence_named(UUID(message.subject))
                request.evidence_delayed(name or message.data["evidence_type"], unit.now)
                self._save(unit, request)

        self._log.run(_heard(message), work)

    def _look(self, request_id: UUID) -> ServiceRequest:
        with self._log.unit_of_work(SELF) as unit:
            return unit.load(ServiceRequest, request_id)

    def _decide_when_ready(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        if not request.ready_to_decide:
            return
        terms = terms_of(unit, request.service_code, request.service_version, self._terms)
        if terms.appointment is not None and request.owes_appointment(terms.appointment):
            request.offer_by_card(terms.appointment, unit.now)
            return
        decision = self._rules.judge(terms, request)
        if isinstance(decision, str):
            request.send_to_officers(decision, unit.now)
        else:
            request.decide_by_rules(decision, unit.now, appeal_days=terms.appeal_days)
            issue(unit, request, self._terms, self._documents)
            conclude(unit, request)

    def _save(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        if unit.save(request):
            self._view.write(unit, request)


def _heard(message: Message) -> Cause:
    return replace(SELF, cause=message.id, traceparent=message.traceparent)
