"""Which documents a person was issued here, for a service that reminds them (I8); every look is recorded first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Looks

LATE = timedelta(days=365)
"""What ended longer ago than this is nobody's reminder any more."""
_HELD = """
SELECT document.kind, document.title, document.valid_until, document.request_id
FROM request JOIN document USING (request_id)
WHERE request.applicant_id = %s AND document.revoked_at IS NULL AND document.valid_until > %s
ORDER BY document.valid_until, document.number LIMIT 100
"""


class HeldDocuments:
    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    def of(self, caller: Caller, cause: Cause, language: str) -> dict[str, Any]:
        """`{items}`: kind, title and end of each, what ends first at the top. The look is the calling service's."""
        with self._log.unit_of_work(cause) as unit:
            rows = unit.fetch(_HELD, (caller.person, unit.now - LATE))
            self._looks.record(
                unit,
                [(caller.person, row["request_id"]) for row in rows],
                reader=caller.service or "unknown",
                role=str(caller.kind),
                authority=None,
                purpose=caller.purpose or "unknown",
            )
        return {"items": [row | {"title": _in(row["title"], language)} for row in rows]}


def _in(title: dict[str, str], language: str) -> str:
    return title.get(language) or title["fa"]
