"""A service request: one applicant asking for one public service.

Public methods decide, and may refuse. Underscored methods remember, and may not: they run again on
every replay, and history cannot be refused. Event topics are the storage format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from eventsourcing.domain import Aggregate, event

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.refusals import AssuranceTooLow
from panjareh_requests.domain.refusals import (
    AlreadyDecided,
    NotUnderReview,
    ReasonMissing,
    ReviewAlreadyStarted,
    ReviewNotStarted,
)
from panjareh_requests.domain.values import (
    Decision,
    DecisionMode,
    Outcome,
    RequestStatus,
    ServiceTerms,
    Step,
)

_TEHRAN = ZoneInfo("Asia/Tehran")


class ServiceRequest(PersonalAggregate):
    """One request, true at every moment (requirements R1 to R6)."""

    TOPIC = "ServiceRequest"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        pass

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

    class StepCompleted(Event):
        """A milestone of the authority's own, as its log names it."""

        TOPIC = "ServiceRequest.StepCompleted"
        step: str
        officer: str | None
        unit: str | None
        instance: str

    class Decided(Event):
        """`rules` names version, hash, row and law of the rule set that decided; None for an officer (R5)."""

        TOPIC = "ServiceRequest.Decided"
        outcome: str
        officer_id: UUID | None
        rules: dict[str, Any] | None
        evidence: dict[str, str]
        reason: Sealed[dict[str, str]]
        inputs: Sealed[dict[str, Any]]

    class OutputIssued(Event):
        TOPIC = "ServiceRequest.OutputIssued"
        document_number: str
        kind: str
        title: dict[str, str]
        valid_until: datetime

    class Closed(Event):
        TOPIC = "ServiceRequest.Closed"

    # Decisions

    @classmethod
    def submit(
        cls,
        *,
        request_id: UUID,
        applicant_id: UUID,
        assurance: AssuranceLevel,
        terms: ServiceTerms,
        form: Mapping[str, Any],
        channel: str,
        reference: str,
        at: datetime,
    ) -> ServiceRequest:
        """Raises AssuranceTooLow (I2). The form was checked against the terms before."""
        if assurance < terms.required_assurance:
            raise AssuranceTooLow(required=int(terms.required_assurance), held=int(assurance))
        return cls._create(
            cls.Submitted,
            id=request_id,
            timestamp=at,
            applicant_id=applicant_id,
            reference=reference,
            service_code=terms.code,
            service_version=terms.version,
            authority=terms.authority,
            assurance=int(assurance),
            decision_mode=str(terms.decision_mode),
            evidence_needed=list(terms.evidence),
            channel=channel,
            promised_by=at + timedelta(days=terms.time_limit_days),
            form=dict(form),
        )

    @classmethod
    def import_case(
        cls,
        *,
        request_id: UUID,
        service_code: str,
        authority: str,
        source: str,
        case: str,
        channel: str,
        department: str | None,
        responsible: str | None,
        reference: str,
        started_at: datetime,
        promised_by: datetime | None,
    ) -> ServiceRequest:
        return cls._create(
            cls.Imported,
            id=request_id,
            timestamp=started_at,
            reference=reference,
            service_code=service_code,
            authority=authority,
            source=source,
            case=case,
            channel=channel,
            department=department,
            responsible=responsible,
            promised_by=promised_by,
        )

    def inquiry_id(self, evidence_type: str) -> UUID:
        """The inquiry for one piece of evidence: asking twice is asking the same one."""
        return uuid5(self.id, evidence_type)

    def evidence_asked(self, evidence_type: str, at: datetime) -> None:
        """Said once, and of every question, even when its answer was faster than this word of it."""
        if evidence_type not in self.asked:
            inquiry_id = self.inquiry_id(evidence_type)
            self.trigger_event(
                self.EvidenceAsked,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=inquiry_id,
            )

    def evidence_delayed(self, evidence_type: str, at: datetime) -> None:
        """Said once for a piece of evidence, and not after it came."""
        if evidence_type in self.open_evidence and evidence_type not in self.delayed:
            inquiry_id = self.inquiry_id(evidence_type)
            self.trigger_event(
                self.EvidenceDelayed,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=inquiry_id,
            )

    def receive_evidence(self, evidence_type: str, facts: Mapping[str, Any], at: datetime) -> None:
        """A late or repeated answer changes nothing."""
        if evidence_type in self.open_evidence:
            self.trigger_event(
                self.EvidenceReceived,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=self.inquiry_id(evidence_type),
                facts=dict(facts),
            )

    def miss_evidence(self, evidence_type: str, reason: Mapping[str, str], at: datetime) -> None:
        if evidence_type in self.open_evidence:
            self.trigger_event(
                self.EvidenceMissing,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=self.inquiry_id(evidence_type),
                reason=dict(reason),
            )

    @property
    def open_evidence(self) -> list[str]:
        """What was needed and has neither come nor been said to be missing."""
        known = {*self.facts, *self.missing}
        return [name for name in self.evidence_needed if name not in known]

    @property
    def ready_to_decide(self) -> bool:
        """All answers are in and nobody has been asked to decide yet."""
        gathering = {RequestStatus.SUBMITTED, RequestStatus.GATHERING_EVIDENCE}
        return self.status in gathering and not self.open_evidence

    def decision_inputs(self) -> dict[str, Any]:
        """What rules may look at: facts by evidence, the form, how surely the applicant is known.

        And the day of submission in Tehran: waiting for answers makes nobody older.
        """
        inputs: dict[str, Any] = {
            "applicant.loa": self.assurance,
            "request.submitted_on": self.created_on.astimezone(_TEHRAN).date().isoformat(),
        }
        inputs |= {f"form.{name}": value for name, value in (self.form or {}).items()}
        for evidence_type, facts in self.facts.items():
            inputs |= {f"{evidence_type}.{name}": value for name, value in (facts or {}).items()}
        return inputs

    def send_to_officers(self, because: str, at: datetime) -> None:
        """`because`: officers_decide, evidence_missing, no_rule_matched, rules_disagree or values_not_known."""
        if self.ready_to_decide:
            self.trigger_event(self.SentToOfficers, timestamp=at, because=because)

    def start_review(self, officer_id: UUID, at: datetime) -> None:
        """Raises NotUnderReview or ReviewAlreadyStarted; the same officer may repeat it."""
        if self.status is not RequestStatus.UNDER_REVIEW:
            raise NotUnderReview(status=str(self.status))
        if self.officer_id == officer_id:
            return
        if self.officer_id is not None:
            raise ReviewAlreadyStarted()
        self.trigger_event(self.ReviewStarted, timestamp=at, officer_id=officer_id)

    def decide_by_rules(self, decision: Decision, at: datetime) -> None:
        """Raises AlreadyDecided."""
        if not self.ready_to_decide:
            raise AlreadyDecided()
        self._decide(decision, None, at)

    def decide_by_officer(
        self, outcome: Outcome, *, officer_id: UUID, reason: str, at: datetime
    ) -> None:
        """Raises AlreadyDecided, NotUnderReview, ReviewNotStarted, ReasonMissing. Requirement R3."""
        if self.outcome is not None:
            raise AlreadyDecided()
        if self.status is not RequestStatus.UNDER_REVIEW:
            raise NotUnderReview(status=str(self.status))
        if self.officer_id is None:
            raise ReviewNotStarted()
        if self.officer_id != officer_id:
            raise ReviewAlreadyStarted()
        if outcome is Outcome.REFUSED and not reason.strip():
            raise ReasonMissing()
        said = reason.strip()
        self._decide(Decision(outcome, {"fa": said, "en": said}), officer_id, at)

    def _decide(self, decision: Decision, officer_id: UUID | None, at: datetime) -> None:
        self.trigger_event(
            self.Decided,
            timestamp=at,
            outcome=str(decision.outcome),
            officer_id=officer_id,
            rules=dict(decision.rules) if decision.rules else None,
            evidence={name: str(self.inquiry_id(name)) for name in self.facts},
            reason=dict(decision.reason),
            inputs=dict(decision.inputs),
        )

    def issue_output(self, terms: ServiceTerms, document_number: str, at: datetime) -> None:
        """The document that a granted request produces, where the service has one (R4)."""
        if self.outcome is Outcome.GRANTED and terms.output and self.document_number is None:
            self.trigger_event(
                self.OutputIssued,
                timestamp=at,
                document_number=document_number,
                kind=terms.output.kind,
                title=dict(terms.output.title),
                valid_until=at + timedelta(days=terms.output.valid_days),
            )

    def complete_step(self, step: Step, at: datetime) -> bool:
        """A step from an authority's log; False when it was known already."""
        if step.instance in self.steps_known:
            return False
        self.trigger_event(
            self.StepCompleted,
            timestamp=at,
            step=step.step,
            officer=step.officer,
            unit=step.unit,
            instance=step.instance,
        )
        return True

    def close(self, at: datetime) -> bool:
        """An imported case that has ended; False when it was closed already."""
        if self.status is RequestStatus.CLOSED:
            return False
        self.trigger_event(self.Closed, timestamp=at)
        return True

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
        self.reason: dict[str, str] | None = None
        self.rules: dict[str, Any] | None = None
        self.asked: set[str] = set()
        self.delayed: set[str] = set()
        self.facts: dict[str, dict[str, Any] | None] = {}
        self.missing: dict[str, dict[str, str] | None] = {}
        self.steps_known: set[str] = set()

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

    @event(StepCompleted)
    def _step_completed(self, instance: str) -> None:
        self.steps_known.add(instance)

    @event(Decided)
    def _decided(
        self, outcome: str, reason: dict[str, str] | None, rules: dict[str, Any] | None
    ) -> None:
        self.status = RequestStatus.DECIDED
        self.outcome = Outcome(outcome)
        self.reason = reason
        self.rules = rules

    @event(OutputIssued)
    def _output_issued(
        self,
        document_number: str,
        kind: str,
        title: dict[str, str],
        valid_until: datetime,
        timestamp: datetime,
    ) -> None:
        self.document_number = document_number
        self.output_kind = kind
        self.output_title = title
        self.valid_until = valid_until
        self.issued_at = timestamp

    @event(Closed)
    def _closed(self) -> None:
        self.status = RequestStatus.CLOSED
