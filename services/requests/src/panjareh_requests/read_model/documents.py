"""The register of issued documents: is this one genuine, does it hold, and which bits of a status list are set? (R4)"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.reference import is_reference, plain
from panjareh_common.refusals import NotFound
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.issued_document import LIST_BITS, IssuedDocument, day_of, state_of
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.grounds import ground_in_words

_REGISTER = """
INSERT INTO document (number, request_id, kind, title, authority, issued_at, valid_until, status_index, issued_version)
SELECT number, request_id, kind, title, authority, issued_at, valid_until, status_index, issued_version
FROM jsonb_populate_recordset(NULL::document, %s) ON CONFLICT (number) DO NOTHING
"""
_REVOKE = """
UPDATE document SET revoked_at = revoked.revoked_at, revoked_because = revoked.revoked_because
FROM jsonb_populate_recordset(NULL::document, %s) AS revoked WHERE document.number = revoked.number
"""
_DELIVER = """
INSERT INTO document_delivery (delivery_id, number, receiver, sent_at)
SELECT delivery_id, number, receiver, sent_at FROM jsonb_populate_recordset(NULL::document_delivery, %s)
ON CONFLICT DO NOTHING
"""
_ONE = """
SELECT document.*, request.applicant_id, request.service_code, authority.name AS authority_name,
       event.version AS event_version, event.topic, event.state
FROM document
JOIN request USING (request_id)
LEFT JOIN authority ON authority.code = document.authority
LEFT JOIN event ON event.stream = document.request_id AND event.version = document.issued_version
WHERE document.number = %s
"""
_REVOKED_OF_LIST = """
SELECT status_index FROM document
WHERE revoked_at IS NOT NULL AND status_index >= %s AND status_index < %s ORDER BY status_index
"""
_LAST_OF_LISTS = "SELECT max(status_index) AS last FROM document"


class PostgresDocuments:
    """The Documents port in SQL, and the questions that anyone may ask of the register."""

    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    # Written in the commit of the events

    def next_status_index(self, unit: UnitOfWork) -> int:
        return int(unit.fetch("SELECT nextval('document_status_index') AS next")[0]["next"])

    def register(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        row = {
            "number": request.document_number,
            "request_id": request.id,
            "kind": request.output_kind,
            "title": request.output_title,
            "authority": request.authority,
            "issued_at": request.issued_at,
            "valid_until": request.valid_until,
            "status_index": request.status_index,
            "issued_version": request.version,
        }
        unit.write(_REGISTER, row)

    def revoke(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        row = {
            "number": request.document_number,
            "revoked_at": request.revoked_at,
            "revoked_because": request.revoked_because,
        }
        unit.write(_REVOKE, row)

    def deliver(
        self, unit: UnitOfWork, request: ServiceRequest, delivery_id: UUID, receiver: str
    ) -> None:
        row = {"delivery_id": delivery_id, "number": request.document_number}
        unit.write(_DELIVER, row | {"receiver": receiver, "sent_at": unit.now})

    def request_of(self, unit: UnitOfWork, number: str) -> UUID:
        wanted = "SELECT request_id FROM document WHERE number = %s"
        rows = unit.fetch(wanted, (number,)) if is_reference(number) else []
        if not rows:
            raise NotFound()
        found: UUID = rows[0]["request_id"]
        return found

    # Read

    def find(self, unit: UnitOfWork, number: str) -> tuple[IssuedDocument, str] | None:
        """A document with what it shows, and the code of the service that issued it; None where there is none.

        Whoever may see it is for the caller of this to say.
        """
        wanted = plain(number)
        rows = unit.fetch(_ONE, (wanted,)) if is_reference(wanted) else []
        return (self._read(rows[0]), rows[0]["service_code"]) if rows else None

    def _read(self, row: Mapping[str, Any]) -> IssuedDocument:
        content: dict[str, Any] = {"code": None, "shows": []}
        if row["event_version"] is not None:
            stored = StoredEvent(
                row["request_id"], row["event_version"], row["topic"], row["state"]
            )
            event: Any = self._log.mapper.to_domain_event(stored)
            # Of version 1 there was no content; of an erased holder there is none any more.
            gone: dict[str, Any] = {
                "code": None,
                "shows": [] if event.status_index is None else None,
            }
            content = event.content or gone
        name = row["authority_name"] or dict.fromkeys(("fa", "en"), row["authority"])
        return IssuedDocument(
            number=row["number"],
            request_id=row["request_id"],
            holder=row["applicant_id"],
            kind=row["kind"],
            title=row["title"],
            authority=row["authority"],
            authority_name=name,
            issued_at=row["issued_at"],
            valid_until=row["valid_until"],
            status_index=row["status_index"],
            code=content["code"],
            shows=content["shows"],
            revoked_at=row["revoked_at"],
            revoked_because=row["revoked_because"],
        )

    def verify(self, number: str, code: str | None, cause: Cause, language: str) -> dict[str, Any]:
        """Where a document stands, for anyone: `{genuine: False}` for a number that was never issued.

        Who has the code that is printed on it holds the document, and is told what it shows, so that nobody can
        change a line of it; that look is on record. Who has only the number is told nothing about the holder.
        """
        with self._log.unit_of_work(cause) as unit:
            found = self.find(unit, number)
            if found is None:
                return {
                    "number": plain(number),
                    "genuine": False,
                    "valid": False,
                    "state": "unknown",
                }
            document, _ = found
            state = document.state(unit.now)
            told = {
                "number": document.number,
                "genuine": True,
                "valid": state == "valid",
                "state": str(state),
                "kind": document.kind,
                "title": document.title,
                "authority": document.authority,
                "authority_name": document.authority_name,
                "issued_at": document.issued_at,
                "valid_until": document.valid_until,
                "revoked_at": document.revoked_at,
                "issued_on": day_of(document.issued_at, language),
                "valid_until_on": day_of(document.valid_until, language),
                "revoked_on": day_of(document.revoked_at, language),
                "because": document.revoked_because,
                "because_text": ground_in_words(document.revoked_because, language),
                "code_fits": None,
                "shows": None,
            }
            if not code or document.shows is None:  # an erased holder has taken it with them
                return told
            if not document.code or not hmac.compare_digest(document.code.encode(), code.encode()):
                return told | {"code_fits": False}
            self._looks.record(
                unit,
                [(document.holder, document.request_id)],
                reader="anyone",
                role="public",
                authority=None,
                purpose="verify_document",
            )
            shows = [
                {"name": line["name"][language], "value": line["value"][language]}
                for line in document.shows or ()
            ]
            return told | {"code_fits": True, "shows": shows}

    def status_list(self, number: int, sign: Callable[[int, Sequence[int], datetime], str]) -> str:
        """A status list as it is now, signed. Raises NotFound for one that is none yet."""
        return sign(number, self._revoked_of_list(number), self._log.clock())

    def _revoked_of_list(self, number: int) -> list[int]:
        """The bits that are set, counted from the list's beginning."""
        first = number * LIST_BITS
        with self._log.database.connection() as connection:
            last = connection.execute(_LAST_OF_LISTS).fetchone()
            if number > 0 and (last is None or last["last"] is None or last["last"] < first):
                raise NotFound()
            rows = connection.execute(_REVOKED_OF_LIST, (first, first + LIST_BITS)).fetchall()
        return [row["status_index"] - first for row in rows]


def public_state(row: Mapping[str, Any], now: datetime) -> str:
    return str(state_of(row["revoked_at"], row["valid_until"], now))
