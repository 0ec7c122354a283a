"""Consents as their givers see them: rows written in the commit of their events."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.domain.consent import Consent

_COLUMNS = "consent_id, giver_id, purpose, data, receiver, given_at, until, withdrawn_at"
_WRITE = f"""
INSERT INTO consent ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::consent, %s)
ON CONFLICT (consent_id) DO UPDATE SET
    withdrawn_at = COALESCE(consent.withdrawn_at, excluded.withdrawn_at)
"""
_OF_GIVER = """
SELECT * FROM consent
WHERE giver_id = %(giver)s
  AND (%(at)s::timestamptz IS NULL OR (given_at, consent_id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY given_at DESC, consent_id DESC LIMIT %(limit)s
"""
_HELD = """
SELECT DISTINCT unnest(data) AS code FROM consent
WHERE giver_id = %s AND receiver = %s AND withdrawn_at IS NULL AND until > %s
"""
_REMOVE = "DELETE FROM consent WHERE giver_id = %s"


class PostgresConsentRows:
    """The ConsentRows port in SQL."""

    def write(self, unit: UnitOfWork, consent: Consent) -> None:
        row = {
            "consent_id": consent.id,
            "giver_id": consent.giver_id,
            "purpose": consent.purpose,
            "data": list(consent.data),
            "receiver": consent.receiver,
            "given_at": consent.created_on,
            "until": consent.until,
            "withdrawn_at": consent.modified_on if consent.withdrawn else None,
        }
        unit.write(_WRITE, row)

    def of_giver(self, unit: UnitOfWork, giver_id: UUID, wanted: Page) -> dict[str, Any]:
        at, consent_id = from_cursor(wanted.after, from_wire, UUID) or (None, None)
        parameters = {"giver": giver_id, "at": at, "id": consent_id, "limit": wanted.limit + 1}
        return page(unit.fetch(_OF_GIVER, parameters), wanted.limit, _key)

    def held(self, unit: UnitOfWork, giver_id: UUID, receiver: str) -> frozenset[str]:
        rows = unit.fetch(_HELD, (giver_id, receiver, unit.now))
        return frozenset(row["code"] for row in rows)

    def remove(self, unit: UnitOfWork, giver_id: UUID) -> None:
        unit.execute(_REMOVE, (giver_id,))


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return to_wire(row["given_at"]), str(row["consent_id"])
