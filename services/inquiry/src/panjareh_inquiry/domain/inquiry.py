"""An inquiry: one authority's online question to another for one piece of evidence about one person.

Public methods decide; underscored ones remember. Event topics are the storage format.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_inquiry.domain.values import Answer, InquiryStatus


class Inquiry(PersonalAggregate):
    """Asked once, answered once; every question and answer about a person is accounted for (Q1, Q5)."""

    TOPIC = "Inquiry"

    class Event(Aggregate.Event):
        pass

    class Asked(Event, Aggregate.Created):
        TOPIC = "Inquiry.Asked"
        evidence_type: str
        provider: str
        subject_id: UUID
        asked_by: str
        authority: str
        purpose: str
        service_code: str | None
        request_id: UUID | None

    Created = Asked

    class Delayed(Event):
        """The authority did not answer when it was first asked; it is asked again by itself."""

        TOPIC = "Inquiry.Delayed"
        evidence_type: str
        request_id: UUID | None
        because: str

    class Answered(Event):
        TOPIC = "Inquiry.Answered"
        evidence_type: str
        request_id: UUID | None
        facts: Sealed[dict[str, Any]]

    class Failed(Event):
        """`status`: nothing_held or refused; the reason is the authority's own (Q4)."""

        TOPIC = "Inquiry.Failed"
        evidence_type: str
        request_id: UUID | None
        status: str
        reason: Sealed[dict[str, str]]

    @classmethod
    def ask(
        cls,
        *,
        inquiry_id: UUID,
        evidence_type: str,
        provider: str,
        subject_id: UUID,
        asked_by: str,
        authority: str,
        purpose: str,
        service_code: str | None,
        request_id: UUID | None,
        at: datetime,
    ) -> Inquiry:
        return cls._create(
            cls.Asked,
            id=inquiry_id,
            timestamp=at,
            evidence_type=evidence_type,
            provider=provider,
            subject_id=subject_id,
            asked_by=asked_by,
            authority=authority,
            purpose=purpose,
            service_code=service_code,
            request_id=request_id,
        )

    def same_question(
        self, evidence_type: str, subject_id: UUID, asked_by: str, request_id: UUID | None
    ) -> bool:
        """Whether a repeat with this id asks the same thing."""
        asked = (self.evidence_type, self.subject_id, self.asked_by, self.request_id)
        return asked == (evidence_type, subject_id, asked_by, request_id)

    def delay(self, because: str, at: datetime) -> None:
        """Said once."""
        if self.status is InquiryStatus.OPEN and not self.delayed:
            self.trigger_event(self.Delayed, timestamp=at, **self._about(), because=because)

    def take_answer(self, answer: Answer, at: datetime) -> None:
        """The first answer counts; a late or repeated one changes nothing."""
        if self.status is not InquiryStatus.OPEN:
            return
        if answer.status is InquiryStatus.ANSWERED:
            facts = dict(answer.facts or {})
            self.trigger_event(self.Answered, timestamp=at, **self._about(), facts=facts)
        else:
            reason = dict(answer.reason or {})
            status = str(answer.status)
            self.trigger_event(
                self.Failed, timestamp=at, **self._about(), status=status, reason=reason
            )

    def _about(self) -> dict[str, Any]:
        """What whoever waits must know of each event: which piece of evidence, for which request."""
        return {"evidence_type": self.evidence_type, "request_id": self.request_id}

    # Memory

    def __init__(
        self,
        *,
        evidence_type: str,
        provider: str,
        subject_id: UUID,
        asked_by: str,
        authority: str,
        purpose: str,
        service_code: str | None,
        request_id: UUID | None,
    ) -> None:
        self.evidence_type = evidence_type
        self.provider = provider
        self.subject_id = subject_id
        self.asked_by = asked_by
        self.authority = authority
        self.purpose = purpose
        self.service_code = service_code
        self.request_id = request_id
        self.status = InquiryStatus.OPEN
        self.delayed = False
        self.facts: dict[str, Any] | None = None
        self.reason: dict[str, str] | None = None

    @property
    def person_id(self) -> UUID:
        return self.subject_id

    @event(Delayed)
    def _delayed(self) -> None:
        self.delayed = True

    @event(Answered)
    def _answered(self, facts: dict[str, Any] | None) -> None:
        self.status = InquiryStatus.ANSWERED
        self.facts = facts

    @event(Failed)
    def _failed(self, status: str, reason: dict[str, str] | None) -> None:
        self.status = InquiryStatus(status)
        self.reason = reason
