"""What may be asked of requests, as frozen orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_requests.domain.values import Ask, Outcome, Step


@dataclass(frozen=True)
class SubmitRequest:
    """What is filled in, or the draft that holds it; a draft that is named goes in the same commit.

    `draft_version` is the one that somebody saw; None takes it as it is.
    """

    service_code: str
    form: Mapping[str, Any] | None
    draft_id: UUID | None = None
    draft_version: int | None = None

    def fingerprint(self) -> dict[str, Any]:
        """What makes two orders the same, for the Idempotency-Key."""
        asked = {"service_code": self.service_code, "form": self.form}
        if self.draft_id is None:
            return asked
        return asked | {"draft_id": str(self.draft_id), "draft_version": self.draft_version}


@dataclass(frozen=True)
class StartReview:
    """`out_of_order`: why before others whose turn it is, where there are any."""

    request_id: UUID
    out_of_order: str = ""

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id)} | _early(self.out_of_order)


@dataclass(frozen=True)
class DecideRequest:
    request_id: UUID
    outcome: Outcome
    reason: str
    out_of_order: str = ""

    def fingerprint(self) -> dict[str, Any]:
        asked = {
            "request_id": str(self.request_id),
            "outcome": str(self.outcome),
            "reason": self.reason,
        }
        return asked | _early(self.out_of_order)


def _early(reason: str) -> dict[str, Any]:
    return {"out_of_order": reason} if reason else {}


@dataclass(frozen=True)
class WithdrawRequest:
    request_id: UUID
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "reason": self.reason}


@dataclass(frozen=True)
class SendBack:
    """`days` is how long the applicant has."""

    request_id: UUID
    asks: Sequence[Ask]
    days: int
    party: str | None = None

    def fingerprint(self) -> dict[str, Any]:
        asks = [vars(ask) for ask in self.asks]
        asked = {"request_id": str(self.request_id), "asks": asks, "days": self.days}
        return asked if self.party is None else asked | {"party": self.party}


@dataclass(frozen=True)
class CorrectRequest:
    request_id: UUID
    form: Mapping[str, Any]

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "form": self.form}


@dataclass(frozen=True)
class WriteMessage:
    request_id: UUID
    text: str

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "text": self.text}


@dataclass(frozen=True)
class AppealRequest:
    request_id: UUID
    grounds: str

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "grounds": self.grounds}


@dataclass(frozen=True)
class ReopenRequest:
    request_id: UUID
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "reason": self.reason}


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
