"""The catalogue for others' programs: as linked data is made from it, and as the national portal follows it (C1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from panjareh_catalog.application.exports import ExportedAuthority, ExportedService
from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.values import Standing
from panjareh_catalog.read_model.measured_use import MeasuredUse
from panjareh_common.database import Connection, Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.event_store.append import HORIZON, POSITION
from panjareh_common.paging import from_cursor, to_cursor, whole

OVERLAP = timedelta(minutes=1)
"""A change is dated by when its command began. One that was stored later than another may bear an earlier time."""

_EPOCH = datetime(
    1970, 1, 1, tzinfo=UTC
)  # nothing is older; a minute before the year 1 there is no time

_TOLD = frozenset(
    event.TOPIC
    for event in (
        PublicService.Published,
        PublicService.Suspended,
        PublicService.Resumed,
        PublicService.Retired,
    )
)
_MARK = f"""
INSERT INTO catalogue_entry (code, position, changed_at)
SELECT code, {POSITION}, changed_at FROM jsonb_populate_recordset(NULL::catalogue_entry, %s)
ON CONFLICT (code) DO UPDATE SET position = excluded.position, changed_at = excluded.changed_at
"""
# Whatever changes these rows changes the export. All of it is as large as the catalogue, whatever has been.
_TAG = """
SELECT md5(concat_ws('|',
    (SELECT max(position) || ' ' || count(*) FROM catalogue_entry),
    (SELECT md5(string_agg(concat_ws(' ', code, name, parent, place), '|' ORDER BY code)) FROM authority),
    (SELECT md5(string_agg(concat_ws(' ', code, name), '|' ORDER BY code)) FROM life_event),
    (SELECT md5(string_agg(concat_ws(' ', name, authority, withdrawn), '|' ORDER BY name)) FROM evidence_type),
    (SELECT sum(rated) || ' ' || sum(rating_sum) FROM service_use)
)) AS tag
"""
_SERVICES = """
SELECT code, version, standing, authority, card, published_at FROM public_service
WHERE standing <> 'retired' AND (%(after)s::text IS NULL OR code > %(after)s)
  AND (%(code)s::text IS NULL OR code = %(code)s)
ORDER BY code LIMIT %(limit)s
"""
_AUTHORITIES = """
WITH RECURSIVE above AS (
    SELECT code, name, parent, place FROM authority WHERE code = ANY(%s)
    UNION
    SELECT authority.code, authority.name, authority.parent, authority.place
    FROM above JOIN authority ON authority.code = above.parent
)
SELECT code, name, parent, place FROM above
"""
_LIFE_EVENTS = "SELECT code, name FROM life_event"
_SOURCES = "SELECT name, authority FROM evidence_type WHERE name = ANY(%s) AND NOT withdrawn"
_CHANGES = f"""
SELECT entry.code, entry.position, entry.changed_at, service.version, service.standing, service.reason,
       service.suspended_until, service.successor, service.card, service.published_at,
       authority.code AS authority, authority.name AS authority_name
FROM catalogue_entry AS entry
JOIN public_service AS service ON service.code = entry.code
JOIN authority ON authority.code = service.authority
WHERE (%(position)s::bigint IS NULL OR (entry.position, entry.code) > (%(position)s::bigint, %(code)s::text))
  AND entry.position < {HORIZON}
  AND (%(since)s::timestamptz IS NULL OR entry.changed_at >= %(since)s::timestamptz)
ORDER BY entry.position, entry.code LIMIT %(limit)s
"""


class CatalogueEntries:
    """Where each public service changed last, written in the commit of its events."""

    def write(self, unit: UnitOfWork, service: PublicService) -> None:
        """Marks a service of which something changed that others are told; a draft is no such thing."""
        told = [row for row in unit.saved if row.stream == service.id and row.topic in _TOLD]
        if told:
            unit.write(_MARK, {"code": service.code, "changed_at": told[-1].occurred_at})


class ExportRows:
    """Reads the catalogue page by page, in as many statements for a page of any size."""

    def __init__(self, database: Database, use: MeasuredUse) -> None:
        self._database = database
        self._use = use

    # As linked data: the ExportedServices port

    def tag(self) -> str:
        """Another text whenever something in the export is another."""
        with self._database.connection() as connection:
            row = connection.execute(_TAG).fetchone()
        return str(row["tag"]) if row else ""

    def page(self, after: str | None, limit: int) -> list[ExportedService]:
        return self._exported({"after": after, "code": None, "limit": limit})

    def one(self, code: str) -> ExportedService | None:
        found = self._exported({"after": None, "code": code, "limit": 1})
        return found[0] if found else None

    def _exported(self, wanted: dict[str, Any]) -> list[ExportedService]:
        with self._database.connection() as connection:
            rows = connection.execute(_SERVICES, wanted).fetchall()
            for row in rows:
                row["card"] = raised(row["card"])
            authorities = _authorities(connection, {row["authority"] for row in rows})
            asked = {each["type"] for row in rows for each in row["card"]["evidence"]}
            found = connection.execute(_SOURCES, (sorted(asked),)).fetchall()
            sources = {each["name"]: each["authority"] for each in found}
            events = connection.execute(_LIFE_EVENTS).fetchall()
        life_events = {each["code"]: each["name"] for each in events}
        use = self._use.of([row["code"] for row in rows])
        return [
            ExportedService(
                code=row["code"],
                version=row["version"],
                standing=row["standing"],
                card=row["card"],
                published_at=row["published_at"],
                authorities=_chain(authorities, row["authority"]),
                life_events=life_events,
                evidence_sources=sources,
                rated=use[row["code"]]["rated"],
                rating_mean=use[row["code"]]["mean"],
            )
            for row in rows
        ]

    # For the national portal

    def changes(
        self, *, changed_since: datetime | None, after: str | None, limit: int
    ) -> dict[str, Any]:
        """Services in the order of their last change, each once: `{items, next, resume}`.

        `resume` is where to read on another time, `next` the same while there is more already. What is
        committed later than what was read has a later place, so nothing is passed over. A service whose
        use is still as it was then is not told again.
        """
        position, code = from_cursor(after, whole, str) or (None, None)
        wanted = {
            "position": position,
            "code": code,
            "since": changed_since and max(changed_since, _EPOCH) - OVERLAP,
            "limit": limit + 1,
        }
        with self._database.connection() as connection:
            rows = connection.execute(_CHANGES, wanted).fetchall()
        told, more = rows[:limit], len(rows) > limit
        use = self._use.of([row["code"] for row in told])
        resume = to_cursor(str(told[-1]["position"]), told[-1]["code"]) if told else after
        return {
            "items": [_change(row, use[row["code"]]) for row in told],
            "next": resume if more else None,
            "resume": resume,
        }


def _authorities(connection: Connection, codes: Iterable[str]) -> dict[str, ExportedAuthority]:
    rows = connection.execute(_AUTHORITIES, (sorted(codes),)).fetchall()
    return {row["code"]: ExportedAuthority(**row) for row in rows}


def _chain(authorities: dict[str, ExportedAuthority], code: str) -> Sequence[ExportedAuthority]:
    """An authority and those above it; the tree has no circles (domain/authority.py)."""
    chain: list[ExportedAuthority] = []
    above: str | None = code
    while above is not None and above in authorities:
        chain.append(authorities[above])
        above = authorities[above].parent
    return chain


def _change(row: dict[str, Any], use: dict[str, Any]) -> dict[str, Any]:
    """What the portal is told of a service; of a retired one only that it is, since when, why and what comes after it."""
    retired = row["standing"] == Standing.RETIRED
    return {
        "code": row["code"],
        "standing": row["standing"],
        "changed_at": row["changed_at"],
        "version": row["version"],
        "published_at": row["published_at"],
        "reason": row["reason"],
        "suspended_until": row["suspended_until"],
        "successor": row["successor"],
        "authority": {"code": row["authority"], "name": row["authority_name"]},
        "card": None if retired else raised(row["card"]),
        "satisfaction": None
        if retired
        else {
            "count": use["rated"],
            "mean": use["mean"],
            # Among few ratings one person's could be told from the rest (F1).
            "suppressed": use["rated"] is None,
        },
    }
