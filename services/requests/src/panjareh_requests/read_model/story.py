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
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.issued_document import state_of
from panjareh_requests.domain.refusals import NotDecided
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Outcome, RequestStatus, ServiceTerms
from panjareh_requests.read_model.content import works_on
from panjareh_requests.read_model.explanation import explained
from panjareh_requests.read_model.parties import (
    as_read,
    parties_told,
    reader_of,
    reader_of_request,
)
from panjareh_requests.read_model.permitting import permit
from panjareh_requests.read_model.possible import possible
from panjareh_requests.read_model.requests_view import CLOCK, as_owed, parties_of
from panjareh_requests.read_model.sentences import sentence_of
from panjareh_requests.read_model.sentences.grounds import ground_in_words
from panjareh_requests.read_model.sentences.next_steps import next_step
from panjareh_requests.read_model.sentences.telling import Reader, Telling, in_language

Sign = Callable[[dict[str, Any]], str]
"""Signs the content of an issued document; gives a compact JWS."""

_NOW = f"""
SELECT request.*, seat.appointment_at, clock.clock_state, clock.deadline_at, clock.stage, document.revoked_at, document.revoked_because,
       event.version AS event_version, event.topic, event.state
FROM request LEFT JOIN {CLOCK} USING (request_id) LEFT JOIN (
    SELECT request_id, starts_at AS appointment_at FROM appointment_seat WHERE state = 'booked') AS seat
    USING (request_id)
LEFT JOIN document ON document.number = request.document_number
JOIN event ON event.stream = %(request_id)s
    AND event.version = ANY (ARRAY[
        request.form_version, request.asked_version, request.appealed_version,
        request.decided_version, request.issued_version])
WHERE request.request_id = %(request_id)s ORDER BY event.version
"""


_HELD = "SELECT version, topic, state FROM event WHERE stream = %s AND version = ANY(%s)"


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
            told = (
                self.standing(unit, request_id) if at is None else self._then(unit, request_id, at)
            )
            whose = permit(unit, self._looks, caller, request_id, told, parties=True)
            if whose is None and not works_on(unit, caller, request_id, told):
                told = {**told, "form": None, "party_forms": {}}
            terms = terms_of(unit, told["service_code"], told["service_version"], self._terms)
            reader = reader_of(told["parties"], whose)
            read = as_read(told, reader, terms)
            return self._describe(read, terms, language, at or unit.now, reader) | {
                "parties": parties_told(told, terms, reader, language)
            }

    def standing(self, unit: UnitOfWork, request_id: UUID) -> dict[str, Any]:
        """The request as it stands now. Raises NotFound; whoever asks sees to it who may look."""
        rows = unit.fetch(_NOW, {"request_id": request_id})
        if not rows:
            raise NotFound()
        told = as_owed(rows[0]) | {
            "form": None,
            "reason": None,
            "rules": None,
            "inputs": None,
            "by": None,
            "asks": None,
            "grounds": None,
            "asked_party": None,
            "appellant": None,
            "party_forms": {},
        }
        for row in rows:
            stored = StoredEvent(request_id, row["event_version"], row["topic"], row["state"])
            event: Any = self._log.mapper.to_domain_event(stored)
            match row["topic"]:
                case ServiceRequest.Submitted.TOPIC | ServiceRequest.Corrected.TOPIC:
                    told |= {"form": event.form}
                case ServiceRequest.SentBack.TOPIC:
                    told |= {"asks": event.asks, "asked_party": event.party}
                case ServiceRequest.Appealed.TOPIC:
                    told |= {"grounds": event.grounds, "appellant": event.party}
                case ServiceRequest.Decided.TOPIC:
                    told |= {
                        "reason": event.reason,
                        "rules": event.rules,
                        "by": event.by,
                        "inputs": event.inputs,
                    }
                case ServiceRequest.OutputIssued.TOPIC:
                    told |= {
                        "output_kind": event.kind,
                        "output_title": event.title,
                        "issued_at": event.timestamp,
                        "valid_until": event.valid_until,
                    }
        if told["parties"]:
            told |= {"party_forms": self._party_forms(unit, request_id, told["parties"])}
        return told

    def _party_forms(
        self, unit: UnitOfWork, request_id: UUID, parties: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        """What each party filled in, from the event that holds it."""
        held = {p["form_version"]: key for key, p in parties.items() if p["form_version"]}
        forms: dict[str, Any] = {}
        for row in unit.fetch(_HELD, (request_id, list(held))) if held else ():
            stored = StoredEvent(request_id, row["version"], row["topic"], row["state"])
            event: Any = self._log.mapper.to_domain_event(stored)
            forms[held[row["version"]]] = event.form
        return forms

    def _then(self, unit: UnitOfWork, request_id: UUID, at: datetime) -> dict[str, Any]:
        history = self._log.history(request_id)
        known = [event for event in history if event.occurred_at <= at]
        request = _fold(known)
        if request is None:
            raise NotFound()
        return vars(request) | {
            "request_id": request.id,
            "waiting_for": request.open_evidence,
            "submitted_at": request.created_on,
            "changed_at": max(event.occurred_at for event in known),
            "parties": parties_of(request),
            "party_ids": list(request.joined.values()),
            "party_forms": {key: party["form"] for key, party in request.parties.items()},
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
            told = vars(request) | {"party_ids": list(request.joined.values())}
            whose = permit(unit, self._looks, caller, request_id, told, parties=True)
            reader = reader_of_request(request, whose)
            code, version = request.service_code, request.service_version
            terms = terms_of(unit, code, version, self._terms)
            return {
                "items": [
                    step_of(event, Telling(event.event, request, terms, language, reader))
                    for event in history
                ]
            }

    def explain(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Why the request was decided as it was. Raises NotFound, NotDecided."""
        with self._log.unit_of_work(cause) as unit:
            told = self.standing(unit, request_id)
            whose = permit(unit, self._looks, caller, request_id, told, parties=True)
            if told["outcome"] is None:
                raise NotDecided()
            terms = terms_of(unit, told["service_code"], told["service_version"], self._terms)
            return {
                "request_id": request_id,
                "outcome": str(told["outcome"]),
                "reason": in_language(told["reason"], language),
                "law": in_language(_law_of(told, terms), language),
                "by": told["by"],
            } | explained(
                terms,
                told["rules"],
                as_read(told, reader_of(told["parties"], whose), terms)["inputs"],
                language,
            )

    def _describe(
        self,
        told: Mapping[str, Any],
        terms: ServiceTerms,
        language: str,
        now: datetime,
        reader: Reader,
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
            "reason": in_language(told["reason"], language) if outcome else None,
            "law": in_language(_law_of(told, terms), language) if outcome else None,
            "next": next_step(told, language, reader),
            "submitted_at": told["submitted_at"],
            "changed_at": told["changed_at"],
            "promised_by": told["promised_by"],
            "waiting_for": told["waiting_for"],
            "form": told["form"],
            "may": possible(told, now, reader),
            "correction": _correction(told),
            "appointment_at": told["appointment_at"],
            "appeal_until": told["final_at"] if outcome == Outcome.REFUSED else None,
            "appeal": {"grounds": told["grounds"]} if told["appealed_version"] else None,
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
        revoked_at = told["revoked_at"]
        return {
            "number": told["document_number"],
            "kind": told["output_kind"],
            "title": in_language(told["output_title"], language),
            "issued_at": told["issued_at"],
            "valid_until": told["valid_until"],
            "state": str(state_of(revoked_at, told["valid_until"], self._log.clock())),
            "revoked_at": revoked_at,
            "because": told["revoked_because"],
            "because_text": ground_in_words(told["revoked_because"], language),
            "signed": self._sign(content) if revoked_at is None else None,
        }


def _law_of(told: Mapping[str, Any], terms: ServiceTerms) -> Mapping[str, str] | None:
    """What rules decided by; or the law that says what happens when nobody decided."""
    if told["rules"]:
        law: Mapping[str, str] | None = told["rules"].get("law")
        return law
    passed = terms.when_time_passes
    return passed.law if passed is not None and told["by"] == "law" else None


def _correction(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the applicant is asked for, and until when; None where that is nothing."""
    if told["answer_by"] is None:
        return None
    return {"asks": told["asks"] or [], "answer_by": told["answer_by"]}


def _fold(history: Sequence[RecordedEvent]) -> ServiceRequest | None:
    request: ServiceRequest | None = None
    for recorded in history:
        if request is not None:
            # What a past case brought in late happened before what was known already: one may be left out.
            request.version = recorded.version - 1
        request = recorded.event.mutate(request)
    return request


def step_of(recorded: RecordedEvent, told: Telling) -> dict[str, Any]:
    """One step: what happened and when; who did it in which role and by which channel, for whom, and why."""
    event, metadata = recorded.event, recorded.metadata
    return {
        "at": recorded.occurred_at,
        "recorded_at": recorded.recorded_at,
        "kind": recorded.topic.rpartition(".")[2],
        "text": sentence_of(told, recorded.topic),
        "actor_role": metadata["role"],
        "actor": getattr(event, "officer", None) or getattr(event, "unit", None),
        "actor_id": metadata["actor"],
        "represented": metadata.get("represented"),
        "cause": metadata.get("cause"),
        "channel": told.request.channel if told.request.case else metadata["channel"],
    }
