"""Whether what rules did comes out again: each request is judged anew from the events before, and compared (R5).

The events of a person who was erased hold no values any more. Of those it is checked that the stored rows
are the ones that were chained, and that rules of the named version and hash have the row that decided.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from panjareh_common.rules import RulesInvalid
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, ServiceTerms

TermsOf = Callable[[str, int], ServiceTerms | None]
"""The version of a service that a request began under; None where there is no such version."""

_DECIDED = ("outcome", "officer_id", "rules", "evidence", "reason", "inputs")
_SENT = ("because",)
_RULES = ("version", "hash", "row", "matched", "law")
_NOT_ALWAYS_KEPT = (
    "rules.matched"  # by decisions of earlier releases, which kept the deciding row only
)


class Fault(StrEnum):
    """Why a decision does not come out again."""

    DECIDED_OTHERWISE = "decided otherwise"
    NOT_WAITING = "not waiting for a decision"
    TERMS_MISSING = "version of the service missing"
    RULES_CHANGED = "rules changed"
    RULES_UNREADABLE = "rules unreadable"
    HISTORY_BROKEN = "history broken"


@dataclass(frozen=True)
class History:
    """A request's events up to the last that rules may have made; or None where they are not as they were chained.

    `upto` is the version of that last event.
    """

    stream: UUID
    upto: int
    events: Sequence[Any] | None


@dataclass(frozen=True)
class Replayed:
    """One thing that rules did, done again. `parts` names what differs and never says what it was."""

    request_id: UUID
    version: int
    fault: Fault | None = None
    erased: bool = False
    parts: tuple[str, ...] = ()


class Replay:
    """Judges histories. One instance a run: it reads each rule set once."""

    def __init__(self, terms_of: TermsOf) -> None:
        self._terms_of = terms_of
        self._rules = RulesInUse()

    def of(self, history: History) -> Iterator[Replayed]:
        """Everything that rules did to one request; nothing where officers decide by the law's own words."""
        if history.events is None:
            yield Replayed(history.stream, history.upto, Fault.HISTORY_BROKEN)
            return
        for place, event in enumerate(history.events):
            if _may_be_of_rules(event):
                request = _folded(history.events[:place])
                if request is not None and request.decision_mode is DecisionMode.RULES:
                    yield self._again(request, event)

    def _again(self, request: ServiceRequest, event: Any) -> Replayed:
        erased = _erased(request, event)

        def told(fault: Fault | None = None, *parts: str) -> Replayed:
            return Replayed(request.id, event.originator_version, fault, erased, parts)

        if not request.ready_to_decide:
            return told(Fault.NOT_WAITING)
        terms = self._terms_of(request.service_code, request.service_version)
        if terms is None:
            return told(Fault.TERMS_MISSING)
        try:
            rules = self._rules.of(terms)
            if isinstance(event, ServiceRequest.Decided) and _of(event).get("hash") != rules.hash:
                return told(Fault.RULES_CHANGED)
            parts = (
                _differing_row(terms, event) if erased else self._differing(terms, request, event)
            )
        except RulesInvalid:
            return told(Fault.RULES_UNREADABLE)
        return told(Fault.DECIDED_OTHERWISE, *parts) if parts else told()

    def _differing(self, terms: ServiceTerms, request: ServiceRequest, event: Any) -> list[str]:
        """Which parts of the event would be stored in other bytes, were it decided now."""
        judged = self._rules.judge(terms, request)
        if isinstance(judged, str):
            request.send_to_officers(judged, event.timestamp)
        else:
            request.decide_by_rules(judged, event.timestamp, appeal_days=terms.appeal_days)
        again = _parts(request.pending_events[-1])
        stored = _parts(event)
        if isinstance(event, ServiceRequest.Decided) and "matched" not in _of(event):
            again.pop(_NOT_ALWAYS_KEPT, None)
            stored.pop(_NOT_ALWAYS_KEPT)
        names = [*stored, *(name for name in again if name not in stored)]
        return [name for name in names if stored.get(name) != again.get(name)]


def _may_be_of_rules(event: Any) -> bool:
    if isinstance(event, ServiceRequest.Decided):
        return event.by == "rules"
    return isinstance(event, ServiceRequest.SentToOfficers)


def _of(event: ServiceRequest.Decided) -> Mapping[str, Any]:
    """What rules decided, where rules did."""
    return event.rules or {}


def _folded(events: Sequence[Any]) -> ServiceRequest | None:
    request: ServiceRequest | None = None
    for event in events:
        request = event.mutate(request)
    return request


def _erased(request: ServiceRequest, event: Any) -> bool:
    """Whether any value that rules could look at is gone."""
    sealed = [request.form, *request.facts.values()]
    if isinstance(event, ServiceRequest.Decided):
        sealed += [event.inputs, event.reason]
    return any(value is None for value in sealed)


def _parts(event: Any) -> dict[str, bytes]:
    """What a decision consists of, each part in the bytes in which JSON of one form has it."""
    if isinstance(event, ServiceRequest.SentToOfficers):
        return {name: _bytes(getattr(event, name)) for name in _SENT}
    parts = {name: getattr(event, name) for name in _DECIDED}
    rules = parts.pop("rules")
    return {
        name: _bytes(value)
        for name, value in (parts | {f"rules.{name}": rules.get(name) for name in _RULES}).items()
    }


def _bytes(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode()


def _differing_row(terms: ServiceTerms, event: Any) -> list[str]:
    """Of a decision whose values are gone: whether its rules have the row that it names, and say what it says."""
    if isinstance(event, ServiceRequest.SentToOfficers):
        return []
    source: Mapping[str, Any] = terms.rules or {}
    row = next((row for row in source["rows"] if row["id"] == event.rules["row"]), None)
    if row is None:
        return ["rules.row"]
    said = {
        "outcome": row["outcome"],
        "rules.version": source["version"],
        "rules.law": row.get("law", source.get("law", {})),
    }
    stored = _parts(event)
    return [name for name, value in said.items() if _bytes(value) != stored[name]]
