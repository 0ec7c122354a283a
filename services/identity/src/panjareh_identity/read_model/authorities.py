"""Which authorities are on board, or were asked for: rows written in the commit of the decision."""

from __future__ import annotations

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.staff_ports import AuthorityRow
from panjareh_identity.domain.authority_onboarding import AuthorityOnboarding, OnBoard

_COLUMNS = "code, name, status, asked_by, changed_at"
_WRITE = f"""
INSERT INTO authority ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::authority, %s)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, status = excluded.status, asked_by = excluded.asked_by,
    changed_at = excluded.changed_at
"""
_STATUS = "SELECT status FROM authority WHERE code = %s"
_ALL = f"SELECT {_COLUMNS} FROM authority ORDER BY code"


class PostgresAuthorities:
    """The Authorities port in SQL."""

    def write(self, unit: UnitOfWork, onboarding: AuthorityOnboarding) -> None:
        row = {
            "code": onboarding.code,
            "name": onboarding.name,
            "status": onboarding.status,
            "asked_by": onboarding.asked_by,
            "changed_at": unit.now,
        }
        unit.write(_WRITE, row)

    def on_board(self, unit: UnitOfWork, code: str) -> bool:
        rows = unit.fetch(_STATUS, (code,))
        return bool(rows) and rows[0]["status"] == OnBoard.CONFIRMED

    def all(self, unit: UnitOfWork) -> list[AuthorityRow]:
        return [AuthorityRow(**row) for row in unit.fetch(_ALL)]
