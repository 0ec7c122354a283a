"""What may be asked of requests, as frozen orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_requests.domain.values import Outcome, Step


@dataclass(frozen=True)
class SubmitRequest:
    service_code: str
    form: Mapping[str, Any]

    def fingerprint(self) -> dict[str, Any]:
        """What makes two orders the same, for the Idempotency-Key."""
        return {"service_code": self.service_code, "form": self.form}


@dataclass(frozen=True)
class StartReview:
    request_id: UUID

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id)}


@dataclass(frozen=True)
class DecideRequest:
    request_id: UUID
    outcome: Outcome
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {
            "request_id": str(self.request_id),
            "outcome": str(self.outcome),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class PastStep:
    """A step of an authority's log, with its own time."""

    step: Step
    completed_at: datetime


@dataclass(frozen=True)
class PastCase:
    """One case as an authority's log tells it."""

    case: str
    channel: str
    department: str | None
    responsible: str | None
    started_at: datetime
    planned_end_at: datetime | None
    ended_at: datetime | None
    steps: Sequence[PastStep]


@dataclass(frozen=True)
class ImportCases:
    source: str
    service_code: str
    cases: Sequence[PastCase]
