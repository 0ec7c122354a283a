"""How the rows of `request` follow from the events: for making the whole table again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from panjareh_common.projection import Event, Projection, Row, topics_of
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus
from panjareh_requests.read_model.party_rows import change_of_parties, corrected_party

VIEW = "requests"

_UNDER_REVIEW = str(RequestStatus.UNDER_REVIEW)


class RequestRows(Projection):
    """The rows that commands write in the commit of their events, from the events alone."""

    name = "requests.request"
    table = "request"
    version = "version"
    topics = topics_of(ServiceRequest)
    reads = (
        ServiceRequest.Submitted.TOPIC,
        ServiceRequest.Imported.TOPIC,
        ServiceRequest.PartiesAwaited.TOPIC,
        ServiceRequest.PartyInvited.TOPIC,
        ServiceRequest.InvitationRenewed.TOPIC,
        ServiceRequest.PartyJoined.TOPIC,
        ServiceRequest.PartyDeclined.TOPIC,
        ServiceRequest.PartyLeft.TOPIC,
        ServiceRequest.Corrected.TOPIC,
        ServiceRequest.EvidenceReceived.TOPIC,
        ServiceRequest.EvidenceMissing.TOPIC,
        ServiceRequest.ReviewStarted.TOPIC,
        ServiceRequest.ReviewReassigned.TOPIC,
        ServiceRequest.ConflictDeclared.TOPIC,
        ServiceRequest.Decided.TOPIC,
        ServiceRequest.OutputIssued.TOPIC,
        ServiceRequest.SentBack.TOPIC,
        ServiceRequest.AppointmentKept.TOPIC,
        ServiceRequest.AppointmentMissed.TOPIC,
        ServiceRequest.AppointmentLapsed.TOPIC,
    )

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        for event in events:
            row = rows.get(event.stream)
            if row is None:
                row = rows[event.stream] = _begun(event)
            else:
                row.update(_change(row, event))
            row["changed_at"] = event.occurred_at
            row["version"] = event.version


_NOTHING_ASKED: Row = {"asked_version": None, "answer_by": None}


def _begun(event: Event) -> Row:
    submitted = event.topic == ServiceRequest.Submitted.TOPIC
    fields = event.fields
    return {
        "request_id": event.stream,
        "reference": fields["reference"],
        "applicant_id": fields["applicant_id"] if submitted else None,
        "authority": fields["authority"],
        "service_code": fields["service_code"],
        "service_version": fields["service_version"] if submitted else 0,
        "channel": fields["channel"],
        "status": str(RequestStatus.SUBMITTED) if submitted else _UNDER_REVIEW,
        "outcome": None,
        "officer_id": None,
        "document_number": None,
        "submitted_at": event.occurred_at,
        "promised_by": fields["promised_by"],
        "waiting_for": fields["evidence_needed"] if submitted else [],
        "decided_version": None,
        "issued_version": None,
        "form_version": 1,
        "appealed_version": None,
        "final_at": None,
        "parties": {},
        "party_ids": [],
    } | _NOTHING_ASKED


def _change(row: Row, event: Event) -> Row:
    change = _again(row, event) or change_of_parties(row, event)
    match event.topic:
        case ServiceRequest.EvidenceAsked.TOPIC:
            if row["status"] == RequestStatus.SUBMITTED:
                change = {"status": str(RequestStatus.GATHERING_EVIDENCE)}
        case ServiceRequest.EvidenceReceived.TOPIC | ServiceRequest.EvidenceMissing.TOPIC:
            came = event.fields["evidence_type"]
            change = {"waiting_for": [name for name in row["waiting_for"] if name != came]}
        case ServiceRequest.SentToOfficers.TOPIC:
            change = {"status": _UNDER_REVIEW}
        case ServiceRequest.ReviewStarted.TOPIC | ServiceRequest.ReviewReassigned.TOPIC:
            change = {"officer_id": event.fields["officer_id"]}
        case ServiceRequest.ReviewReleased.TOPIC:
            change = {"officer_id": None}
        case ServiceRequest.ConflictDeclared.TOPIC:
            if row["officer_id"] == event.fields["officer_id"]:
                change = {"officer_id": None}
        case ServiceRequest.Decided.TOPIC:
            change = {
                "status": str(RequestStatus.DECIDED),
                "outcome": event.fields["outcome"],
                "decided_version": event.version,
                "final_at": event.fields["final_at"],
            }
        case ServiceRequest.OutputIssued.TOPIC:
            change = {
                "document_number": event.fields["document_number"],
                "issued_version": event.version,
            }
        case ServiceRequest.Closed.TOPIC:
            change = {"status": str(RequestStatus.CLOSED)}
    return change


def _again(row: Row, event: Event) -> Row:
    """Withdrawal; correction and appeal, after which a request goes on."""
    change: Row = {}
    match event.topic:
        case ServiceRequest.SentBack.TOPIC:
            change = {
                "status": str(RequestStatus.AWAITING_APPLICANT),
                "asked_version": event.version,
                "answer_by": event.fields["answer_by"],
            }
        case ServiceRequest.Corrected.TOPIC:
            change = _back(row) | corrected_party(row, event)
        case ServiceRequest.CorrectionLapsed.TOPIC:
            change = _back(row)
        case ServiceRequest.Withdrawn.TOPIC:
            gone = {"status": str(RequestStatus.WITHDRAWN), "waiting_for": []}
            change = _NOTHING_ASKED | gone
        case ServiceRequest.PaymentAsked.TOPIC:
            change = {"status": str(RequestStatus.AWAITING_PAYMENT)}
        case ServiceRequest.PaymentMade.TOPIC | ServiceRequest.PaymentLapsed.TOPIC:
            change = _fee_ended(row, event)
        case ServiceRequest.AppointmentOffered.TOPIC:
            change = {"status": str(RequestStatus.AWAITING_APPOINTMENT)}
        case (
            ServiceRequest.AppointmentKept.TOPIC
            | ServiceRequest.AppointmentMissed.TOPIC
            | ServiceRequest.AppointmentLapsed.TOPIC
        ):
            change = {"status": event.fields["status"]}
        case ServiceRequest.Appealed.TOPIC:
            change = {
                "status": str(RequestStatus.UNDER_APPEAL),
                "appealed_version": event.version,
                "final_at": None,
                "officer_id": None,
            }
        case ServiceRequest.AppealWithdrawn.TOPIC:
            change = _NOTHING_ASKED | {"status": str(RequestStatus.DECIDED)}
        case ServiceRequest.Reopened.TOPIC:
            again = {"status": _UNDER_REVIEW, "officer_id": None}
            change = again | {"final_at": None, "appealed_version": None}
    return change


def _fee_ended(row: Row, event: Event) -> Row:
    """Paid, a request goes on; where the time for that passed it has ended. Money that comes late changes nothing."""
    if row["status"] != RequestStatus.AWAITING_PAYMENT:
        return {}
    decided = row["outcome"] is not None
    if event.topic == ServiceRequest.PaymentMade.TOPIC:
        return {"status": str(RequestStatus.DECIDED if decided else RequestStatus.SUBMITTED)}
    if decided:
        return {"status": str(RequestStatus.CLOSED)}
    return {"status": str(RequestStatus.WITHDRAWN), "waiting_for": []}


def _back(row: Row) -> Row:
    """Where a review goes on after a correction."""
    appealed = row["appealed_version"] is not None
    status = RequestStatus.UNDER_APPEAL if appealed else RequestStatus.UNDER_REVIEW
    return _NOTHING_ASKED | {"status": str(status)}
