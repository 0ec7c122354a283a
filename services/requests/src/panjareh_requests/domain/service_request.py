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
from panjareh_requests.domain.appointments import in_line_for
from panjareh_requests.domain.clock import Turn, turn_of
from panjareh_requests.domain.decisions.appealing import Appealing
from panjareh_requests.domain.decisions.appointing import Appointing
from panjareh_requests.domain.decisions.consulting import Consulting
from panjareh_requests.domain.decisions.correcting import Correcting
from panjareh_requests.domain.decisions.four_eyes import FourEyes
from panjareh_requests.domain.decisions.gathering import GatheringEvidence
from panjareh_requests.domain.decisions.importing import Importing
from panjareh_requests.domain.decisions.issuing import Issuing
from panjareh_requests.domain.decisions.joining import Joining
from panjareh_requests.domain.decisions.keeping_time import KeepingTime
from panjareh_requests.domain.decisions.messaging import Messaging
from panjareh_requests.domain.decisions.milestones import Milestones
from panjareh_requests.domain.decisions.paying import Paying
from panjareh_requests.domain.decisions.reviewing import Reviewing
from panjareh_requests.domain.decisions.submitting import Submitting
from panjareh_requests.domain.decisions.withdrawing import Withdrawing
from panjareh_requests.domain.decisions.working import Working
from panjareh_requests.domain.joining import ApplicantKind, PartyState
from panjareh_requests.domain.opinion import OpinionState
from panjareh_requests.domain.values import DecisionMode, Outcome, RequestStatus

_AWAITED: dict[str, Any] = {
    "state": PartyState.AWAITED,
    "person_id": None,
    "kind": None,
    "assurance": None,
    "form": None,
    "form_version": None,
    "invitation": 0,
    "expires_at": None,
    "calls_self": None,
}


class ServiceRequest(
    Submitting,
    Paying,
    Joining,
    GatheringEvidence,
    Reviewing,
    Working,
    FourEyes,
    Consulting,
    Correcting,
    Messaging,
    Appointing,
    Withdrawing,
    Appealing,
    Issuing,
    Importing,
    Milestones,
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
        class_version = 2
        applicant_id: UUID
        applicant_kind: str
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

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["applicant_kind"] = "person"

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

    class PartiesAwaited(Event):
        """Others have to join before anything is asked: the parties of the card, by their keys."""

        TOPIC = "ServiceRequest.PartiesAwaited"
        parties: list[str]
        join_by: datetime

    class PartyInvited(Event):
        """The applicant has a code to tell them; the code itself is nowhere in the log."""

        TOPIC = "ServiceRequest.PartyInvited"
        party: str
        invitation: int
        expires_at: datetime
        calls_self: Sealed[str]

    class InvitationRenewed(Event):
        """Another code, in place of the one before."""

        TOPIC = "ServiceRequest.InvitationRenewed"
        party: str
        invitation: int
        expires_at: datetime
        calls_self: Sealed[str]

    class PartyJoined(Event):
        """They agreed, and filled in their part, which is sealed under their own key."""

        TOPIC = "ServiceRequest.PartyJoined"
        party: str
        joiner_id: UUID
        kind: str
        assurance: int
        channel: str
        form: Sealed[dict[str, Any]]

    class PartyDeclined(Event):
        TOPIC = "ServiceRequest.PartyDeclined"
        party: str
        decliner_id: UUID
        reason: Sealed[str]

    class PartyLeft(Event):
        """Who had joined stepped back while others were still awaited."""

        TOPIC = "ServiceRequest.PartyLeft"
        party: str
        leaver_id: UUID
        reason: Sealed[str]

    class JoiningLapsed(Event):
        """Not everybody joined in time, so the request ended."""

        TOPIC = "ServiceRequest.JoiningLapsed"

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

    class TakenOutOfOrder(Event):
        """What is done next is done before `ahead` others, whose turn it was; `doing` is a Doing."""

        TOPIC = "ServiceRequest.TakenOutOfOrder"
        officer_id: UUID
        doing: str
        ahead: int
        reason: Sealed[str]

    class ReviewReleased(Event):
        """Nobody reviews it any more, and it waits in its place again; `because` is a Released."""

        TOPIC = "ServiceRequest.ReviewReleased"
        officer_id: UUID
        because: str
        reason: Sealed[str]

    class ReviewReassigned(Event):
        """A supervisor handed it to an officer, from another or from the queue."""

        TOPIC = "ServiceRequest.ReviewReassigned"
        officer_id: UUID
        from_officer: UUID | None
        supervisor_id: UUID
        reason: Sealed[str]

    class ConflictDeclared(Event):
        """That officer is too near to it, and has nothing to do with it any more."""

        TOPIC = "ServiceRequest.ConflictDeclared"
        officer_id: UUID
        reason: Sealed[str]

    class DecisionProposed(Event):
        """The first of two officers; it is no decision until the second confirms it."""

        TOPIC = "ServiceRequest.DecisionProposed"
        officer_id: UUID
        outcome: Sealed[str]
        reason: Sealed[str]

    class DecisionConfirmed(Event):
        """The second of two officers; what was proposed is decided with it."""

        TOPIC = "ServiceRequest.DecisionConfirmed"
        officer_id: UUID

    class ProposalReturned(Event):
        """What was proposed is not, and whoever proposed it goes on."""

        TOPIC = "ServiceRequest.ProposalReturned"
        officer_id: UUID
        reason: Sealed[str]

    class OpinionAsked(Event):
        """Of another authority, until then. It sees the named files, and fields of the form, and nothing else."""

        TOPIC = "ServiceRequest.OpinionAsked"
        opinion_id: UUID
        officer_id: UUID
        authority: str
        answer_by: datetime
        files: list[str]
        fields: Sealed[list[str]]  # a form may let people name some themselves
        question: Sealed[str]

    class OpinionGiven(Event):
        """By an officer of the authority that was asked; `recommendation` is a Recommendation."""

        TOPIC = "ServiceRequest.OpinionGiven"
        opinion_id: UUID
        officer_id: UUID
        authority: str
        recommendation: Sealed[str]
        text: Sealed[str]

    class OpinionLapsed(Event):
        """None came in time."""

        TOPIC = "ServiceRequest.OpinionLapsed"
        opinion_id: UUID
        authority: str

    class OpinionWithdrawn(Event):
        """The officers no longer ask."""

        TOPIC = "ServiceRequest.OpinionWithdrawn"
        opinion_id: UUID
        officer_id: UUID

    class SentBack(Event):
        """The officer asks the applicant, or the party that is named, to correct something.

        `asks` are {field, text}; field may be None.
        """

        TOPIC = "ServiceRequest.SentBack"
        class_version = 2
        officer_id: UUID
        answer_by: datetime
        party: str | None
        asks: Sealed[list[dict[str, Any]]]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["party"] = None

    class Corrected(Event):
        """The applicant's form as it is from now on; `fields` are the names of those that changed."""

        TOPIC = "ServiceRequest.Corrected"
        class_version = 2
        party: str | None
        fields: Sealed[list[str]]  # a form may let people name some themselves
        form: Sealed[dict[str, Any]]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["party"] = None

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
        class_version = 2
        party: str | None
        reason: Sealed[str]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["party"] = None

    class AppointmentOffered(Event):
        """The applicant is to come, and chooses a time by `book_by`; no officer: the card has everybody come."""

        TOPIC = "ServiceRequest.AppointmentOffered"
        officer_id: UUID | None
        book_by: datetime
        note: Sealed[str]

    class AppointmentBooked(Event):
        TOPIC = "ServiceRequest.AppointmentBooked"
        place_id: UUID
        starts_at: datetime
        ends_at: datetime

    class AppointmentMoved(Event):
        """By the applicant; `before` is when it was to be."""

        TOPIC = "ServiceRequest.AppointmentMoved"
        place_id: UUID
        starts_at: datetime
        ends_at: datetime
        before: datetime

    class AppointmentCancelled(Event):
        """Another time is to be chosen. `cancelled_by` is applicant, officer, or place: what closed there."""

        TOPIC = "ServiceRequest.AppointmentCancelled"
        cancelled_by: str
        starts_at: datetime
        book_by: datetime
        reason: Sealed[dict[str, str]]

    class AppointmentKept(Event):
        """The applicant came; `status` is where the request goes on."""

        TOPIC = "ServiceRequest.AppointmentKept"
        officer_id: UUID
        status: str

    class AppointmentMissed(Event):
        """The applicant did not come. No `book_by`: for the last time that the card allows, so officers go on."""

        TOPIC = "ServiceRequest.AppointmentMissed"
        officer_id: UUID
        starts_at: datetime
        book_by: datetime | None
        status: str

    class AppointmentLapsed(Event):
        """The request goes on without it; `because` is not_booked, not_marked or taken_back."""

        TOPIC = "ServiceRequest.AppointmentLapsed"
        because: str
        status: str

    class WaitlistJoined(Event):
        """In line for a time at that place on one of those days."""

        TOPIC = "ServiceRequest.WaitlistJoined"
        place_id: UUID
        from_day: str
        until_day: str

    class WaitlistLeft(Event):
        """`because` is applicant, or lapsed: the time that was kept was not taken."""

        TOPIC = "ServiceRequest.WaitlistLeft"
        because: str

    class SlotHeld(Event):
        """A time became free and is kept for this request, which was the first in line."""

        TOPIC = "ServiceRequest.SlotHeld"
        place_id: UUID
        starts_at: datetime
        ends_at: datetime
        held_until: datetime

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
        """The applicant, or a party, asks for a new decision, by another officer. The first stands until then."""

        TOPIC = "ServiceRequest.Appealed"
        class_version = 2
        party: str | None
        grounds: Sealed[str]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["party"] = None

    class AppealWithdrawn(Event):
        """The applicant no longer asks for a new decision, so the first one stands."""

        TOPIC = "ServiceRequest.AppealWithdrawn"
        reason: Sealed[str]

    class Reopened(Event):
        """The authority looks at a refused request again. The refusal stands until a new decision."""

        TOPIC = "ServiceRequest.Reopened"
        officer_id: UUID
        reason: Sealed[str]

    class PaymentAsked(Event):
        """The fee, in whole rials, and until when. `refunds`: what goes back (all or none), by RefundBecause."""

        TOPIC = "ServiceRequest.PaymentAsked"
        amount: int
        currency: str
        pay_by: datetime
        refunds: dict[str, str]

    class FeeWaived(Event):
        """Who asks need not pay, by an exemption of the card; what it was may tell something of the person."""

        TOPIC = "ServiceRequest.FeeWaived"
        reason: Sealed[dict[str, str]]

    class PaymentMade(Event):
        """Paid, as the provider confirmed to us. The tracking code is the provider's."""

        TOPIC = "ServiceRequest.PaymentMade"
        payment_id: UUID
        amount: int
        tracking_code: str

    class PaymentFailed(Event):
        """Nothing came of a try of paying; `because` is a FailedBecause. Another one may be made."""

        TOPIC = "ServiceRequest.PaymentFailed"
        payment_id: UUID
        because: str

    class PaymentLapsed(Event):
        """The time for paying passed, so the request ended."""

        TOPIC = "ServiceRequest.PaymentLapsed"

    class RefundAsked(Event):
        """What was paid goes back; `because` is a RefundBecause."""

        TOPIC = "ServiceRequest.RefundAsked"
        payment_id: UUID
        amount: int
        because: str

    class PaymentRefunded(Event):
        TOPIC = "ServiceRequest.PaymentRefunded"
        payment_id: UUID
        amount: int
        tracking_code: str

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
        applicant_kind: str = ApplicantKind.PERSON,
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
        self.service_version = service_version
        self.authority = authority
        self.channel = channel
        self.applicant_id = applicant_id
        self.applicant_kind = ApplicantKind(applicant_kind)
        self.assurance = assurance
        self.decision_mode = DecisionMode(decision_mode)
        self.form = form
        self.form_version = 1  # of the event that holds the form
        self.source = source
        self.case = case
        imported = case is not None
        self.status = RequestStatus.UNDER_REVIEW if imported else RequestStatus.SUBMITTED
        self._begin_parties()
        self._begin_evidence(evidence_needed)
        self._begin_review()
        self._begin_decision()
        self._begin_documents()
        self._begin_payment()
        self._begin_appointment()
        self._begin_clock(promised_by)

    def _begin_parties(self) -> None:
        self.parties: dict[str, dict[str, Any]] = {}  # by their keys, in the order of the card
        self.join_by: datetime | None = None
        self.asked_party: str | None = None  # of a correction
        self.appellant: str | None = None

    def _begin_evidence(self, needed: Sequence[str]) -> None:
        self.evidence_needed = tuple(needed)
        self.asked: set[str] = set()
        self.delayed: set[str] = set()
        self.facts: dict[str, dict[str, Any] | None] = {}
        self.missing: dict[str, dict[str, str] | None] = {}
        self.steps_known: set[str] = set()

    def _begin_review(self) -> None:
        # Or under appeal: where a correction goes back to.
        self.review_status = RequestStatus.UNDER_REVIEW
        self.officer_id: UUID | None = None
        self.conflicted: set[UUID] = set()  # officers who are too near to it
        self.excused: set[UUID] = set()  # whose reason for taking it before its turn stands
        self.asks: list[dict[str, Any]] | None = None
        self.answer_by: datetime | None = None
        self.asked_version: int | None = None
        self.opinions: dict[UUID, dict[str, Any]] = {}  # asked of other authorities
        self.written_in_a_row = 0
        self.last_writer: str | None = None

    def _begin_decision(self) -> None:
        self.outcome: Outcome | None = None
        self.reason: dict[str, str] | None = None
        self.rules: dict[str, Any] | None = None
        self.by: str | None = None  # who decided: rules, officer or law
        self.decided_by: set[UUID] = set()  # officers, who do not decide upon the appeal
        self.proposed_by: UUID | None = None
        self.proposed_outcome: str | None = None
        self.proposed_reason: str | None = None
        self.proposed_version: int | None = None
        self.instance = 0
        self.final_at: datetime | None = None
        self.appealed_version: int | None = None
        self.grounds: str | None = None

    def _begin_documents(self) -> None:
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

    def _begin_payment(self) -> None:
        self.pay_by: datetime | None = None  # None: no fee was asked for
        self.fee: int | None = None
        self.currency: str | None = None
        self.fee_settled = False  # paid, or waived
        self.refunds_of_card: dict[str, str] = {}
        self.payments: dict[UUID, int] = {}
        self.failed_payments: set[UUID] = set()
        self.refunds: dict[UUID, int] = {}
        self.refunded: set[UUID] = set()

    def _begin_appointment(self) -> None:
        self.book_by: datetime | None = None
        self.appointment_from: RequestStatus | None = None  # where it goes on
        self.appointment_note: str | None = None
        self.appointment_place: UUID | None = None
        self.appointment_at: datetime | None = None
        self.appointment_ends: datetime | None = None
        self.appointment_kept = False
        self.appointments_missed = self.appointment_changes = 0
        self.line: tuple[UUID, str, str] | None = None  # for which place, from day to day
        self.line_since: datetime | None = None
        self.kept_place: UUID | None = None  # a time that became free and is kept for it
        self.kept_at: datetime | None = None
        self.kept_ends: datetime | None = None
        self.kept_until: datetime | None = None
        self.offer_version = self.booking_version = self.line_version = self.hold_version = 0
        self.appointment_version = 0  # when anything of it was changed last

    def _begin_clock(self, promised_by: datetime | None) -> None:
        self.promised_by = promised_by
        self.turns: list[tuple[datetime, Turn]] = []
        self.escalations: list[tuple[str, datetime]] = []  # of the clock that runs: duty, and when
        self.clock_version = 0  # when the clock was changed last

    @property
    def person_id(self) -> UUID | None:  # type: ignore[override]  # an imported case names no person
        return self.applicant_id

    @event(PartiesAwaited)
    def _parties_awaited(self, parties: list[str], join_by: datetime) -> None:
        self.parties = {key: dict(_AWAITED) for key in parties}
        self.join_by = join_by
        self.status = RequestStatus.AWAITING_APPLICANT

    @event(PartyInvited)
    def _party_invited(
        self, party: str, invitation: int, expires_at: datetime, calls_self: str | None
    ) -> None:
        self._invited(party, invitation, expires_at, calls_self)

    @event(InvitationRenewed)
    def _invitation_renewed(
        self, party: str, invitation: int, expires_at: datetime, calls_self: str | None
    ) -> None:
        self._invited(party, invitation, expires_at, calls_self)

    def _invited(
        self, party: str, invitation: int, expires_at: datetime, calls_self: str | None
    ) -> None:
        self._party(party).update(
            {
                "state": PartyState.INVITED,
                "invitation": invitation,
                "expires_at": expires_at,
                "calls_self": calls_self,
            }
        )

    @event(PartyJoined)
    def _party_joined(
        self,
        party: str,
        joiner_id: UUID,
        kind: str,
        assurance: int,
        form: dict[str, Any] | None,
    ) -> None:
        self._party(party).update(
            {
                "state": PartyState.JOINED,
                "person_id": joiner_id,
                "kind": ApplicantKind(kind),
                "assurance": assurance,
                "form": form,
                "form_version": self.version + 1,
            }
        )
        if not self.awaited:
            self.status = RequestStatus.SUBMITTED

    @event(PartyDeclined)
    def _party_declined(self, party: str) -> None:
        self._party(party)["state"] = PartyState.DECLINED

    @event(PartyLeft)
    def _party_left(self, party: str) -> None:
        number = self._party(party)["invitation"]
        self.parties[party] = _AWAITED | {"state": PartyState.LEFT, "invitation": number}

    def _party(self, key: str) -> dict[str, Any]:
        """Memory may not refuse, so a party that was never awaited has a place, too."""
        return self.parties.setdefault(key, dict(_AWAITED))

    @event(JoiningLapsed)
    def _joining_lapsed(self) -> None:
        self.status = RequestStatus.WITHDRAWN

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

    @event(TakenOutOfOrder)
    def _taken_out_of_order(self, officer_id: UUID) -> None:
        self.excused.add(officer_id)

    @event(ReviewReleased)
    def _review_released(self) -> None:
        self._nobody_reviews()

    @event(ReviewReassigned)
    def _review_reassigned(self, officer_id: UUID) -> None:
        self._nothing_proposed()
        self.excused &= {officer_id}
        self.officer_id = officer_id

    @event(ConflictDeclared)
    def _conflict_declared(self, officer_id: UUID) -> None:
        self.conflicted.add(officer_id)
        if officer_id == self.officer_id:
            self._nobody_reviews()

    @event(DecisionProposed)
    def _decision_proposed(self, officer_id: UUID, outcome: str | None, reason: str | None) -> None:
        self.proposed_by = officer_id
        self.proposed_outcome = outcome
        self.proposed_reason = reason
        self.proposed_version = self.version + 1

    @event(DecisionConfirmed)
    def _decision_confirmed(self, officer_id: UUID) -> None:
        self.decided_by.add(officer_id)

    @event(ProposalReturned)
    def _proposal_returned(self) -> None:
        self._nothing_proposed()

    def _nothing_proposed(self) -> None:
        self.proposed_by = self.proposed_outcome = None
        self.proposed_reason = self.proposed_version = None

    def _nobody_reviews(self) -> None:
        self.officer_id = None
        self.excused = set()
        self._nothing_proposed()

    @event(OpinionAsked)
    def _opinion_asked(
        self,
        opinion_id: UUID,
        authority: str,
        answer_by: datetime,
        files: list[str],
        timestamp: datetime,
    ) -> None:
        self.opinions[opinion_id] = {
            "authority": authority,
            "answer_by": answer_by,
            "asked_at": timestamp,
            "files": files,
            "instance": self.instance,
            "state": str(OpinionState.OPEN),
            "asked_version": self.version + 1,
            "answered_version": None,
        }

    @event(OpinionGiven)
    def _opinion_given(self, opinion_id: UUID) -> None:
        known = {"state": str(OpinionState.GIVEN), "answered_version": self.version + 1}
        self._opinion_ended(opinion_id, **known)

    @event(OpinionLapsed)
    def _opinion_lapsed(self, opinion_id: UUID) -> None:
        self._opinion_ended(opinion_id, state=str(OpinionState.LAPSED))

    @event(OpinionWithdrawn)
    def _opinion_withdrawn(self, opinion_id: UUID) -> None:
        self._opinion_ended(opinion_id, state=str(OpinionState.WITHDRAWN))

    def _opinion_ended(self, opinion_id: UUID, **change: Any) -> None:
        self.opinions[opinion_id] = self.opinions.get(opinion_id, {}) | change

    @event(SentBack)
    def _sent_back(
        self, answer_by: datetime, party: str | None, asks: list[dict[str, Any]] | None
    ) -> None:
        self.asked_party = party
        self.status = RequestStatus.AWAITING_APPLICANT
        self.answer_by = answer_by
        self.asks = asks
        self.asked_version = self.version + 1

    @event(Corrected)
    def _corrected(self, party: str | None, form: dict[str, Any] | None) -> None:
        if party is None:
            self.form = form
            self.form_version = self.version + 1
        else:
            self.parties[party] |= {"form": form, "form_version": self.version + 1}
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
        self._nothing_proposed()
        self.status = RequestStatus.WITHDRAWN
        self.asks = self.answer_by = self.asked_version = None
        if self.appointment_from is not None:
            self._appointment_over()

    @event(AppointmentOffered)
    def _appointment_offered(self, book_by: datetime, note: str | None) -> None:
        self.appointment_from = self.status
        self.appointment_note = note
        self.status = RequestStatus.AWAITING_APPOINTMENT
        self.appointments_missed = self.appointment_changes = 0
        self._choose_by(book_by)

    @event(AppointmentBooked)
    def _appointment_booked(self, place_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
        self._come(place_id, starts_at, ends_at)

    @event(AppointmentMoved)
    def _appointment_moved(self, place_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
        self.appointment_changes += 1
        self._come(place_id, starts_at, ends_at)

    @event(AppointmentCancelled)
    def _appointment_cancelled(self, cancelled_by: str, book_by: datetime) -> None:
        self.appointment_changes += cancelled_by == "applicant"
        self._choose_by(book_by)

    @event(AppointmentKept)
    def _appointment_was_kept(self, status: str) -> None:
        self.appointment_kept = True
        self._appointment_over()
        self.status = RequestStatus(status)

    @event(AppointmentMissed)
    def _appointment_missed(self, book_by: datetime | None, status: str) -> None:
        self.appointments_missed += 1
        if book_by is None:
            self._appointment_over()
        else:
            self._choose_by(book_by)
        self.status = RequestStatus(status)

    @event(AppointmentLapsed)
    def _appointment_lapsed(self, status: str) -> None:
        self._appointment_over()
        self.status = RequestStatus(status)

    @event(WaitlistJoined)
    def _waitlist_joined(
        self, place_id: UUID, from_day: str, until_day: str, timestamp: datetime
    ) -> None:
        self.line = (place_id, from_day, until_day)
        self.line_since = timestamp
        self.line_version = self.appointment_version = self.version + 1

    @event(WaitlistLeft)
    def _waitlist_left(self) -> None:
        self._out_of_line()

    @event(SlotHeld)
    def _slot_held(
        self, place_id: UUID, starts_at: datetime, ends_at: datetime, held_until: datetime
    ) -> None:
        self.kept_place, self.kept_at, self.kept_ends = place_id, starts_at, ends_at
        self.kept_until = held_until
        self.hold_version = self.appointment_version = self.version + 1

    def _come(self, place_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
        self.appointment_place = place_id
        self.appointment_at, self.appointment_ends = starts_at, ends_at
        self.booking_version = self.version + 1
        if in_line_for(self.line, place_id, starts_at) or self.kept_at == starts_at:
            self._out_of_line()
        self.appointment_version = self.version + 1

    def _choose_by(self, book_by: datetime) -> None:
        self.book_by = book_by
        self.appointment_place = self.appointment_at = self.appointment_ends = None
        self.offer_version = self.appointment_version = self.version + 1

    def _out_of_line(self) -> None:
        self.line = None
        self.kept_place = self.kept_at = self.kept_ends = self.kept_until = None
        self.appointment_version = self.version + 1

    def _appointment_over(self) -> None:
        self.book_by = self.appointment_from = None
        self.appointment_place = self.appointment_at = self.appointment_ends = None
        self._out_of_line()

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
        self._nothing_proposed()
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
    def _appealed(self, party: str | None, grounds: str | None) -> None:
        self.status = RequestStatus.UNDER_APPEAL
        self.appellant = party
        self.grounds = grounds
        self.appealed_version = self.version + 1
        self.final_at = None
        self._nobody_reviews()

    @event(AppealWithdrawn)
    def _appeal_withdrawn(self) -> None:
        self._nothing_proposed()
        self.status = RequestStatus.DECIDED
        if self.appointment_from is not None:
            self._appointment_over()
        self.asks = self.answer_by = self.asked_version = None

    @event(Reopened)
    def _reopened(self) -> None:
        self.status = RequestStatus.UNDER_REVIEW
        self.final_at = None
        self.appealed_version = self.grounds = None
        self._nobody_reviews()

    @event(PaymentAsked)
    def _payment_asked(
        self, amount: int, currency: str, pay_by: datetime, refunds: dict[str, str]
    ) -> None:
        self.status = RequestStatus.AWAITING_PAYMENT
        self.fee, self.currency, self.pay_by = amount, currency, pay_by
        self.refunds_of_card = refunds

    @event(FeeWaived)
    def _fee_waived(self) -> None:
        self.fee_settled = True

    @event(PaymentMade)
    def _payment_made(self, payment_id: UUID, amount: int) -> None:
        self.payments[payment_id] = amount
        if self.status is RequestStatus.AWAITING_PAYMENT:
            self.fee_settled = True
            decided = self.outcome is not None
            self.status = RequestStatus.DECIDED if decided else RequestStatus.SUBMITTED

    @event(PaymentFailed)
    def _payment_failed(self, payment_id: UUID) -> None:
        self.failed_payments.add(payment_id)

    @event(PaymentLapsed)
    def _payment_lapsed(self) -> None:
        granted = self.outcome is not None
        self.status = RequestStatus.CLOSED if granted else RequestStatus.WITHDRAWN

    @event(RefundAsked)
    def _refund_asked(self, payment_id: UUID, amount: int) -> None:
        self.refunds[payment_id] = amount

    @event(PaymentRefunded)
    def _payment_refunded(self, payment_id: UUID) -> None:
        self.refunded.add(payment_id)

    @event(Closed)
    def _closed(self) -> None:
        self.status = RequestStatus.CLOSED

    @event(Escalated)
    def _escalated(self, duty: str, timestamp: datetime) -> None:
        self.escalations.append((duty, timestamp))
        self.clock_version = self.version + 1  # of this event, which is not counted yet

    def _note_turn(self, at: datetime) -> None:
        turn = turn_of(self.status)
        if self.outcome is not None and self.status is RequestStatus.AWAITING_PAYMENT:
            turn = (
                Turn.NOBODY
            )  # decided: the authority's time is over, the document waits for its fee
        before = self.turns[-1][1] if self.turns else None
        if turn is before:
            return
        if before is Turn.NOBODY:
            self.escalations = []
        self.turns.append((at, turn))
        self.clock_version = self.version
