"""Between the two halves of a sign-in: who has shown the password, sealed and short-lived, kept by the device."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store.sealing import BoxBroken
from panjareh_identity.domain.authenticator_refusals import TicketExpired

_LIFETIME = timedelta(minutes=10)
_CONTEXT = "sign-in/ticket"


@dataclass(frozen=True)
class Ticket:
    """`binding` ties a code to this sign-in; `device` is the known device that it began on."""

    person_id: UUID
    binding: str = field(repr=False)
    device: bytes | None = field(default=None, repr=False)


class Seals(Protocol):
    def seal(self, person_id: UUID | None, data: Any, context: str) -> bytes: ...

    def open(self, person_id: UUID | None, box: bytes, context: str) -> Any: ...


class Tickets:
    """A ticket opens nothing by itself: the second factor has to follow, and its tries are counted."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def write(self, ticket: Ticket, now: datetime) -> str:
        kept = {
            "person": str(ticket.person_id),
            "binding": ticket.binding,
            "device": ticket.device and ticket.device.hex(),
            "until": (now + _LIFETIME).timestamp(),
        }
        box = self._seals.seal(None, kept, _CONTEXT)
        return base64.urlsafe_b64encode(box).decode().rstrip("=")

    def read(self, text: str, now: datetime) -> Ticket:
        """Raises TicketExpired, also for one that is not ours."""
        try:
            box = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            kept = self._seals.open(None, box, _CONTEXT)
        except (BoxBroken, ValueError) as cause:
            raise TicketExpired() from cause
        if kept["until"] <= now.timestamp():
            raise TicketExpired()
        device = bytes.fromhex(kept["device"]) if kept["device"] else None
        return Ticket(UUID(kept["person"]), kept["binding"], device)
