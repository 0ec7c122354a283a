"""Which cases of an authority somebody wants to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CaseSlice:
    """Which cases. Times bound when a case began: from, and before. `imported` True: only those of a log."""

    service_code: str | None = None
    submitted_from: datetime | None = None
    submitted_until: datetime | None = None
    status: str | None = None
    outcome: str | None = None
    channel: str | None = None
    imported: bool | None = None
