"""The words a service request is told in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from panjareh_common.assurance import AssuranceLevel
from panjareh_requests.domain.appointments import AppointmentTerms
from panjareh_requests.domain.campaign import CampaignTerms
from panjareh_requests.domain.issued_document import ShownTerms
from panjareh_requests.domain.joining import JOIN_DAYS, PartyTerms, evidence_of
from panjareh_requests.domain.payment import PaymentTerms
from panjareh_requests.domain.queue_order import ReviewTerms


class RequestStatus(StrEnum):
    """Where a request stands (design part 5). How it ended is its outcome, apart."""

    SUBMITTED = "submitted"
    GATHERING_EVIDENCE = "gathering_evidence"
    AWAITING_APPLICANT = "awaiting_applicant"
    AWAITING_APPOINTMENT = "awaiting_appointment"
    UNDER_REVIEW = "under_review"
    AWAITING_PAYMENT = "awaiting_payment"
    DECIDED = "decided"
    UNDER_APPEAL = "under_appeal"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


IN_REVIEW = frozenset({RequestStatus.UNDER_REVIEW, RequestStatus.UNDER_APPEAL})
"""Where an officer of the authority may review and decide."""
OVER = frozenset({RequestStatus.DECIDED, RequestStatus.WITHDRAWN, RequestStatus.CLOSED})
"""Where nobody's work is waited for."""
APPEAL_DAYS = 30
"""For an appeal, where the service's card says no other number."""


class Outcome(StrEnum):
    GRANTED = "granted"
    REFUSED = "refused"


class Writer(StrEnum):
    """Who wrote a message inside a request."""

    APPLICANT = "applicant"
    OFFICER = "officer"


@dataclass(frozen=True)
class Ask:
    """One thing that an applicant is asked to correct; in a field of the form, or in no certain one."""

    field: str | None
    text: str


class DecisionMode(StrEnum):
    RULES = "rules"
    OFFICERS = "officers"


@dataclass(frozen=True)
class OutputTerms:
    """What a granted request produces, and what the document shows of what is known."""

    kind: str
    title: Mapping[str, str]
    valid_days: int
    shows: tuple[ShownTerms, ...] = ()


@dataclass(frozen=True)
class TimePassed:
    """What the law says happens when the time limit passes: `granted`, or else the request is escalated.

    `words` and `law` by language.
    """

    granted: bool
    words: Mapping[str, str]
    law: Mapping[str, str] | None


@dataclass(frozen=True)
class ServiceTerms:
    """The version of a public service under which a request runs, from start to end.

    `form` is a JSON Schema; `rules` the decision table where the mode is rules; `time_limit_days`
    the days the law gives the authority.
    """

    code: str
    version: int
    authority: str
    name: Mapping[str, str]
    required_assurance: AssuranceLevel
    decision_mode: DecisionMode
    evidence: tuple[str, ...]
    form: Mapping[str, Any]
    time_limit_days: int
    evidence_titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: Mapping[str, Any] | None = None
    output: OutputTerms | None = None
    appeal_days: int = APPEAL_DAYS
    when_time_passes: TimePassed | None = None
    milestones: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    appointment: AppointmentTerms | None = None
    review: ReviewTerms = field(default_factory=ReviewTerms)
    payment: PaymentTerms | None = None
    campaign: CampaignTerms | None = None
    who: tuple[str, ...] = ()
    parties: tuple[PartyTerms, ...] = ()
    join_days: int = JOIN_DAYS

    @property
    def all_evidence(self) -> list[str]:
        """What is asked about everybody; that about a party under its key."""
        of_parties = [evidence_of(p.key, each) for p in self.parties for each in p.evidence]
        return [*self.evidence, *of_parties]

    def party(self, key: str) -> PartyTerms:
        """Raises KeyError for a party that the card does not have."""
        return {party.key: party for party in self.parties}[key]


@dataclass(frozen=True)
class Step:
    """One step that an authority's own log says was completed."""

    step: str
    officer: str | None
    unit: str | None
    instance: str


@dataclass(frozen=True)
class Decision:
    """What was decided and why. `inputs` are the values that rules looked at."""

    outcome: Outcome
    reason: Mapping[str, str]
    rules: Mapping[str, Any] | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
