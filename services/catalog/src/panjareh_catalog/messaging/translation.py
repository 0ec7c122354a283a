"""Which private events others may know of, and how much. All of the catalogue is public data."""

from __future__ import annotations

from panjareh_catalog.domain.public_service import PublicService
from panjareh_common.messaging.relay import Translation

PUBLISHED: dict[type, Translation] = {
    PublicService.Published: (
        "service_published.v1",
        lambda e: {"version": e.number, "card": e.card},
    ),
}
