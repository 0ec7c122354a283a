"""What may be asked of the exchange, as frozen orders."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Ask:
    """`authority` is the one that needs the evidence; `service_code` the service it is needed for."""

    inquiry_id: UUID
    evidence_type: str
    authority: str
    service_code: str | None
