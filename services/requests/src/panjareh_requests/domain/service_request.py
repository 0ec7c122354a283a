"""A service request: one applicant asking for one public service.

Here stand its events and its memory, in the order of a request's life. What may happen is decided in
`decisions/`, one part a module: those methods may refuse. The underscored methods here remember, and may
not: they run again on every replay, and history cannot be refused. Event topics are the storage format.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_requests.domain.clock import Turn, turn_of
from panjareh_requests.domain.decisions.appealing import Appealing
from panjareh_requests.domain.decisions.correcting import Correcting
from panjareh_requests.domain.decisions.gathering import GatheringEvidence
from panjareh_requests.domain.decisions.importing import Importing
from panjareh_requests.domain.decisions.issuing import Issuing
from panjareh_requests.domain.decisions.keeping_time import KeepingTime
from panjareh_requests.domain.decisions.messaging import Messaging
from panjareh_requests.domain.decisions.reviewing import Reviewing
from panjareh_requests.domain.decisions.submitting import Submitting
from panjareh_requests.domain.decisions.withdrawing import Withdrawing
from panjareh_requests.domain.values import DecisionMode, Outcome, RequestStatus


class ServiceRequest(
    Submitting,
    GatheringEvidence,
    Reviewing,
    Correcting,
    Messaging,
    Withdrawing,
    Appealing,
    Issuing,
    Importing,
    KeepingTime,
    PersonalAggregate,
):
    """One request, true at every moment (requirements R1 to R6)."""

    TOPIC = "ServiceRequest"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        def mutate(self, aggregate: Any) -> Any:
            """As every event; and whoever's turn it is then is remembered with the time (the statutory clock)."""
            changed: Any = super().mutate(aggregate)
            changed._note_turn(self.timestamp)
            return changed

    class Submitted(Event, Aggregate.Created):
        TOPIC = "ServiceRequest.Submitted"
        applicant_id: UUID
        reference: str
        service_code: str
        service_version: int
        authority: str
        assurance: int
        decision_mode: str
        evidence_needed: list[str]
        channel: str
        promised_by: datetime
        form: Sealed[dict[str, Any]]

    class Imported(Event, Aggregate.Created):
        """A case that an authority handled before, or handles elsewhere, with its own times."""

        TOPIC = "ServiceRequest.Imported"
        reference: str
        service_code: str
        authority: str
        source: str
        case: str
        channel: str
        department: str | None
        responsible: str | None
        promised_by: datetime | None

    Created = Submitted

    class EvidenceAsked(Event):
        TOPIC = "ServiceRequest.EvidenceAsked"
        evidence_type: str
        inquiry_id: UUID

    class EvidenceDelayed(Event):
        TOPIC = "ServiceRequest.EvidenceDelayed"
        evidence_type: str
        inquiry_id: UUID

    class EvidenceReceived(Event):
        TOPIC = "ServiceRequest.EvidenceReceived"
        evidence_type: str
        inquiry_id: UUID
        facts: Sealed[dict[str, Any]]

    class EvidenceMissing(Event):
        """The authority answered that it holds nothing, or that it does not share it (Q4)."""

        TOPIC = "ServiceRequest.EvidenceMissing"
        evidence_type: str
        inquiry_id: UUID
        reason: Sealed[dict[str, str]]

    class SentToOfficers(Event):
        TOPIC = "ServiceRequest.SentToOfficers"
        because: str

    class ReviewStarted(Event):
        TOPIC = "ServiceRequest.ReviewStarted"
        officer_id: UUID

    class SentBack(Event):
        """The officer asks the applicant to correct something. `asks` are {field, text}; field may be None."""

        TOPIC = "ServiceRequest.SentBack"
        officer_id: UUID
        answer_by: datetime
        asks: Sealed[list[dict[str, Any]]]

    class Corrected(Event):
        """The applicant's form as it is from now on; `fields` are the names of those that changed."""

        TOPIC = "ServiceRequest.Corrected"
        fields: Sealed[list[str]]  # a form may let people name some themselves
        form: Sealed[dict[str, Any]]

    class CorrectionLapsed(Event):
        """The time for the correction passed; the review goes on with what there is."""

        TOPIC = "ServiceRequest.CorrectionLapsed"

    class MessageWritten(Event):
        """A message inside the request; `writer` is applicant or officer."""

        TOPIC = "ServiceRequest.MessageWritten"
        message_id: UUID
        writer: str
        text: Sealed[str]

    class Withdrawn(Event):
        TOPIC = "ServiceRequest.Withdrawn"
        reason: Sealed[str]

    class StepCompleted(Event):
        """A milestone of the authority's own, as its log names it."""

        TOPIC = "ServiceRequest.StepCompleted"
        step: str
        officer: str | None
        unit: str | None
        instance: str

    class Decided(Event):
        """`rules` names version, hash, row and law of the rule set that decided; None for an officer (R5).

        `by` is rules, officer or law; `instance` counts decisions, of which the first is 1. At `final_at`
        it becomes final, if nobody appeals before; None for the last one, and in decisions of version 1.
        """

        TOPIC = "ServiceRequest.Decided"
        class_version = 2
        outcome: str
        by: str
        instance: int
        final_at: datetime | None
        officer_id: UUID | None
        rules: dict[str, Any] | None
        evidence: dict[str, str]
        reason: Sealed[dict[str, str]]
        inputs: Sealed[dict[str, Any]]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["by"] = "officer" if state["officer_id"] else "rules"
            state["instance"], state["final_at"] = 1, None

    class Escalated(Event):
        """The time had passed at `deadline`, and nobody had decided: it was put before the holders of a duty."""

        TOPIC = "ServiceRequest.Escalated"
        duty: str
        deadline: datetime

    class OutputIssued(Event):
        """`content` is `{code, shows}` as IssuedDocument has them; version 1 had neither it nor a place in a list."""

        TOPIC = "ServiceRequest.OutputIssued"
        class_version = 2
        document_number: str
        kind: str
        title: dict[str, str]
        valid_until: datetime
        status_index: int | None
        content: Sealed[dict[str, Any]]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state |= {"status_index": None, "content": None}

    class OutputRevoked(Event):
        """`because` is a RevocationGround, for anyone; the reason is for the holder, and none where they were erased.

        No officer: it follows from a decision.
        """

        TOPIC = "ServiceRequest.OutputRevoked"
        document_number: str
        because: str
        officer_id: UUID | None
        reason: Sealed[dict[str, str] | None]

    class OutputSent(Event):
        """The holder sent the document to another authority, which then may look at it."""

        TOPIC = "ServiceRequest.OutputSent"
        document_number: str
        delivery_id: UUID
        receiver: str

    class Appealed(Event):
        """The applicant asks for a new decision, by another officer. The first stands until then."""

        TOPIC = "ServiceRequest.Appealed"
        grounds: Sealed[str]

    class AppealWithdrawn(Event):
        """The applicant no longer asks for a new decision, so the first one stands."""

        TOPIC = "ServiceRequest.AppealWithdrawn"
        reason: Sealed[str]

    class Reopened(Event):
        """The authority looks at a refused request again. The refusal stands until a new decision."""

        TOPIC = "ServiceRequest.Reopened"
        officer_id: UUID
        reason: Sealed[str]

    class Closed(Event):
        """Ended, with no appeal left; or an imported case that its authority ended."""

        TOPIC = "ServiceRequest.Closed"

    # Memory

    def __init__(
        self,
        *,
        reference: str,
        service_code: str,
        authority: str,
        channel: str,
        promised_by: datetime | None,
        applicant_id: UUID | None = None,
        service_version: int = 0,
        assurance: int = 0,
        decision_mode: str = DecisionMode.OFFICERS,
        evidence_needed: Sequence[str] = (),
        form: dict[str, Any] | None = None,
        source: str | None = None,
        case: str | None = None,
    ) -> None:
        self.reference = reference
        self.service_code = service_code
        self.authority = authority
        self.promised_by = promised_by
        self.applicant_id = applicant_id
        self.service_version = service_version
        self.assurance = assurance
        self.decision_mode = DecisionMode(decision_mode)
        self.evidence_needed = tuple(evidence_needed)
        self.form = form
        self.form_version = 1  # of the event that holds the form
        self.source = source
        self.case = case
        self.channel = channel
        imported = case is not None
        self.status = RequestStatus.UNDER_REVIEW if imported else RequestStatus.SUBMITTED
        self.outcome: Outcome | None = None
        self.officer_id: UUID | None = None
        self.document_number: str | None = None
        self.valid_until: datetime | None = None
        self.output_title: dict[str, str] = {}
        self.output_kind: str | None = None
        self.issued_at: datetime | None = None
        self.status_index: int | None = None
        self.revoked_at: datetime | None = None
        self.revoked_because: str | None = None
        self.revoked_numbers: set[str] = set()
        self.deliveries: set[UUID] = set()
        self.reason: dict[str, str] | None = None
        self.rules: dict[str, Any] | None = None
        self.by: str | None = None  # who decided: rules, officer or law
        self.asked: set[str] = set()
        self.delayed: set[str] = set()
        self.facts: dict[str, dict[str, Any] | None] = {}
        self.missing: dict[str, dict[str, str] | None] = {}
        self.steps_known: set[str] = set()
        self.review_status = (
            RequestStatus.UNDER_REVIEW
        )  # or under appeal: where a correction goes back to
        self.asks: list[dict[str, Any]] | None = None
        self.answer_by: datetime | None = None
        self.asked_version: int | None = None
        self.written_in_a_row = 0
        self.last_writer: str | None = None
        self.instance = 0
        self.final_at: datetime | None = None
        self.appealed_version: int | None = None
        self.grounds: str | None = None
        self.decided_by: set[UUID] = set()  # officers, who do not decide upon the appeal
        self.turns: list[tuple[datetime, Turn]] = []
        self.escalations: list[tuple[str, datetime]] = []  # of the clock that runs: duty, and when
        self.clock_version = 0  # when the clock was changed last

    @property
    def person_id(self) -> UUID | None:  # type: ignore[override]  # an imported case names no person
        return self.applicant_id

    @event(EvidenceAsked)
    def _evidence_asked(self, evidence_type: str) -> None:
        self.asked.add(evidence_type)
        if self.status is RequestStatus.SUBMITTED:
            self.status = RequestStatus.GATHERING_EVIDENCE

    @event(EvidenceDelayed)
    def _evidence_delayed(self, evidence_type: str) -> None:
        self.delayed.add(evidence_type)

    @event(EvidenceReceived)
    def _evidence_received(self, evidence_type: str, facts: dict[str, Any] | None) -> None:
        self.facts[evidence_type] = facts

    @event(EvidenceMissing)
    def _evidence_missing(self, evidence_type: str, reason: dict[str, str] | None) -> None:
        self.missing[evidence_type] = reason

    @event(SentToOfficers)
    def _sent_to_officers(self) -> None:
        self.status = RequestStatus.UNDER_REVIEW

    @event(ReviewStarted)
    def _review_started(self, officer_id: UUID) -> None:
        self.officer_id = officer_id

    @event(SentBack)
    def _sent_back(self, answer_by: datetime, asks: list[dict[str, Any]] | None) -> None:
        self.status = RequestStatus.AWAITING_APPLICANT
        self.answer_by = answer_by
        self.asks = asks
        self.asked_version = self.version + 1

    @event(Corrected)
    def _corrected(self, form: dict[str, Any] | None) -> None:
        self.form = form
        self.form_version = self.version + 1
        self._back_to_review()

    @event(CorrectionLapsed)
    def _correction_lapsed(self) -> None:
        self._back_to_review()

    def _back_to_review(self) -> None:
        appealed = self.appealed_version is not None
        self.status = RequestStatus.UNDER_APPEAL if appealed else RequestStatus.UNDER_REVIEW
        self.asks = self.answer_by = self.asked_version = None

    @event(MessageWritten)
    def _message_written(self, writer: str) -> None:
        self.written_in_a_row = self.written_in_a_row + 1 if writer == self.last_writer else 1
        self.last_writer = writer

    @event(Withdrawn)
    def _withdrawn(self) -> None:
        self.status = RequestStatus.WITHDRAWN
        self.asks = self.answer_by = self.asked_version = None

    @event(StepCompleted)
    def _step_completed(self, instance: str) -> None:
        self.steps_known.add(instance)

    @event(Decided)
    def _decided(
        self,
        *,
        outcome: str,
        by: str,
        officer_id: UUID | None,
        instance: int,
        final_at: datetime | None,
        reason: dict[str, str] | None,
        rules: dict[str, Any] | None,
    ) -> None:
        self.status = RequestStatus.DECIDED
        self.outcome = Outcome(outcome)
        self.instance = instance
        self.final_at = final_at
        self.reason = reason
        self.rules = rules
        self.by = by
        if officer_id is not None:
            self.decided_by.add(officer_id)

    @event(OutputIssued)
    def _output_issued(
        self,
        *,
        document_number: str,
        kind: str,
        title: dict[str, str],
        valid_until: datetime,
        status_index: int | None,
        timestamp: datetime,
    ) -> None:
        self.document_number = document_number
        self.output_kind = kind
        self.output_title = title
        self.valid_until = valid_until
        self.issued_at = timestamp
        self.status_index = status_index
        self.revoked_at = self.revoked_because = None

    @event(OutputRevoked)
    def _output_revoked(self, document_number: str, because: str, timestamp: datetime) -> None:
        self.revoked_at = timestamp
        self.revoked_because = because
        self.revoked_numbers.add(document_number)

    @event(OutputSent)
    def _output_sent(self, delivery_id: UUID) -> None:
        self.deliveries.add(delivery_id)

    @event(Appealed)
    def _appealed(self, grounds: str | None) -> None:
        self.status = RequestStatus.UNDER_APPEAL
        self.grounds = grounds
        self.appealed_version = self.version + 1
        self.final_at = None
        self.officer_id = None

    @event(AppealWithdrawn)
    def _appeal_withdrawn(self) -> None:
        self.status = RequestStatus.DECIDED
        self.asks = self.answer_by = self.asked_version = None

    @event(Reopened)
    def _reopened(self) -> None:
        self.status = RequestStatus.UNDER_REVIEW
        self.final_at = None
        self.appealed_version = self.grounds = None
        self.officer_id = None

    @event(Closed)
    def _closed(self) -> None:
        self.status = RequestStatus.CLOSED

    @event(Escalated)
    def _escalated(self, duty: str, timestamp: datetime) -> None:
        self.escalations.append((duty, timestamp))
        self.clock_version = self.version + 1  # of this event, which is not counted yet

    def _note_turn(self, at: datetime) -> None:
        turn = turn_of(self.status)
        before = self.turns[-1][1] if self.turns else None
        if turn is before:
            return
        if before is Turn.NOBODY:
            self.escalations = []
        self.turns.append((at, turn))
        self.clock_version = self.version
