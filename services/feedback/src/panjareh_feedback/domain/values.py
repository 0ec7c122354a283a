"""The words feedback is told in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

LEAST, MOST = 1, 5
LONGEST_TEXT = 2000


def stream_of(request_id: UUID) -> UUID:
    """The stream of the feedback about one request: giving it again is changing it."""
    return uuid5(request_id, "feedback")


@dataclass(frozen=True)
class KnownRequest:
    """What we have heard of a request so far; its submission and decision may come in any order."""

    request_id: UUID
    applicant_id: UUID | None
    service_code: str | None
    decided_at: datetime | None

    def may_be_rated(self, person_id: UUID, service_code: str) -> bool:
        """Only its applicant may, once it is decided, and for the service it asked for."""
        return (
            self.decided_at is not None
            and self.applicant_id == person_id
            and self.service_code == service_code
        )
