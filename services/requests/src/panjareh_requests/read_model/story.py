"""One request told from its events: as it stands, as it stood at a moment, and step by step (R1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, RecordedEvent, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_common.texts import text
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.refusals import NotDecided
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus, ServiceTerms
from panjareh_requests.read_model.explanation import explained

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
    "ServiceRequest.SentToOfficers": "The request went to the officers of the authority. {why}",
    "ServiceRequest.ReviewStarted": "An officer started the review.",
    "ServiceRequest.StepCompleted": "{step}",
    "ServiceRequest.Decided": "The request was decided: {outcome}. {reason}",
    "ServiceRequest.OutputIssued": "The document {number} was issued.",
    "ServiceRequest.Closed": "The case was closed.",
}
# Why rules did not decide; where officers always decide there is nothing to say.
_WHY_OFFICERS = {
    "evidence_missing": "An authority gave no answer that rules could decide by.",
    "no_rule_matched": "No rule decides about a case like this one.",
    "rules_disagree": "The rules do not agree about this case.",
    "values_not_known": "Something that the rules look at is not known.",
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


_NOW = """
SELECT request.*, event.version AS event_version, event.topic, event.state
FROM request JOIN event ON event.stream = %(request_id)s
    AND event.version = ANY (ARRAY[1, request.decided_version, request.issued_version])
WHERE request.request_id = %(request_id)s ORDER BY event.version
"""


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
        """The request now, or as of a moment. Raises NotFound for what is not the caller's, or was not yet.

        As it stands now it is told from its row and the few events that the row names, so that it costs
        the same however long the history is.
        """
        with self._log.unit_of_work(cause) as unit:
            told = self._now(unit, request_id) if at is None else self._then(unit, request_id, at)
            self._permit(unit, caller, request_id, told)
            terms = terms_of(unit, told["service_code"], told["service_version"], self._terms)
            return self._describe(told, terms, language)

    def _now(self, unit: UnitOfWork, request_id: UUID) -> dict[str, Any]:
        rows = unit.fetch(_NOW, {"request_id": request_id})
        if not rows:
            raise NotFound()
        told = rows[0] | {"form": None, "reason": None, "rules": None, "inputs": None}
        for row in rows:
            stored = StoredEvent(request_id, row["event_version"], row["topic"], row["state"])
            event: Any = self._log.mapper.to_domain_event(stored)
            match row["topic"]:
                case ServiceRequest.Submitted.TOPIC:
                    told |= {"form": event.form}
                case ServiceRequest.Decided.TOPIC:
                    told |= {
                        "reason": event.reason,
                        "rules": event.rules,
                        "inputs": event.inputs,
                    }
                case ServiceRequest.OutputIssued.TOPIC:
                    told |= {
                        "output_kind": event.kind,
                        "output_title": event.title,
                        "issued_at": event.timestamp,
                        "valid_until": event.valid_until,
                    }
        return told

    def _then(self, unit: UnitOfWork, request_id: UUID, at: datetime) -> dict[str, Any]:
        history = self._log.history(request_id)
        request = _fold([event for event in history if event.occurred_at <= at])
        if request is None:
            raise NotFound()
        return vars(request) | {
            "request_id": request.id,
            "waiting_for": request.open_evidence,
            "submitted_at": request.created_on,
            "changed_at": request.modified_on,
        }

    def timeline(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Every step with its time, its actor's role and a sentence."""
        with self._log.unit_of_work(cause) as unit:
            history = self._log.history(request_id)
            request = _fold(history)
            if request is None:
                raise NotFound()
            self._permit(unit, caller, request_id, vars(request))
            code, version = request.service_code, request.service_version
            terms = terms_of(unit, code, version, self._terms)
            return {"items": [_step(event, request, terms, language) for event in history]}

    def explain(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Why the request was decided as it was. Raises NotFound, NotDecided."""
        with self._log.unit_of_work(cause) as unit:
            told = self._now(unit, request_id)
            self._permit(unit, caller, request_id, told)
            if told["outcome"] is None:
                raise NotDecided()
            terms = terms_of(unit, told["service_code"], told["service_version"], self._terms)
            return {
                "request_id": request_id,
                "outcome": str(told["outcome"]),
                "reason": _in(told["reason"], language),
                "law": _in((told["rules"] or {}).get("law"), language),
                "by": "rules" if told["rules"] else "officer",
            } | explained(terms, told["rules"], told["inputs"], language)

    def _permit(
        self, unit: UnitOfWork, caller: Caller, request_id: UUID, told: Mapping[str, Any]
    ) -> None:
        """Lets the applicant pass; and on record who acts for them under a mandate for this service, and an
        officer of the authority. Raises NotFound for anybody else.
        """
        applicant_id = told["applicant_id"]
        own = caller.subject is not None and applicant_id == caller.subject
        if own and caller.actor is None:
            return
        of_mandate = own and caller.covers(told["service_code"])
        of_office = "officer" in caller.roles and caller.authority == told["authority"]
        if not of_mandate and not of_office:
            raise NotFound()
        record_looks(unit, self._looks, caller, [(applicant_id, request_id)])

    def _describe(
        self, told: Mapping[str, Any], terms: ServiceTerms, language: str
    ) -> dict[str, Any]:
        outcome, status = told["outcome"], RequestStatus(told["status"])
        return {
            "request_id": told["request_id"],
            "reference": told["reference"],
            "service_code": told["service_code"],
            "service_name": terms.name.get(language, terms.code),
            "service_version": told["service_version"] or None,
            "authority": told["authority"],
            "status": str(status),
            "outcome": str(outcome) if outcome else None,
            "reason": _in(told["reason"], language) if outcome else None,
            "law": _in((told["rules"] or {}).get("law"), language) if outcome else None,
            "next": text(_PACKAGE, _NEXT[status], language),
            "submitted_at": told["submitted_at"],
            "changed_at": told["changed_at"],
            "promised_by": told["promised_by"],
            "waiting_for": told["waiting_for"],
            "form": told["form"],
            "output": self._output(told, language),
            "as_of": told["changed_at"],
        }

    def _output(self, told: Mapping[str, Any], language: str) -> dict[str, Any] | None:
        if told["document_number"] is None:
            return None
        content = {
            "number": told["document_number"],
            "kind": told["output_kind"],
            "request_id": str(told["request_id"]),
            "holder": str(told["applicant_id"]),
            "authority": told["authority"],
            "issued_at": to_wire(told["issued_at"]),
            "valid_until": to_wire(told["valid_until"]),
        }
        return {
            "number": told["document_number"],
            "kind": told["output_kind"],
            "title": _in(told["output_title"], language),
            "issued_at": told["issued_at"],
            "valid_until": told["valid_until"],
            "signed": self._sign(content),
        }


_PACKAGE = "panjareh_requests"


def record_looks(
    unit: UnitOfWork, looks: Looks, caller: Caller, requests: Sequence[tuple[UUID | None, UUID]]
) -> None:
    """Puts an officer's or a representative's look on record in the same commit that reads.

    Imported cases name no person.
    """
    looks.record(
        unit,
        [(person, request) for person, request in requests if person is not None],
        reader=str(caller.doer),
        role=str(caller.kind),
        authority=caller.authority,
        purpose="handle_request" if caller.actor is None else "act_under_mandate",
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


def _why_officers(because: str, terms: ServiceTerms, language: str) -> str:
    """In the authority's own words where its rules have some for what no row covers."""
    otherwise = (terms.rules or {}).get("otherwise")
    if because == "no_rule_matched" and otherwise:
        return str(_in(otherwise, language))
    return text(_PACKAGE, _WHY_OFFICERS.get(because, ""), language)


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
        why=_why_officers(getattr(event, "because", ""), terms, language),
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
