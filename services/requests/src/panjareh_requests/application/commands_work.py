"""What officers and supervisors may ask to be done with what waits for them, as frozen orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from panjareh_requests.domain.values import Outcome


@dataclass(frozen=True)
class TakeNext:
    """`skill`: of one queue; without it the first of all that the officer may take."""

    skill: str | None = None

    def fingerprint(self) -> dict[str, Any]:
        return {"skill": self.skill}


@dataclass(frozen=True)
class GiveBack:
    request_id: UUID
    reason: str = ""

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "reason": self.reason}


@dataclass(frozen=True)
class Reassign:
    request_id: UUID
    officer_id: UUID
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {
            "request_id": str(self.request_id),
            "officer_id": str(self.officer_id),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class DeclareConflict:
    request_id: UUID
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "reason": self.reason}


@dataclass(frozen=True)
class ProposeDecision:
    request_id: UUID
    outcome: Outcome
    reason: str
    out_of_order: str = ""

    def fingerprint(self) -> dict[str, Any]:
        return {
            "request_id": str(self.request_id),
            "outcome": str(self.outcome),
            "reason": self.reason,
            "out_of_order": self.out_of_order,
        }


@dataclass(frozen=True)
class ConfirmDecision:
    request_id: UUID
    out_of_order: str = ""

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "out_of_order": self.out_of_order}


@dataclass(frozen=True)
class ReturnProposal:
    request_id: UUID
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "reason": self.reason}


@dataclass(frozen=True)
class ActOnMany:
    """One act on each of several requests: `review`, `decision` or `reassignment`, with what it needs."""

    action: str
    request_ids: Sequence[UUID]
    outcome: Outcome | None = None
    reason: str = ""
    officer_id: UUID | None = None
    out_of_order: str = ""


@dataclass(frozen=True)
class SetSkills:
    """All the skills that an officer has from now on."""

    officer_id: UUID
    skills: Sequence[str]

    def fingerprint(self) -> dict[str, Any]:
        return {"officer_id": str(self.officer_id), "skills": sorted(self.skills)}
