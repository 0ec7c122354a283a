"""A platform that holds cases and gives them page by page, as `GET /agency/v1/cases` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from panjareh_cli.client import ProblemError, Unreachable


def asked_here(number: int, **more: Any) -> dict[str, Any]:
    """A request as the platform tells it."""
    request_id = str(uuid5(NAMESPACE_URL, f"request {number}"))
    document = f"{number:012d}"
    inquiry = str(uuid5(NAMESPACE_URL, f"inquiry {number}"))
    kinds: Sequence[tuple[str, dict[str, str]]] = (
        ("submitted", {}),
        ("evidence_asked", {"evidence_type": "civil_registry", "inquiry_id": inquiry}),
        ("evidence_received", {"evidence_type": "civil_registry", "inquiry_id": inquiry}),
        ("decided", {"outcome": "granted", "decided_by": "rules"}),
        ("output_issued", {"document_number": document, "document_kind": "licence"}),
    )
    return {
        "request_id": request_id,
        "reference": document,
        "service_code": "DRV-002",
        "service_version": 3,
        "source": None,
        "case": None,
        "department": None,
        "responsible": None,
        "channel": "web",
        "status": "decided",
        "outcome": "granted",
        "started_at": "2026-03-21T08:00:00.000000Z",
        "planned_end_at": "2026-04-01T20:30:00.000000Z",
        "ended_at": None,
        "goes_on": False,
        "events": [
            {
                "version": version,
                "activity": kind,
                "at": f"2026-03-21T08:0{version}:00.250000Z",
                "officer": None,
                "unit": None,
                "role": "person" if version == 1 else "service",
                "channel": "web" if version == 1 else "platform",
                "instance": None,
                "attributes": attributes,
            }
            for version, (kind, attributes) in enumerate(kinds, start=1)
        ],
    } | more


def brought_in(case: Mapping[str, Any], source: str = "permits") -> dict[str, Any]:
    """What the platform tells of a case that was imported in the shape in which the importer sends it."""
    return {
        "request_id": str(uuid5(NAMESPACE_URL, f"{source} {case['case']}")),
        "reference": "123456789012",
        "service_code": "MUN-010",
        "service_version": 0,
        "source": source,
        "case": case["case"],
        "department": case["department"],
        "responsible": case["responsible"],
        "channel": case["channel"],
        "status": "closed" if case["ended_at"] else "under_review",
        "outcome": None,
        "started_at": case["started_at"],
        "planned_end_at": case["planned_end_at"],
        "ended_at": case["ended_at"],
        "goes_on": False,
        "events": [
            {
                "version": version,
                "activity": step["step"],
                "at": step["completed_at"],
                "officer": step["officer"],
                "unit": step["unit"],
                "role": None,
                "channel": None,
                "instance": step["instance"],
                "attributes": {},
            }
            for version, step in enumerate(case["steps"], start=2)
        ],
    }


class Pages:
    """Stands where the client does. `faults` are raised, one at each call, before anything is given."""

    def __init__(self, cases: Sequence[dict[str, Any]], size: int = 2) -> None:
        self.cases = list(cases)
        self.size = size
        self.faults: list[Exception | None] = []
        self.asked: list[dict[str, str]] = []

    def get(self, path: str, **query: str) -> dict[str, Any]:
        assert path == "/agency/v1/cases"
        self.asked.append(query)
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        begin = int(query.get("after", "0"))
        end = begin + self.size
        return {
            "items": self.cases[begin:end],
            "next": str(end) if end < len(self.cases) else None,
        }


AWAY = Unreachable("Nothing answers.")
FORBIDDEN = ProblemError(403, "not_allowed", "This is not yours to do.")
