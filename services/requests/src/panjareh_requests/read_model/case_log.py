"""The cases of an authority with their events, page by page, for its own analysis (process mining) and for leaving.

Nothing sealed is opened, and no applicant is named: what comes out needs no key. It is about persons all the
same, so each look is on record before it is served (design rule 9).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.event_store.mapper import fields_of
from panjareh_common.paging import from_cursor, to_cursor
from panjareh_common.security import Caller
from panjareh_requests.application.case_slices import CaseSlice
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.service_request import ServiceRequest

SCOPE = "export_cases"
MOST_EVENTS = 1_000
"""On one page; a longer case goes on with the next one."""

# The first event tells what an imported case was called where it came from; its last closing is its end.
_CASES = """
SELECT page.*, first.topic, first.state, ended.occurred_at AS ended_at
FROM (
    SELECT request_id, reference, applicant_id, service_code, service_version, channel, status, outcome,
           submitted_at, promised_by, version
    FROM request
    WHERE authority = %(authority)s
      AND (%(service_code)s::text IS NULL OR service_code = %(service_code)s)
      AND (%(submitted_from)s::timestamptz IS NULL OR submitted_at >= %(submitted_from)s)
      AND (%(submitted_until)s::timestamptz IS NULL OR submitted_at < %(submitted_until)s)
      AND (%(status)s::text IS NULL OR status = %(status)s)
      AND (%(outcome)s::text IS NULL OR outcome = %(outcome)s)
      AND (%(channel)s::text IS NULL OR channel = %(channel)s)
      AND (%(imported)s::boolean IS NULL OR (service_version = 0) = %(imported)s)
      AND (submitted_at, request_id)
          >= (COALESCE(%(at)s::timestamptz, '-infinity'), COALESCE(%(id)s::uuid, %(first)s))
      AND (%(version)s > 0 OR request_id IS DISTINCT FROM %(id)s::uuid)
    ORDER BY submitted_at, request_id LIMIT %(limit)s
) AS page
JOIN event AS first ON first.stream = page.request_id AND first.version = 1
LEFT JOIN LATERAL (
    SELECT occurred_at FROM event
    WHERE stream = page.request_id AND topic = %(closed)s AND page.status = 'closed'
    ORDER BY version DESC LIMIT 1
) AS ended ON true
ORDER BY submitted_at, request_id
"""
_EVENTS = """
SELECT stream, event.version, topic, state, metadata, occurred_at
FROM unnest(%s::uuid[], %s::integer[], %s::integer[]) AS wanted (of, after, upto)
JOIN event ON stream = of AND event.version > after AND event.version <= upto
ORDER BY stream, event.version
"""

# What may be told of an event beside who and when: names and numbers of the process, never of a person.
_TOLD = {
    "evidence_type": "evidence_type",
    "inquiry_id": "inquiry_id",
    "because": "because",
    "outcome": "outcome",
    "by": "decided_by",
    "writer": "writer",
    "cancelled_by": "cancelled_by",
    "duty": "duty",
    "document_number": "document_number",
    "kind": "document_kind",
    "receiver": "receiver",
}
_OWN = {ServiceRequest.Imported.TOPIC, ServiceRequest.Closed.TOPIC}
_OFFICERS = "officer"
_FIRST = UUID(int=0)


class CaseLog:
    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    def page(
        self, caller: Caller, cause: Cause, wanted: CaseSlice, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`, oldest case first, of the caller's own authority.

        A case with too many events for a page comes again on the next one with those that follow; all but
        its last part say `goes_on`. Raises NotAllowed, ScopeMissing, InvalidInput for a foreign cursor.
        """
        authority = caller.office_or_system("officer", SCOPE)
        at, request_id, version = from_cursor(after, from_wire, UUID, int) or (None, None, 0)
        with self._log.unit_of_work(cause) as unit:
            cases = unit.fetch(
                _CASES,
                vars(wanted)
                | {"authority": authority, "closed": ServiceRequest.Closed.TOPIC, "first": _FIRST}
                | {"at": at, "id": request_id, "version": version, "limit": limit + 1},
            )
            parts, more = _parts_of(cases, limit, request_id if version else None, version)
            events = _events(unit, parts)
            self._record(unit, caller, [part.case for part in parts])
            items = [part.told(events.get(part.case["request_id"], [])) for part in parts]
        return {"items": items, "next": parts[-1].cursor if more and parts else None}

    def _record(self, unit: UnitOfWork, caller: Caller, cases: Sequence[Mapping[str, Any]]) -> None:
        self._looks.record(
            unit,
            [(c["applicant_id"], c["request_id"]) for c in cases if c["applicant_id"] is not None],
            reader=unit.cause.actor,  # an officer, or the name of a system
            role=str(caller.kind),
            authority=caller.authority,
            purpose="export_cases",
        )


@dataclass(frozen=True)
class _Part:
    """The events of a case after one version, up to another."""

    case: Mapping[str, Any]
    after: int
    upto: int

    @property
    def goes_on(self) -> bool:
        return self.upto < int(self.case["version"])

    @property
    def cursor(self) -> str:
        began, request_id = to_wire(self.case["submitted_at"]), str(self.case["request_id"])
        return to_cursor(began, request_id, str(self.upto if self.goes_on else 0))

    def told(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        case = self.case
        imported = case["topic"] == ServiceRequest.Imported.TOPIC
        first = fields_of(case["topic"], bytes(case["state"]))
        return {
            "request_id": case["request_id"],
            "reference": case["reference"],
            "service_code": case["service_code"],
            "service_version": case["service_version"],
            "source": first.get("source"),
            "case": first.get("case"),
            "department": first.get("department"),
            "responsible": first.get("responsible"),
            "channel": case["channel"],
            "status": case["status"],
            "outcome": case["outcome"],
            "started_at": case["submitted_at"],
            "planned_end_at": case["promised_by"],
            "ended_at": case["ended_at"],
            "goes_on": self.goes_on,
            "events": list(_told(rows, imported)),
        }


def _parts_of(
    cases: Sequence[Mapping[str, Any]], limit: int, going_on: UUID | None, version: int
) -> tuple[list[_Part], bool]:
    """As many of the cases, from the beginning, as fit a page; and whether more follow."""
    parts: list[_Part] = []
    room = MOST_EVENTS
    for case in cases[:limit]:
        after = version if case["request_id"] == going_on else 0
        upto = min(int(case["version"]), after + room)
        if room == 0 or (parts and upto < int(case["version"])):
            return parts, True  # a case is divided only where it is alone on its page
        parts.append(_Part(case, after, upto))
        room -= upto - after
        if parts[-1].goes_on:
            return parts, True
    return parts, len(cases) > limit


def _events(unit: UnitOfWork, parts: Sequence[_Part]) -> dict[UUID, list[dict[str, Any]]]:
    ids = [part.case["request_id"] for part in parts]
    wanted = (ids, [part.after for part in parts], [part.upto for part in parts])
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in unit.fetch(_EVENTS, wanted) if parts else []:
        found.setdefault(row["stream"], []).append(row)
    return found


def _told(rows: Sequence[Mapping[str, Any]], imported: bool) -> Iterator[dict[str, Any]]:
    """Of an imported case its steps: that it came here, and began and ended elsewhere, is told of the case."""
    for row in rows:
        if imported and row["topic"] in _OWN:
            continue
        fields = fields_of(row["topic"], bytes(row["state"]))
        metadata = row["metadata"]
        step = row["topic"] == ServiceRequest.StepCompleted.TOPIC
        by_officer = metadata.get("role") == _OFFICERS and not imported
        yield {
            "version": row["version"],
            "activity": fields["step"] if step else activity_of(row["topic"]),
            "at": row["occurred_at"],
            "officer": fields["officer"] if step else metadata["actor"] if by_officer else None,
            "unit": fields.get("unit") if step else None,
            "role": None if imported else metadata.get("role"),
            "channel": None if imported else metadata.get("channel"),
            "instance": fields["instance"] if step else None,
            "attributes": {
                name: str(fields[field])
                for field, name in _TOLD.items()
                if fields.get(field) is not None
            },
        }


def activity_of(topic: str) -> str:
    """`ServiceRequest.EvidenceAsked` as `evidence_asked`: the same in every release, as topics are."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", topic.rpartition(".")[2]).lower()
