"""One request told from its events: as it stands, as it stood at a moment, and step by step (R1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, RecordedEvent, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_common.texts import text
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus, ServiceTerms

Sign = Callable[[dict[str, Any]], str]
"""Signs the content of an issued document; gives a compact JWS."""

# What a person reads for each event. Persian stands in locale/fa.po.
_SENTENCES: dict[str, str] = {
    "ServiceRequest.Submitted": "You submitted the request.",
    "ServiceRequest.Imported": "The request was received.",
    "ServiceRequest.EvidenceAsked": "The authority that holds your {evidence} was asked online.",
    "ServiceRequest.EvidenceDelayed": "The authority that holds your {evidence} does not answer at the moment. It is asked again by itself; you need not do anything.",
    "ServiceRequest.EvidenceReceived": "The authority answered about your {evidence}.",
    "ServiceRequest.EvidenceMissing": "The authority gave no {evidence}: {reason}",
    "ServiceRequest.SentToOfficers": "The request went to the officers of the authority.",
    "ServiceRequest.ReviewStarted": "An officer started the review.",
    "ServiceRequest.StepCompleted": "{step}",
    "ServiceRequest.Decided": "The request was decided: {outcome}. {reason}",
    "ServiceRequest.OutputIssued": "The document {number} was issued.",
    "ServiceRequest.Closed": "The case was closed.",
}
_OUTCOMES = {"granted": "granted", "refused": "refused"}
_ERASED = "(erased)"
_NEXT = {
    RequestStatus.SUBMITTED: "The platform asks the authorities for what is needed. You need not do anything.",
    RequestStatus.GATHERING_EVIDENCE: "The platform waits for the authorities' answers. You need not do anything.",
    RequestStatus.UNDER_REVIEW: "An officer of the authority reviews the request. You need not do anything.",
    RequestStatus.DECIDED: "The request has been decided. If you do not agree, see how to appeal on the service's page.",
    RequestStatus.CLOSED: "The case is closed.",
}


class RequestStory:
    """Reads one request for its applicant, or for an officer of its authority and then on record."""

    def __init__(self, log: EventLog, looks: Looks, terms: Terms, sign: Sign) -> None:
        self._log = log
        self._looks = looks
        self._terms = terms
        self._sign = sign

    def get(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str, at: datetime | None
    ) -> dict[str, Any]:
        """The request now, or as of a moment. Raises NotFound for what is not the caller's, or was not yet."""
        with self._log.unit_of_work(cause) as unit:
            history = self._visible(unit, request_id, caller)
            told = [event for event in history if at is None or event.occurred_at <= at]
            request = _fold(told)
            if request is None:
                raise NotFound()
            return self._describe(request, told, terms_of(unit, request, self._terms), language)

    def timeline(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Every step with its time, its actor's role and a sentence."""
        with self._log.unit_of_work(cause) as unit:
            history = self._visible(unit, request_id, caller)
            request = _fold(history)
            assert request is not None  # it was visible
            terms = terms_of(unit, request, self._terms)
            return {"items": [_step(event, request, terms, language) for event in history]}

    def _visible(self, unit: UnitOfWork, request_id: UUID, caller: Caller) -> list[RecordedEvent]:
        """The history, for whom it is. Raises NotFound for anybody else."""
        history = self._log.history(request_id, unit.connection)
        request = _fold(history)
        if request is None:
            raise NotFound()
        if caller.subject is not None and request.applicant_id == caller.subject:
            return history
        if "officer" not in caller.roles or caller.authority != request.authority:
            raise NotFound()
        record_looks(unit, self._looks, caller, [(request.applicant_id, request_id)])
        return history

    def _describe(
        self,
        request: ServiceRequest,
        history: Sequence[RecordedEvent],
        terms: ServiceTerms,
        language: str,
    ) -> dict[str, Any]:
        return {
            "request_id": request.id,
            "reference": request.reference,
            "service_code": request.service_code,
            "service_name": terms.name.get(language, terms.code),
            "service_version": request.service_version or None,
            "authority": request.authority,
            "status": str(request.status),
            "outcome": str(request.outcome) if request.outcome else None,
            "reason": _in(request.reason, language) if request.outcome else None,
            "law": _in((request.rules or {}).get("law"), language) if request.outcome else None,
            "next": text(_PACKAGE, _NEXT[request.status], language),
            "submitted_at": request.created_on,
            "changed_at": request.modified_on,
            "promised_by": request.promised_by,
            "waiting_for": request.open_evidence,
            "form": request.form,
            "output": self._output(request, language),
            "as_of": history[-1].occurred_at,
        }

    def _output(self, request: ServiceRequest, language: str) -> dict[str, Any] | None:
        number, issued, until = request.document_number, request.issued_at, request.valid_until
        if number is None or issued is None or until is None:
            return None
        content = {
            "number": number,
            "kind": request.output_kind,
            "request_id": str(request.id),
            "holder": str(request.applicant_id),
            "authority": request.authority,
            "issued_at": to_wire(issued),
            "valid_until": to_wire(until),
        }
        return {
            "number": number,
            "kind": request.output_kind,
            "title": _in(request.output_title, language),
            "issued_at": issued,
            "valid_until": until,
            "signed": self._sign(content),
        }


_PACKAGE = "panjareh_requests"


def record_looks(
    unit: UnitOfWork, looks: Looks, caller: Caller, requests: Sequence[tuple[UUID | None, UUID]]
) -> None:
    """Puts an officer's look on record in the same commit that reads; imported cases name no person."""
    looks.record(
        unit,
        [(person, request) for person, request in requests if person is not None],
        reader=str(caller.subject),
        role=str(caller.kind),
        authority=caller.authority,
        purpose="handle_request",
    )


def _fold(history: Sequence[RecordedEvent]) -> ServiceRequest | None:
    request: ServiceRequest | None = None
    for recorded in history:
        request = recorded.event.mutate(request)
    return request


def _in(texts: Mapping[str, str] | None, language: str) -> str | None:
    if not texts:
        return None
    return texts.get(language) or next(iter(texts.values()))


def _step(
    recorded: RecordedEvent, request: ServiceRequest, terms: ServiceTerms, language: str
) -> dict[str, Any]:
    event = recorded.event
    outcome = _OUTCOMES.get(getattr(event, "outcome", ""), "")
    evidence_type = getattr(event, "evidence_type", "")
    erased = text(_PACKAGE, _ERASED, language)
    sentence = text(
        _PACKAGE,
        _SENTENCES[recorded.topic],
        language,
        evidence=_in(terms.evidence_titles.get(evidence_type), language) or evidence_type,
        reason=_in(getattr(event, "reason", None), language) or erased,
        step=getattr(event, "step", ""),
        outcome=text(_PACKAGE, outcome, language),
        number=getattr(event, "document_number", ""),
    )
    return {
        "at": recorded.occurred_at,
        "recorded_at": recorded.recorded_at,
        "kind": recorded.topic.rpartition(".")[2],
        "text": sentence.strip(),
        "actor_role": recorded.metadata["role"],
        "actor": getattr(event, "officer", None) or getattr(event, "unit", None),
        "channel": request.channel if request.case else recorded.metadata["channel"],
    }
