"""Outages, in SQL: rows written in the commit of their events, read by anyone in their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_catalog.domain.outage import Outage
from panjareh_catalog.domain.refusals_outages import UnknownOutage
from panjareh_common.clock import from_wire, to_wire
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page

_COLUMNS = """
outage_id, version, kind, said_by, source, services, authorities, channels, starts_at, ends_at, partial,
explanation, because, ended_at, withdrawn_at, announced_at, changed_at
"""
_WRITE = f"""
INSERT INTO outage ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::outage, %s)
ON CONFLICT (outage_id) DO UPDATE SET
    version = excluded.version, services = excluded.services, authorities = excluded.authorities,
    channels = excluded.channels, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    partial = excluded.partial, explanation = excluded.explanation, because = excluded.because,
    ended_at = excluded.ended_at, withdrawn_at = excluded.withdrawn_at,
    changed_at = excluded.changed_at
WHERE outage.version < excluded.version
"""
_OWNERS = "SELECT code, authority FROM public_service WHERE code = ANY(%s)"
_KNOWN = "SELECT code FROM authority WHERE code = ANY(%s)"
# A planned one ends when it was announced to, whether or not the clock process has come round.
_STATE = """
CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
     WHEN COALESCE(ended_at, CASE WHEN kind = 'planned' THEN ends_at END) <= %(now)s THEN 'ended'
     WHEN starts_at <= %(now)s THEN 'under_way'
     ELSE 'announced' END
"""
# What is out of service for one public service: itself, all of its authority, or the whole platform.
TOUCHES_SERVICE = """
(services @> ARRAY[{service}] OR authorities @> ARRAY[{authority}]
 OR cardinality(services || authorities) = 0)
"""
_OF_SERVICE = TOUCHES_SERVICE.format(
    service="%(service)s::text",
    authority="(SELECT authority FROM public_service WHERE code = %(service)s)",
)
_LIST = f"""
SELECT * FROM (SELECT {_COLUMNS}, {_STATE} AS state FROM outage WHERE {{which}}) AS outage
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(authority)s::text IS NULL OR said_by = %(authority)s OR authorities @> ARRAY[%(authority)s::text])
  AND (%(service)s::text IS NULL OR {_OF_SERVICE})
  AND (%(starts_at)s::timestamptz IS NULL OR (starts_at, outage_id) < (%(starts_at)s, %(outage_id)s::uuid))
ORDER BY starts_at DESC, outage_id DESC LIMIT %(limit)s
"""
# What is not over is few, and has an index of its own: nobody goes through what has been to find it.
_WHICH = dict.fromkeys(("announced", "under_way"), "ended_at IS NULL AND withdrawn_at IS NULL")
_ONE = f"SELECT {_COLUMNS}, {_STATE} AS state FROM outage WHERE outage_id = %(outage_id)s"
_OPEN = f"""
SELECT * FROM (
    SELECT {_COLUMNS}, {_STATE} AS state FROM outage WHERE ended_at IS NULL AND withdrawn_at IS NULL
) AS outage
WHERE state IN ('under_way', 'announced') ORDER BY starts_at, outage_id LIMIT 1000
"""
_OPEN_OF_SERVICE = f"""
SELECT * FROM (
    SELECT {_COLUMNS}, {_STATE} AS state FROM outage WHERE ended_at IS NULL AND withdrawn_at IS NULL
) AS outage
WHERE state IN ('under_way', 'announced') AND {_OF_SERVICE} ORDER BY starts_at, outage_id LIMIT 20
"""
_CHANGED = f"""
SELECT {_COLUMNS}, {_STATE} AS state FROM outage ORDER BY changed_at DESC, outage_id DESC LIMIT %(limit)s
"""


class PostgresOutages:
    """The Outages port in SQL."""

    def write(self, unit: UnitOfWork, outage: Outage) -> None:
        row = {
            "outage_id": outage.id,
            "version": outage.version,
            "kind": outage.kind,
            "said_by": outage.said_by,
            "source": outage.source,
            **outage.affected,
            "starts_at": outage.starts_at,
            "ends_at": outage.ends_at,
            "partial": outage.partial,
            "explanation": outage.explanation,
            "because": outage.because,
            "ended_at": outage.ended_at,
            "withdrawn_at": outage.withdrawn_at,
            "announced_at": outage.created_on,
            "changed_at": unit.now,
        }
        unit.write(_WRITE, row)

    def owners(self, unit: UnitOfWork, services: Sequence[str]) -> dict[str, str]:
        """The authority of each public service that is there."""
        return {row["code"]: row["authority"] for row in unit.fetch(_OWNERS, (list(services),))}

    def authorities(self, unit: UnitOfWork, codes: Sequence[str]) -> set[str]:
        """Which of these authorities are there."""
        return {row["code"] for row in unit.fetch(_KNOWN, (list(codes),))}


class OutagesView:
    """What anyone may read. Every question takes the moment of asking: where an outage stands follows from it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        *,
        state: str | None,
        service: str | None,
        authority: str | None,
        after: str | None,
        limit: int,
        now: datetime,
        language: str,
    ) -> dict[str, Any]:
        """`{items, next}`, the latest beginning first."""
        starts_at, outage_id = from_cursor(after, from_wire, UUID) or (None, None)
        wanted = {
            "state": state,
            "service": service,
            "authority": authority,
            "starts_at": starts_at,
            "outage_id": outage_id,
            "limit": limit + 1,
            "now": now,
        }
        query = _LIST.format(which=_WHICH.get(state or "", "true"))
        found = page(self._rows(query, wanted), limit, _key)
        return found | {"items": [told(row, language) for row in found["items"]]}

    def get(self, outage_id: UUID, *, now: datetime, language: str) -> dict[str, Any]:
        """Raises UnknownOutage."""
        rows = self._rows(_ONE, {"outage_id": outage_id, "now": now})
        if not rows:
            raise UnknownOutage()
        return told(rows[0], language)

    def open(self, now: datetime) -> list[dict[str, Any]]:
        """Rows of what goes on or is to come, the earliest first."""
        return self._rows(_OPEN, {"now": now})

    def of_service(self, service: str, *, now: datetime, language: str) -> list[dict[str, Any]]:
        """What goes on or is to come for one public service, the earliest first, at most 20."""
        rows = self._rows(_OPEN_OF_SERVICE, {"service": service, "now": now})
        return [told(row, language) for row in rows]

    def changed(self, *, limit: int, now: datetime, language: str) -> list[dict[str, Any]]:
        """The latest changed first, for feeds."""
        rows = self._rows(_CHANGED, {"limit": limit, "now": now})
        return [told(row, language) for row in rows]

    def _rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._database.connection() as connection:
            return connection.execute(query, parameters).fetchall()


def told(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """An outage as it is shown; times are datetimes."""
    return {
        "outage_id": row["outage_id"],
        "kind": row["kind"],
        "state": row["state"],
        "said_by": row["said_by"],
        "measured": row["source"] == "probes",
        "services": list(row["services"]),
        "authorities": list(row["authorities"]),
        "channels": list(row["channels"]),
        "whole_platform": not row["services"] and not row["authorities"],
        "partial": row["partial"],
        "starts_at": row["starts_at"],
        "ends_at": row["ended_at"] or row["ends_at"],
        "explanation": in_language(row["explanation"], language),
        "because": in_language(row["because"], language) if row["because"] else None,
        "announced_at": row["announced_at"],
        "changed_at": row["changed_at"],
    }


def in_language(texts: Mapping[str, str], language: str) -> str:
    return str(texts.get(language) or texts["fa"])


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return to_wire(row["starts_at"]), str(row["outage_id"])
