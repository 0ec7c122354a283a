"""What authorities answered lately in a person's own requests, for that person to see what would be decided (R5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import COLUMNS
from panjareh_common.security import Caller
from panjareh_common.security.caller import EVERY_SERVICE
from panjareh_requests.application.ports import Looks
from panjareh_requests.application.previewing import HeldAnswer
from panjareh_requests.domain.service_request import ServiceRequest

FRESH = timedelta(days=30)
"""What was answered longer ago may be otherwise by now."""

_COLUMNS = ", ".join(f"event.{name.strip()}" for name in COLUMNS.split(","))
_LATELY = f"""
SELECT {_COLUMNS}, request.reference, request.request_id
FROM request JOIN event ON event.stream = request.request_id
WHERE request.applicant_id = %(person)s AND event.topic = %(topic)s AND event.recorded_at > %(since)s
  AND (%(services)s::text[] IS NULL OR request.service_code = ANY(%(services)s::text[]))
ORDER BY event.recorded_at DESC, event.position DESC LIMIT 200
"""


class PostgresHeldAnswers:
    """The HeldAnswers port in SQL."""

    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    def lately(
        self, unit: UnitOfWork, caller: Caller, evidence: tuple[str, ...]
    ) -> Mapping[str, HeldAnswer]:
        rows = unit.fetch(
            _LATELY,
            {
                "person": caller.beneficiary,
                "topic": ServiceRequest.EvidenceReceived.TOPIC,
                "since": unit.now - FRESH,
                "services": _services(caller),
            },
        )
        found: dict[str, HeldAnswer] = {}
        seen: list[dict[str, Any]] = []
        for row in rows:
            event = self._log.recorded(row).event
            kind = event.evidence_type
            if kind in evidence and kind not in found and event.facts is not None:
                found[kind] = HeldAnswer(kind, event.facts, row["reference"], row["recorded_at"])
                seen.append(row)
        if seen and caller.represented is not None:
            self._looks.record(
                unit,
                [(caller.beneficiary, row["request_id"]) for row in seen],
                reader=str(caller.doer),
                role=str(caller.kind),
                authority=caller.authority,
                purpose="act_under_mandate" if caller.actor else "help_at_counter",
            )
        return found


def _services(caller: Caller) -> list[str] | None:
    """Those whose requests the caller may look at; None: all of them."""
    if caller.actor is None or EVERY_SERVICE in caller.mandate_scope:
        return None
    return list(caller.mandate_scope)
