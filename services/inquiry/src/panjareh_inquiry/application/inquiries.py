"""The use cases of the exchange: a question is taken, put to the authority until it answers, and the answer given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from panjareh_common import telemetry
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller
from panjareh_inquiry.application.commands import Ask
from panjareh_inquiry.application.ports import Connector, Directory, Looks, People
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.refusals import AnswerUnfit, InquiryTaken, ProviderUnavailable
from panjareh_inquiry.domain.values import NO_LONGER_OFFERED, InquiryStatus

KIND_PUT = "put_question"
_ANSWERED = telemetry.Duration(
    "panjareh.inquiry.answer",
    "from a question to the authority's answer",
    ("provider", "outcome"),
    telemetry.LONG,
)


class Inquiries:
    """Taking questions and giving answers."""

    def __init__(self, log: EventLog, directory: Directory, looks: Looks) -> None:
        self._log = log
        self._directory = directory
        self._looks = looks

    def ask(self, command: Ask, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """Takes a question; the clock process puts it to the authority. Asking again changes nothing.

        Raises UnknownEvidence, NotAllowed for a caller that names no person, InquiryTaken.
        """
        offer = self._directory.offer(command.evidence_type)
        subject, service, purpose = _asker(caller)

        def work(unit: UnitOfWork) -> dict[str, Any]:
            inquiry = unit.find(Inquiry, command.inquiry_id)
            if inquiry is None:
                inquiry = Inquiry.ask(
                    inquiry_id=command.inquiry_id,
                    evidence_type=command.evidence_type,
                    provider=offer.provider,
                    subject_id=subject,
                    asked_by=service,
                    authority=command.authority,
                    purpose=purpose,
                    service_code=command.service_code,
                    request_id=caller.request_id,
                    at=unit.now,
                )
                unit.save(inquiry)
                unit.wait_until(unit.now, KIND_PUT, inquiry.id)
            elif not inquiry.same_question(
                command.evidence_type, subject, service, caller.request_id
            ):
                raise InquiryTaken()
            return {"inquiry_id": inquiry.id, "status": str(inquiry.status)}

        return self._log.run(cause, work)

    def get_evidence(self, inquiry_id: UUID, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """The answer, for the service that asked and only about the person it asked about.

        Raises NotFound for anything else.
        """
        subject, service, purpose = _asker(caller)
        with self._log.unit_of_work(cause) as unit:
            inquiry = unit.load(Inquiry, inquiry_id)
            if (inquiry.asked_by, inquiry.subject_id) != (service, subject):
                raise NotFound()
            if inquiry.status is InquiryStatus.ANSWERED:
                self._looks.record(unit, inquiry, service, purpose)
            return {
                "inquiry_id": inquiry.id,
                "evidence_type": inquiry.evidence_type,
                "status": str(inquiry.status),
                "facts": inquiry.facts,
                "reason": inquiry.reason,
            }


class Questions:
    """Putting questions to authorities, until they answer."""

    def __init__(
        self, log: EventLog, directory: Directory, people: People, connector: Connector
    ) -> None:
        self._log = log
        self._directory = directory
        self._people = people
        self._connector = connector

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_PUT: self.put}

    def put(self, due: Due) -> None:
        """Puts one question. A fault of the authority is said once to whoever waits, and tried again later."""
        with self._log.unit_of_work(_acting(due)) as unit:
            inquiry = unit.load(Inquiry, due.subject)
        try:
            offer = self._directory.offer(inquiry.evidence_type)
            if offer.withdrawn:
                answer = NO_LONGER_OFFERED
            else:
                subject = self._people.subject(inquiry, offer.asked_with)
                answer = self._connector.put(offer, inquiry, subject)
        except (ProviderUnavailable, AnswerUnfit) as fault:
            self._delay(due, fault.code)
            raise

        def work(unit: UnitOfWork) -> None:
            inquiry = unit.load(Inquiry, due.subject)
            inquiry.take_answer(answer, unit.now)
            unit.save(inquiry)
            unit.done(KIND_PUT, due.subject)

        self._log.run(_acting(due), work)
        seconds = (self._log.clock() - inquiry.created_on).total_seconds()
        _ANSWERED.record(seconds, offer.provider, str(answer.status))

    def _delay(self, due: Due, because: str) -> None:
        def work(unit: UnitOfWork) -> None:
            inquiry = unit.load(Inquiry, due.subject)
            inquiry.delay(because, unit.now)
            unit.save(inquiry)

        self._log.run(_acting(due), work)


def _acting(due: Due) -> Cause:
    """The exchange acts here, by itself, in the trace of whoever asked."""
    return Cause(
        "inquiry", "service", "platform", cause=due.kind, traceparent=due.cause.traceparent
    )


def _asker(caller: Caller) -> tuple[UUID, str, str]:
    """Person, service and purpose of an assertion. No purpose, no answer."""
    if caller.subject is None or caller.service is None or caller.purpose is None:
        raise NotAllowed()
    return caller.subject, caller.service, caller.purpose
