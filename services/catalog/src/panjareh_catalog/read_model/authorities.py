"""The register of authorities, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from panjareh_catalog.domain.authority import Authority
from panjareh_common.event_store import UnitOfWork

_ALL = "SELECT code, name, parent FROM authority ORDER BY code"
_KEEP = """
INSERT INTO authority (code, name, parent)
SELECT code, name, parent FROM jsonb_populate_recordset(NULL::authority, %s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent = excluded.parent
"""


class PostgresAuthorities:
    """The Authorities port in SQL."""

    def all(self, unit: UnitOfWork) -> Sequence[Authority]:
        return [Authority(**row) for row in unit.fetch(_ALL)]

    def keep(self, unit: UnitOfWork, authority: Authority) -> None:
        row = {"code": authority.code, "name": dict(authority.name), "parent": authority.parent}
        unit.write(_KEEP, row)
