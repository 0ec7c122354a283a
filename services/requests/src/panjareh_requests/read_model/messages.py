"""The messages inside a request, oldest first; a look of anybody but the applicant is on record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, page
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.permitting import permit

_WHOSE = "SELECT applicant_id, service_code, authority FROM request WHERE request_id = %s"
_WRITTEN = """
SELECT version, topic, state FROM event
WHERE stream = %s AND version > %s AND topic = %s ORDER BY version LIMIT %s
"""


class Messages:
    """Read from the log itself: they are few, and stand in it in their order."""

    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    def page(
        self, request_id: UUID, *, caller: Caller, cause: Cause, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`; the text of an erased person's reads None. Raises NotFound."""
        [last] = from_cursor(after, _version) or [0]
        with self._log.unit_of_work(cause) as unit:
            rows = unit.fetch(_WHOSE, (request_id,))
            if not rows:
                raise NotFound()
            permit(unit, self._looks, caller, request_id, rows[0])
            topic = ServiceRequest.MessageWritten.TOPIC
            found = unit.fetch(_WRITTEN, (request_id, last, topic, limit + 1))
        return page([self._told(request_id, row) for row in found], limit, _key)

    def _told(self, request_id: UUID, row: dict[str, Any]) -> dict[str, Any]:
        stored = StoredEvent(request_id, row["version"], row["topic"], row["state"])
        event: Any = self._log.mapper.to_domain_event(stored)
        return {
            "message_id": event.message_id,
            "writer": event.writer,
            "text": event.text,
            "written_at": event.timestamp,
            "version": row["version"],
        }


def _version(text: str) -> int:
    """Raises ValueError for what is no version of a stream."""
    version = int(text)
    if not 0 < version < 2**31:
        raise ValueError("no version")
    return version


def _key(row: dict[str, Any]) -> tuple[str]:
    return (str(row["version"]),)
