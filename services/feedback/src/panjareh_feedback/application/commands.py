"""What may be asked of feedback, as frozen orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class GiveFeedback:
    service_code: str
    request_id: UUID
    rating: int
    text: str = ""

    def fingerprint(self) -> dict[str, Any]:
        """What makes two orders the same, for the Idempotency-Key."""
        return {
            "service_code": self.service_code,
            "request_id": str(self.request_id),
            "rating": self.rating,
            "text": self.text,
        }
