"""What a check-up finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    OK = "ok"
    UNKNOWN = "unknown"  # could not be looked at, mostly for want of rights
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `mend` says what to do where it is not well."""

    state: State
    check: str
    what: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
