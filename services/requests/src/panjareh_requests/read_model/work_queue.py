"""What waits for an authority's officers; looking at it is on record (R3, design rule 9)."""

from __future__ import annotations

from typing import Any

from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Looks
from panjareh_requests.read_model.permitting import record_looks
from panjareh_requests.read_model.requests_view import RequestsView


class WorkQueue:
    def __init__(self, log: EventLog, view: RequestsView, looks: Looks) -> None:
        self._log = log
        self._view = view
        self._looks = looks

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`, oldest first, of the officer's own authority. Raises NotAllowed."""
        authority = caller.office("officer")
        with self._log.unit_of_work(cause) as unit:
            found = self._view.queue(unit, authority, caller.person, after, limit)
            seen = [(row["applicant_id"], row["request_id"]) for row in found["items"]]
            record_looks(unit, self._looks, caller, seen)
            return found
