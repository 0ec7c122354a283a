"""A person's own requests; whoever acts for them sees what the mandate covers, on record (R1, design rule 9)."""

from __future__ import annotations

from typing import Any

from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.security import Caller
from panjareh_common.security.caller import EVERY_SERVICE
from panjareh_requests.application.ports import Looks
from panjareh_requests.read_model.permitting import record_looks
from panjareh_requests.read_model.requests_view import RequestsView


class OwnRequests:
    def __init__(self, log: EventLog, view: RequestsView, looks: Looks) -> None:
        self._log = log
        self._view = view
        self._looks = looks

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`, newest first. Raises NotAllowed for who has none."""
        if caller.actor is None:
            return self._view.of_applicant(caller.person, after, limit)
        scope = None if EVERY_SERVICE in caller.mandate_scope else caller.mandate_scope
        with self._log.unit_of_work(cause) as unit:
            found = self._view.of_applicant(caller.person, after, limit, services=scope)
            seen = [(caller.person, row["request_id"]) for row in found["items"]]
            record_looks(unit, self._looks, caller, seen)
            return found
