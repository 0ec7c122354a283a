"""What moves the limits of many requests at once: told as one wait, and worked off in batches by the clock process.

A day that was announced, an outage that ended: the clocks that it can touch are counted again from their rows,
without loading a request, and no other is looked at.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_common.messaging import Message

KIND_RECOUNT = "recount_clocks"
# Whoever had looked at the calendar just before it changed has stored by then what they counted.
_ONCE_MORE = timedelta(seconds=60)
# A wait is found by its detail, and an index takes no long texts; counting all instead changes none wrongly.
_LONGEST = 1_000


@dataclass(frozen=True)
class Affected:
    """Whose clocks: of some authorities, of some services, or, with neither, all; that ran between two moments.

    `after`: those up to this request are done already.
    """

    authorities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    after: UUID | None = None
    once_more: bool = False

    def to_text(self) -> str:
        """As the detail of a wait: the same text for the same clocks."""
        held = {
            name: to_wire(value) if isinstance(value, datetime) else str(value or "")
            for name, value in asdict(self).items()
        }
        lists = {"authorities": sorted(self.authorities), "services": sorted(self.services)}
        return json.dumps(held | lists, sort_keys=True, separators=(",", ":"))


def affected_from(text: str) -> Affected:
    held = json.loads(text)
    return Affected(
        authorities=tuple(held["authorities"]),
        services=tuple(held["services"]),
        since=from_wire(held["since"]) if held["since"] else None,
        until=from_wire(held["until"]) if held["until"] else None,
        after=UUID(held["after"]) if held["after"] else None,
        once_more=held["once_more"] == "True",
    )


def recount(unit: UnitOfWork, message: Message, affected: Affected) -> None:
    """Has them counted again now, and once more in a minute."""
    subject = UUID(message.subject)
    if len(affected.to_text()) > _LONGEST:
        affected = replace(affected, authorities=(), services=())
    unit.wait_until(unit.now, KIND_RECOUNT, subject, affected.to_text())
    later = replace(affected, once_more=True)
    unit.wait_until(unit.now + _ONCE_MORE, KIND_RECOUNT, subject, later.to_text())
