"""What is asked of authorities, and what they answer (Q1, Q4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from panjareh_requests.domain.values import RequestStatus

_TEHRAN = ZoneInfo("Asia/Tehran")

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class GatheringEvidence:
    """The evidence that a request needs, until every answer is in."""

    def inquiry_id(self: ServiceRequest, evidence_type: str) -> UUID:
        """The inquiry for one piece of evidence: asking twice is asking the same one."""
        return uuid5(self.id, evidence_type)

    def evidence_named(self: ServiceRequest, inquiry_id: UUID) -> str | None:
        """What is asked for by an inquiry, as it is called here: about a party under its key; None of another's."""
        names = {self.inquiry_id(name): name for name in self.evidence_needed}
        return names.get(inquiry_id)

    def evidence_asked(self: ServiceRequest, evidence_type: str, at: datetime) -> None:
        """Said once, and of every question, even when its answer was faster than this word of it."""
        if evidence_type not in self.asked and self.status is not RequestStatus.WITHDRAWN:
            inquiry_id = self.inquiry_id(evidence_type)
            self.trigger_event(
                self.EvidenceAsked,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=inquiry_id,
            )

    def evidence_delayed(self: ServiceRequest, evidence_type: str, at: datetime) -> None:
        """Said once for a piece of evidence, and not after it came."""
        if evidence_type in self.open_evidence and evidence_type not in self.delayed:
            inquiry_id = self.inquiry_id(evidence_type)
            self.trigger_event(
                self.EvidenceDelayed,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=inquiry_id,
            )

    def receive_evidence(
        self: ServiceRequest, evidence_type: str, facts: Mapping[str, Any], at: datetime
    ) -> None:
        """A late or repeated answer changes nothing."""
        if evidence_type in self.open_evidence:
            self.trigger_event(
                self.EvidenceReceived,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=self.inquiry_id(evidence_type),
                facts=dict(facts),
            )

    def miss_evidence(
        self: ServiceRequest, evidence_type: str, reason: Mapping[str, str], at: datetime
    ) -> None:
        if evidence_type in self.open_evidence:
            self.trigger_event(
                self.EvidenceMissing,
                timestamp=at,
                evidence_type=evidence_type,
                inquiry_id=self.inquiry_id(evidence_type),
                reason=dict(reason),
            )

    @property
    def open_evidence(self: ServiceRequest) -> list[str]:
        """What was needed and has neither come nor been said to be missing; nothing once it is withdrawn."""
        if self.status is RequestStatus.WITHDRAWN:
            return []
        known = {*self.facts, *self.missing}
        return [name for name in self.evidence_needed if name not in known]

    @property
    def ready_to_decide(self: ServiceRequest) -> bool:
        """All answers are in and nobody has been asked to decide yet."""
        gathering = {RequestStatus.SUBMITTED, RequestStatus.GATHERING_EVIDENCE}
        return self.status in gathering and not self.open_evidence

    def decision_inputs(self: ServiceRequest) -> dict[str, Any]:
        """What rules may look at: facts by evidence, the form, how surely the applicant is known.

        And the day of submission in Tehran: waiting for answers makes nobody older.
        """
        inputs: dict[str, Any] = {
            "applicant.loa": self.assurance,
            "applicant.kind": str(self.applicant_kind),
            "request.submitted_on": self.created_on.astimezone(_TEHRAN).date().isoformat(),
        }
        inputs |= {f"form.{name}": value for name, value in (self.form or {}).items()}
        for key, party in self.parties.items():
            inputs |= {f"{key}.loa": party["assurance"], f"{key}.kind": str(party["kind"])}
            inputs |= {f"{key}.form.{n}": value for n, value in (party["form"] or {}).items()}
        for evidence_type, facts in self.facts.items():
            inputs |= {f"{evidence_type}.{name}": value for name, value in (facts or {}).items()}
        return inputs

    def send_to_officers(self: ServiceRequest, because: str, at: datetime) -> None:
        """`because`: officers_decide, evidence_missing, no_rule_matched, rules_disagree or values_not_known."""
        if self.ready_to_decide:
            self.trigger_event(self.SentToOfficers, timestamp=at, because=because)
