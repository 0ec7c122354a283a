"""The door of a campaign: how many are let in a second, agreed on by all processes with a row that nobody waits for.

A process leases a quarter of a second's worth at a time and lets people in from that, so the row is written
a few times a second, however many come. What was leased and not used within a second is lost.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from panjareh_common.database import Database
from panjareh_requests.domain.refusals_campaigns import CampaignBusy

LEASE_SECONDS = 0.25
KEPT = timedelta(seconds=1)
_LEASE = """
INSERT INTO campaign_door AS door (campaign_id, next_at) VALUES (%(id)s, %(now)s + %(takes)s)
ON CONFLICT (campaign_id) DO UPDATE SET next_at = greatest(door.next_at, %(now)s) + %(takes)s
WHERE door.next_at <= %(now)s
RETURNING next_at
"""
_NEXT = "SELECT next_at FROM campaign_door WHERE campaign_id = %s"
_SPREAD = 4  # seconds over which those who are sent away come back


@dataclass
class _Lease:
    left: int
    until: datetime
    shut_until: datetime | None = None


class CampaignDoor:
    """Over any time, no more are let in than the rate for it, and what is leased at once."""

    def __init__(self, database: Database, *, chance: Callable[[], float] = random.random) -> None:
        self._database = database
        self._chance = chance
        self._leases: dict[UUID, _Lease] = {}
        self._lock = threading.Lock()

    def enter(self, campaign_id: UUID, rate: float, now: datetime) -> None:
        """Lets one in. Raises CampaignBusy, and Unavailable."""
        with self._lock:
            lease = self._leases.get(campaign_id)
            if lease is None or not lease.left or now >= lease.until:
                lease = self._leases[campaign_id] = self._lease(campaign_id, rate, now, lease)
            if lease.left:
                lease.left -= 1
                return
        wait = (lease.shut_until - now).total_seconds() if lease.shut_until else 0
        raise CampaignBusy(retry_after=1 + ceil(wait + _SPREAD * self._chance()))

    def _lease(
        self, campaign_id: UUID, rate: float, now: datetime, before: _Lease | None
    ) -> _Lease:
        if before and before.shut_until and now < before.shut_until:
            return before  # nobody need ask the database again before then
        many = max(1, round(rate * LEASE_SECONDS))
        takes = timedelta(seconds=many / rate)
        wanted = {"id": campaign_id, "now": now, "takes": takes}
        if self._database.fetch(_LEASE, wanted):
            return _Lease(many, now + KEPT)
        rows = self._database.fetch(_NEXT, (campaign_id,))
        return _Lease(0, now, shut_until=rows[0][0] if rows else None)
