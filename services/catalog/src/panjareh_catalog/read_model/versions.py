"""Every version of a public service: rows written in the commit of their events, read by publishers and by all."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.publishing_refusals import UnknownVersion
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.read_model.diff_words import diff_in_words
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page, whole

_KEEP = """
INSERT INTO service_version
    (service_code, number, authority, state, revision, card, changed_at, published_at, shown)
SELECT service_code, number, authority, state, revision, card, changed_at, published_at, shown
FROM json_populate_recordset(NULL::service_version, %s)
ON CONFLICT (service_code, number) DO UPDATE SET
    state = excluded.state, revision = excluded.revision, card = excluded.card,
    changed_at = excluded.changed_at, published_at = excluded.published_at, shown = excluded.shown
WHERE (service_version.state, service_version.revision) <> (excluded.state, excluded.revision)
"""
_MARK = """
UPDATE service_version SET state = mark.state, changed_at = mark.changed_at
FROM jsonb_populate_recordset(NULL::service_version, %s) AS mark
WHERE (service_version.service_code, service_version.number) = (mark.service_code, mark.number)
  AND service_version.state <> mark.state
"""
# What people may see: what was published, and what is or was before them (C5).
_OPEN = "(published_at IS NOT NULL OR shown)"
_COLUMNS = "number, state, revision, changed_at, published_at"
_LIST = f"""
SELECT {_COLUMNS} FROM service_version
WHERE service_code = %(code)s AND (authority = %(authority)s OR %(authority)s::text IS NULL AND {_OPEN})
  AND (%(before)s::bigint IS NULL OR number < %(before)s)
ORDER BY number DESC LIMIT %(limit)s
"""
_ONE = f"""
SELECT {_COLUMNS}, card FROM service_version
WHERE service_code = %(code)s AND number = %(number)s
  AND (authority = %(authority)s OR %(authority)s::text IS NULL AND {_OPEN})
"""
_OWN = """
SELECT service.service_code, service.newest, public_service.version, public_service.standing,
       draft.number AS draft, draft.revision, COALESCE(draft.card, public_service.card) -> 'name' AS name
FROM (SELECT service_code, max(number) AS newest FROM service_version
      WHERE authority = %(authority)s GROUP BY service_code) AS service
LEFT JOIN public_service ON public_service.code = service.service_code
LEFT JOIN LATERAL (
    SELECT number, revision, card FROM service_version
    WHERE service_version.service_code = service.service_code AND state IN ('draft', 'consultation')
    ORDER BY number DESC LIMIT 1
) AS draft ON true
WHERE (%(after)s::text IS NULL OR service.service_code > %(after)s)
ORDER BY service.service_code LIMIT %(limit)s
"""


class ServiceVersions:
    """`authority` None stands for the public; an authority sees its own drafts, too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, unit: UnitOfWork, service: PublicService) -> None:
        cards: dict[int, Any] = dict(service.drafts)
        if service.card is not None:
            cards[service.number] = service.card
        for number, state in service.states.items():
            row = {
                "service_code": service.code,
                "number": number,
                "state": str(state),
                "changed_at": unit.now,
            }
            if number not in cards:
                unit.write(_MARK, row)
                continue
            published = number == service.number
            draft = service.draft
            details = {
                "authority": service.authority,
                "revision": draft.revision if draft and draft.number == number else 0,
                "card": cards[number],
                "published_at": service.published_at if published else None,
                "shown": number in service.shown,
            }
            unit.write(_KEEP, row | details)

    def page(
        self, code: str, *, authority: str | None, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`, the newest first. Raises UnknownService."""
        (before,) = from_cursor(after, whole) or (None,)
        asked = {"code": code, "authority": authority, "before": before, "limit": limit + 1}
        with self._database.connection() as connection:
            rows = connection.execute(_LIST, asked).fetchall()
        if not rows and before is None:
            raise UnknownService(service_code=code)
        return page(rows, limit, lambda row: (str(row["number"]),))

    def one(self, code: str, number: int, *, authority: str | None) -> dict[str, Any]:
        """Raises UnknownVersion."""
        asked = {"code": code, "number": number, "authority": authority}
        with self._database.connection() as connection:
            row = connection.execute(_ONE, asked).fetchone()
        if row is None:
            raise UnknownVersion(service_code=code, number=number)
        return row | {"code": code, "card": raised(row["card"])}

    def diff(
        self, code: str, old: int, new: int, *, authority: str | None, language: str
    ) -> dict[str, Any]:
        """What version `new` says otherwise than `old`, in words. Raises UnknownVersion."""
        before = self.one(code, old, authority=authority)["card"]
        after = self.one(code, new, authority=authority)["card"]
        return {"code": code, "sections": diff_in_words(before, after, language)}

    def of_authority(self, authority: str, *, after: str | None, limit: int) -> dict[str, Any]:
        """Its services by code, published or not: `{items, next}`."""
        (code,) = from_cursor(after, str) or (None,)
        asked = {"authority": authority, "after": code, "limit": limit + 1}
        with self._database.connection() as connection:
            rows = connection.execute(_OWN, asked).fetchall()
        return page(rows, limit, lambda row: (row["service_code"],))
