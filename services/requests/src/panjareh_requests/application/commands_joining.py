"""What may be asked about several applicants on one request, as frozen orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class InviteParty:
    """`calls_self` is how the applicant wants to be called towards whom they invite."""

    request_id: UUID
    party: str
    calls_self: str

    def fingerprint(self) -> dict[str, Any]:
        asked = {"request_id": str(self.request_id), "party": self.party}
        return asked | {"calls_self": self.calls_self}


@dataclass(frozen=True)
class JoinRequest:
    """Asked only by who agreed to what the card says; the door sees to that."""

    code: str
    form: Mapping[str, Any]

    def fingerprint(self) -> dict[str, Any]:
        return {"code": self.code, "form": self.form}


@dataclass(frozen=True)
class DeclineInvitation:
    code: str
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {"code": self.code, "reason": self.reason}
