"""The register of authorities, their connection, and how far they are with the quotas (C7), in SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from panjareh_catalog.domain.authority import Authority, AuthorityEntry, Step
from panjareh_catalog.domain.quota import Counts, Measure, Quota, standing
from panjareh_catalog.domain.refusals_authorities import NoSuchAuthority
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page

_ENTRY = "code, name, parent, kind, place, hosts, rest_days, services_total, sample"
_COLUMNS = f"{_ENTRY}, on_board_at, steps, window_url, changed_at"
_ALL = f"SELECT {_ENTRY} FROM authority ORDER BY code"
_WRITE = f"""
INSERT INTO authority ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::authority, %s)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, parent = excluded.parent, kind = excluded.kind, place = excluded.place,
    hosts = excluded.hosts, rest_days = excluded.rest_days,
    services_total = excluded.services_total, sample = excluded.sample,
    on_board_at = excluded.on_board_at, steps = excluded.steps, window_url = excluded.window_url,
    changed_at = excluded.changed_at
"""
_COUNTS = """
SELECT authority, count(*) AS connected, count(*) FILTER (WHERE smart) AS smart,
       count(*) FILTER (WHERE channels && ARRAY['web', 'mobile', 'sms']) AS electronic
FROM service_facet WHERE standing = 'published' AND authority = ANY(%s) GROUP BY authority
"""
_PUBLISHED = """
SELECT count(*) AS published FROM public_service WHERE authority = %s AND standing = 'published'
"""
_LIST = f"""
SELECT {_COLUMNS} FROM authority
WHERE (%(parent)s::text IS NULL OR parent = %(parent)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(after)s::text IS NULL OR code > %(after)s)
ORDER BY code LIMIT %(limit)s
"""
_ONE = f"SELECT {_COLUMNS} FROM authority WHERE code = %s"
_ABOVE = """
WITH RECURSIVE above AS (
    SELECT code, name, parent, 0 AS height FROM authority WHERE code = %s
    UNION ALL
    SELECT next.code, next.name, next.parent, height + 1
    FROM above JOIN authority AS next ON next.code = above.parent
)
SELECT code, name FROM above WHERE height > 0 ORDER BY height DESC
"""
_BELOW = "SELECT code, name FROM authority WHERE parent = %s ORDER BY code"
_QUOTAS = "SELECT measure, share, by, law, sample FROM quota ORDER BY by, measure"
_ADD_QUOTA = (
    "INSERT INTO quota (measure, share, by, law, sample) VALUES (%s, %s, %s, %s::jsonb, %s)"
)


class PostgresAuthorities:
    """The Authorities port in SQL."""

    def all(self, unit: UnitOfWork) -> Sequence[AuthorityEntry]:
        return [_entry(row) for row in unit.fetch(_ALL)]

    def write(self, unit: UnitOfWork, authority: Authority) -> None:
        entry = authority.entry
        steps = [
            {"step": step, "on": authority.steps[step], "said_by": authority.said_by[step]}
            for step in Step
            if step in authority.steps
        ]
        row = {name: getattr(entry, name) for name in _ENTRY.split(", ")}
        row |= {
            "name": dict(entry.name),
            "place": dict(entry.place) if entry.place else None,
            "on_board_at": authority.on_board_at,
            "steps": steps,
            "window_url": authority.window,
            "changed_at": unit.now,
        }
        unit.write(_WRITE, row)

    def published(self, unit: UnitOfWork, code: str) -> int:
        return int(unit.fetch(_PUBLISHED, (code,))[0]["published"])


class AuthoritiesView:
    """What anyone may read of the authorities; texts in the reader's language."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self, *, parent: str | None, kind: str | None, after: str | None, limit: int, language: str
    ) -> dict[str, Any]:
        """`{items, next}`, by code."""
        (code,) = from_cursor(after, str) or (None,)
        wanted = {"parent": parent, "kind": kind, "after": code, "limit": limit + 1}
        with self._database.connection() as connection:
            rows = connection.execute(_LIST, wanted).fetchall()
        found = page(rows, limit, lambda row: (row["code"],))
        return found | {"items": [_told(row, language) for row in found["items"]]}

    def get(self, code: str, *, today: date, language: str) -> dict[str, Any]:
        """One authority with those above and below it, and its place on the board. Raises NoSuchAuthority."""
        with self._database.connection() as connection:
            row = connection.execute(_ONE, (code,)).fetchone()
            if row is None:
                raise NoSuchAuthority(authority=code)
            above = connection.execute(_ABOVE, (code,)).fetchall()
            below = connection.execute(_BELOW, (code,)).fetchall()
            counts = connection.execute(_COUNTS, ([code],)).fetchall()
            quotas = [_quota(each) for each in connection.execute(_QUOTAS)]
        progress = _progress(row, {each["authority"]: each for each in counts}, quotas, today)
        related = {"above": above, "below": below}
        return (
            _told(row, language)
            | {name: [_named(each, language) for each in rows] for name, rows in related.items()}
            | {"progress": progress}
        )

    def board(self, *, after: str | None, limit: int, today: date, language: str) -> dict[str, Any]:
        """`{quotas, items, next}`: every authority beside what the law asks of it, by code."""
        (code,) = from_cursor(after, str) or (None,)
        wanted = {"parent": None, "kind": None, "after": code, "limit": limit + 1}
        with self._database.connection() as connection:
            rows = connection.execute(_LIST, wanted).fetchall()
            found = page(rows, limit, lambda row: (row["code"],))
            codes = [row["code"] for row in found["items"]]
            counted = connection.execute(_COUNTS, (codes,)).fetchall()
            quotas = [_quota(row) for row in connection.execute(_QUOTAS)]
        counts = {row["authority"]: row for row in counted}
        items = [
            {
                "code": row["code"],
                "name": _in(row["name"], language),
                "sample": row["sample"],
                "steps": row["steps"],
                "progress": _progress(row, counts, quotas, today),
            }
            for row in found["items"]
        ]
        return found | {"items": items, "quotas": [_quota_told(each, language) for each in quotas]}

    def keep_quotas(self, quotas: Sequence[Quota]) -> None:
        """Puts these in the place of all that stood there."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM quota")
            for each in quotas:
                law = json.dumps(dict(each.law), ensure_ascii=False)
                row = (str(each.measure), each.share, each.by, law, each.sample)
                connection.execute(_ADD_QUOTA, row)


def _entry(row: Mapping[str, Any]) -> AuthorityEntry:
    lists = {name: tuple(row[name]) for name in ("hosts", "rest_days")}
    return AuthorityEntry(**(dict(row) | lists))


def _in(texts: Mapping[str, str] | None, language: str) -> str | None:
    return None if texts is None else str(texts.get(language) or texts["fa"])


def _named(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {"code": row["code"], "name": _in(row["name"], language)}


def _told(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    return _named(row, language) | {
        "kind": row["kind"],
        "parent": row["parent"],
        "place": _in(row["place"], language),
        "rest_days": list(row["rest_days"]),
        "sample": row["sample"],
        "on_board_at": row["on_board_at"],
        "window_url": row["window_url"],
        "steps": row["steps"],
    }


def _quota(row: Mapping[str, Any]) -> Quota:
    return Quota(Measure(row["measure"]), row["share"], row["by"], row["law"], row["sample"])


def _quota_told(quota: Quota, language: str) -> dict[str, Any]:
    return {
        "measure": str(quota.measure),
        "share": float(quota.share),
        "by": quota.by.isoformat(),
        "law": _in(quota.law, language),
        "sample": quota.sample,
    }


def _progress(
    row: Mapping[str, Any],
    counted: Mapping[str, Mapping[str, Any]],
    quotas: Sequence[Quota],
    today: date,
) -> dict[str, Any]:
    found = counted.get(row["code"], {})
    done = {measure: int(found.get(measure, 0)) for measure in Measure}
    counts = Counts(row["services_total"], done)
    return {
        "services_total": row["services_total"],
        "done": [
            {
                "measure": str(measure),
                "count": done[measure],
                "share": _number(counts.share(measure)),
            }
            for measure in Measure
        ],
        "quotas": [
            {
                "measure": str(quota.measure),
                "by": quota.by.isoformat(),
                "share": float(quota.share),
                "standing": str(standing(quota, counts, today)),
            }
            for quota in quotas
        ],
    }


def _number(share: Decimal | None) -> float | None:
    return None if share is None else float(share)
