"""Which changes of roles wait for another person: rows written in the commit that asks for them."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.office import OfficeChange, Standing

_COLUMNS = "change_id, officer, authority, gives, takes, status, asked_by, asked_at"
_WRITE = f"""
INSERT INTO office_change ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::office_change, %s)
ON CONFLICT (change_id) DO UPDATE SET status = excluded.status
"""
_WAITING_IN = """
SELECT change_id FROM office_change
WHERE authority = %(authority)s AND status = %(asked)s
  AND (%(after)s::uuid IS NULL OR change_id > %(after)s)
ORDER BY change_id LIMIT %(limit)s
"""
_WAITING_FOR = """
SELECT change_id FROM office_change WHERE officer = %s AND status = %s ORDER BY change_id
"""
_REMOVE = "DELETE FROM office_change WHERE officer = %s"


class PostgresOfficeChanges:
    """The OfficeChanges port in SQL."""

    def write(self, unit: UnitOfWork, change: OfficeChange) -> None:
        row = {
            "change_id": change.id,
            "officer": change.officer,
            "authority": change.authority,
            "gives": change.gives,
            "takes": change.takes,
            "status": change.standing,
            "asked_by": change.begun_by,
            "asked_at": change.created_on,
        }
        unit.write(_WRITE, row)

    def waiting_in(
        self, unit: UnitOfWork, authority: str, after: UUID | None, limit: int
    ) -> list[UUID]:
        wanted = {"authority": authority, "asked": Standing.ASKED, "after": after, "limit": limit}
        return [row["change_id"] for row in unit.fetch(_WAITING_IN, wanted)]

    def waiting_for(self, unit: UnitOfWork, officer: UUID) -> list[UUID]:
        rows = unit.fetch(_WAITING_FOR, (officer, Standing.ASKED))
        return [row["change_id"] for row in rows]

    def remove(self, unit: UnitOfWork, officer: UUID) -> None:
        unit.execute(_REMOVE, (officer,))
