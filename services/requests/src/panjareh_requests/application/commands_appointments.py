"""What may be asked of appointments and their places, as frozen orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


class _Order:
    def fingerprint(self) -> dict[str, Any]:
        """What makes two orders the same, for the Idempotency-Key."""
        return {
            name: str(value) if isinstance(value, UUID | date) else value
            for name, value in asdict(self).items()  # type: ignore[call-overload]
        }


@dataclass(frozen=True)
class BookAppointment(_Order):
    """Choosing a time, or moving to one."""

    request_id: UUID
    place_id: UUID
    starts_at: datetime


@dataclass(frozen=True)
class GiveBackAppointment(_Order):
    request_id: UUID
    reason: str


@dataclass(frozen=True)
class JoinLine(_Order):
    request_id: UUID
    place_id: UUID
    from_day: date
    until_day: date


@dataclass(frozen=True)
class LeaveLine(_Order):
    request_id: UUID


@dataclass(frozen=True)
class OfferAppointment(_Order):
    request_id: UUID
    note: str


@dataclass(frozen=True)
class CallOffAppointment(_Order):
    """The office cannot keep it; with `for_good` nobody has to come any more."""

    request_id: UUID
    reason: str
    for_good: bool


@dataclass(frozen=True)
class MarkAppointment(_Order):
    request_id: UUID
    came: bool


@dataclass(frozen=True)
class OpenPlace(_Order):
    plan: Mapping[str, Any]


@dataclass(frozen=True)
class ChangePlace(_Order):
    """`version` is the one that somebody saw; None: whatever is there."""

    place_id: UUID
    plan: Mapping[str, Any]
    version: int | None


@dataclass(frozen=True)
class ClosePlace(_Order):
    """For good, or on one day."""

    place_id: UUID
    reason: Mapping[str, str]
    version: int | None
    day: date | None = None


@dataclass(frozen=True)
class ReopenDay(_Order):
    place_id: UUID
    day: date
    version: int | None
