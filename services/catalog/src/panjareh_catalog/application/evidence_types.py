"""What the exchange offers, heard of and kept: the once-only gate looks at it (requirement Q2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from panjareh_catalog.application.powers import PLATFORM, speaks_for
from panjareh_catalog.domain.known import OfferedEvidence
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.messaging import Message
from panjareh_common.security import Caller, CallerKind


class EvidenceRows(Protocol):
    """The copy of the exchange's evidence types."""

    def keep(self, unit: UnitOfWork, message: Message) -> None:
        """Takes what is told of one evidence type, unless something newer was told already."""
        ...

    def offered(self, unit: UnitOfWork) -> Mapping[str, OfferedEvidence]:
        """By name, what is offered now."""
        ...


def answerable(caller: Caller) -> str | None:
    """The authority whose forms are the caller's to correct; None, which is all, for the platform's administrators.

    Raises NotAllowed, ScopeMissing.
    """
    if caller.kind is CallerKind.AGENCY:
        return caller.office_or_system("publisher", "publish_services")
    authority = speaks_for(caller)
    return None if authority == PLATFORM else authority


class EvidenceTypes:
    def __init__(self, log: EventLog, rows: EvidenceRows) -> None:
        self._log = log
        self._rows = rows

    def keep(self, message: Message, listener: str) -> None:
        """Takes an `evidence_type_published.v1` or `evidence_type_withdrawn.v1`; they may come in any order."""

        def work(unit: UnitOfWork) -> None:
            if unit.first_time(listener, message.id):
                self._rows.keep(unit, message)

        self._log.run(Cause("catalog", "service", "platform", cause=message.id), work)
