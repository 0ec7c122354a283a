"""Our own copy of the authorities: their names and weekly days of rest, kept from the catalogue's events."""

from __future__ import annotations

from typing import Any

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.messaging import Message
from panjareh_requests.application.recounting import Affected, recount

_KEEP = """
INSERT INTO authority (code, name, rest_days, sequence)
SELECT code, name, rest_days, sequence FROM jsonb_populate_recordset(NULL::authority, %s)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, rest_days = excluded.rest_days, sequence = excluded.sequence
WHERE authority.sequence < excluded.sequence
"""
_NAME = "SELECT name FROM authority WHERE code = %s"
_REST = "SELECT rest_days FROM authority WHERE code = %s"


class Authorities:
    def __init__(self, log: EventLog) -> None:
        self._log = log

    def keep(self, message: Message, listener: str) -> None:
        """Takes an `authority_changed.v1`, in any order. Other days of rest are other limits."""
        row = authority_row(message)
        code = row["code"]

        def work(unit: UnitOfWork) -> None:
            if not unit.first_time(listener, message.id):
                return
            before = unit.fetch(_REST, (code,))
            unit.write(_KEEP, row)
            rested = set(before[0]["rest_days"]) if before else {"friday"}
            if rested != set(row["rest_days"]):
                recount(unit, message, Affected(authorities=(code,)))

        self._log.run(Cause("requests", "service", "platform", cause=message.id), work)

    def name_of(self, unit: UnitOfWork, code: str) -> dict[str, Any] | None:
        """By language; None for one that nobody told us of."""
        rows = unit.fetch(_NAME, (code,))
        return rows[0]["name"] if rows else None


def authority_row(message: Message) -> dict[str, Any]:
    """What is kept of an authority."""
    kept = {name: message.data[name] for name in ("code", "name", "rest_days")}
    return kept | {"sequence": message.sequence}
