"""Mandates as people and officers see them listed: rows written in the commit of their events."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_common.paging import from_cursor, page
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_values import MandateKind

_COLUMNS = (
    "mandate_id, kind, status, asker_id, representative_id, represented_id, accepted_by, scope, "
    "until, because, asked_at, changed_at, version"
)
_WRITE = f"""
INSERT INTO mandate ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::mandate, %s)
ON CONFLICT (mandate_id) DO UPDATE SET
    status = excluded.status, representative_id = excluded.representative_id,
    represented_id = excluded.represented_id, accepted_by = excluded.accepted_by,
    scope = excluded.scope, until = excluded.until, because = excluded.because,
    changed_at = excluded.changed_at, version = excluded.version
WHERE mandate.version < excluded.version
"""
_ADDRESS = """
INSERT INTO mandate_addressee (mandate_id, number_hash, number_box)
SELECT mandate_id, number_hash, number_box FROM jsonb_populate_recordset(NULL::mandate_addressee, %s)
"""
_ANSWERED = """
DELETE FROM mandate_addressee USING jsonb_populate_recordset(NULL::mandate_addressee, %s) AS over
WHERE mandate_addressee.mandate_id = over.mandate_id
"""
_HOLD = "SELECT 1 FROM mandate WHERE mandate_id = %s FOR UPDATE"
_FORGET_NUMBER = "DELETE FROM mandate_addressee WHERE number_hash = %s"
_NUMBER = "SELECT number_box FROM mandate_addressee WHERE mandate_id = %s"
_IS_ADDRESSED = "SELECT 1 FROM mandate_addressee WHERE mandate_id = %s AND number_hash = %s"
_UNANSWERED = """
SELECT count(*) AS waiting FROM mandate WHERE asker_id = %s AND status IN ('asked', 'with_officers')
"""
# What an adult is asked is theirs to see; what a registry is asked about a child or a company is not.
# Put together from its parts, because no index serves all three.
_OF_PERSON = """
WITH mine AS (
    SELECT mandate_id FROM mandate WHERE representative_id = %(person)s
    UNION SELECT mandate_id FROM mandate WHERE represented_id = %(person)s
    UNION SELECT mandate_id FROM mandate_addressee JOIN mandate USING (mandate_id)
          WHERE number_hash = %(hash)s AND kind = 'adult'
)
SELECT mandate.*, mandate_addressee.number_box
FROM mine JOIN mandate USING (mandate_id) LEFT JOIN mandate_addressee USING (mandate_id)
WHERE (%(at)s::timestamptz IS NULL OR (asked_at, mandate_id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY asked_at DESC, mandate_id DESC LIMIT %(limit)s
"""
_WITH_OFFICERS = """
SELECT mandate.*, mandate_addressee.number_box
FROM mandate JOIN mandate_addressee USING (mandate_id)
WHERE status = 'with_officers' AND kind = %(kind)s
  AND (%(at)s::timestamptz IS NULL OR (asked_at, mandate_id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY asked_at, mandate_id LIMIT %(limit)s
"""
_OPEN = """
SELECT mandate_id FROM mandate
WHERE (representative_id = %(person)s OR represented_id = %(person)s)
  AND status IN ('asked', 'with_officers', 'active') ORDER BY mandate_id
"""


class PostgresMandateRows:
    """The MandateRows port in SQL."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def write(self, unit: UnitOfWork, mandate: Mandate) -> None:
        row = {
            "mandate_id": mandate.id,
            "kind": str(mandate.kind),
            "status": str(mandate.status),
            "asker_id": mandate.asker_id,
            "representative_id": mandate.representative_id,
            "represented_id": mandate.represented_id,
            "accepted_by": mandate.accepted_by,
            "scope": list(mandate.scope),
            "until": mandate.until,
            "because": mandate.because,
            "asked_at": mandate.created_on,
            "changed_at": mandate.modified_on,
            "version": mandate.version,
        }
        unit.write(_WRITE, row)
        if not mandate.waits:
            unit.write(_ANSWERED, {"mandate_id": mandate.id})

    def address(self, unit: UnitOfWork, mandate: Mandate, number: str) -> None:
        box = self._keyring.seal(mandate.asker_id, number, _context(mandate.id))
        row = {"mandate_id": mandate.id, "number_hash": self._hash(number), "number_box": box}
        unit.write(_ADDRESS, row)

    def hold(self, unit: UnitOfWork, mandate_id: UUID) -> None:
        unit.execute(_HOLD, (mandate_id,))

    def forget_number(self, unit: UnitOfWork, number: str) -> None:
        unit.execute(_FORGET_NUMBER, (self._hash(number),))

    def number(self, unit: UnitOfWork, mandate: Mandate) -> str | None:
        rows = unit.fetch(_NUMBER, (mandate.id,))
        return self._opened(mandate.asker_id, mandate.id, rows[0]["number_box"]) if rows else None

    def is_addressed(self, unit: UnitOfWork, mandate_id: UUID, number: str) -> bool:
        return bool(unit.fetch(_IS_ADDRESSED, (mandate_id, self._hash(number))))

    def unanswered(self, unit: UnitOfWork, asker_id: UUID) -> int:
        return int(unit.fetch(_UNANSWERED, (asker_id,))[0]["waiting"])

    def of_person(
        self, unit: UnitOfWork, person_id: UUID, number: str | None, wanted: Page
    ) -> dict[str, Any]:
        asked_by = None if number is None else self._hash(number)
        return self._page(unit, _OF_PERSON, {"person": person_id, "hash": asked_by}, wanted)

    def with_officers(self, unit: UnitOfWork, kind: MandateKind, wanted: Page) -> dict[str, Any]:
        return self._page(unit, _WITH_OFFICERS, {"kind": str(kind)}, wanted)

    def open_of(self, unit: UnitOfWork, person_id: UUID) -> list[UUID]:
        return [row["mandate_id"] for row in unit.fetch(_OPEN, {"person": person_id})]

    def _page(
        self, unit: UnitOfWork, query: str, parameters: dict[str, Any], wanted: Page
    ) -> dict[str, Any]:
        at, mandate_id = from_cursor(wanted.after, from_wire, UUID) or (None, None)
        place = {"at": at, "id": mandate_id, "limit": wanted.limit + 1}
        rows = unit.fetch(query, parameters | place)
        return page([self._row(row) for row in rows], wanted.limit, _key)

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        box = row.pop("number_box")
        number = box and self._opened(row["asker_id"], row["mandate_id"], box)
        return row | {"number": number}

    def _opened(self, asker_id: UUID, mandate_id: UUID, box: bytes) -> str | None:
        number: str | None = self._keyring.open(asker_id, bytes(box), _context(mandate_id))
        return number

    def _hash(self, number: str) -> bytes:
        return self._keyring.lookup("mandate_addressee", number)


def _context(mandate_id: UUID) -> str:
    return f"mandate_addressee/{mandate_id}"


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return to_wire(row["asked_at"]), str(row["mandate_id"])
