"""Pictures, sounds and films, in SQL."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from panjareh_catalog.application.media import Medium
from panjareh_catalog.domain.media_refusals import UnknownMedium
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page

_KIND = "SELECT kind FROM medium WHERE id = %s"
_IDS = "SELECT id FROM medium"
_COUNT = "SELECT count(*) AS found FROM medium"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('panjareh_catalog.media/' || %s, 0))"
_OF_AUTHORITY = "SELECT count(*) AS found FROM medium WHERE authority = %s"
_KEEP = """
INSERT INTO medium (id, kind, type, content, authority, uploaded_at)
VALUES (%(id)s, %(kind)s, %(type)s, %(content)s, %(authority)s, %(at)s) ON CONFLICT (id) DO NOTHING
"""
_ONE = "SELECT type, content FROM medium WHERE id = %s"
_PAGE = """
SELECT id, kind, type, octet_length(content) AS bytes, uploaded_at FROM medium
WHERE authority = %(authority)s
  AND (%(at)s::timestamptz IS NULL OR (uploaded_at, id) < (%(at)s::timestamptz, %(id)s))
ORDER BY uploaded_at DESC, id DESC LIMIT %(limit)s
"""


class PostgresMedia:
    """The MediaRows port, and what everybody reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, unit: UnitOfWork, medium_id: str) -> bool:
        return bool(unit.fetch(_KIND, (medium_id,)))

    def count(self, unit: UnitOfWork, authority: str) -> int:
        unit.execute(_ALONE, (authority,))
        return int(unit.fetch(_OF_AUTHORITY, (authority,))[0]["found"])

    def keep(self, unit: UnitOfWork, medium_id: str, medium: Medium, authority: str) -> None:
        row = {
            "id": medium_id,
            "kind": medium.kind,
            "type": medium.type,
            "content": medium.content,
            "authority": authority,
            "at": unit.now,
        }
        unit.execute(_KEEP, row)

    def one(self, medium_id: str) -> dict[str, Any]:
        """As the gateway hands it on (its parts.py). Raises UnknownMedium."""
        with self._database.connection() as connection:
            row = connection.execute(_ONE, (medium_id,)).fetchone()
        if row is None:
            raise UnknownMedium()
        return {
            "base64": base64.b64encode(row["content"]).decode(),
            "media_type": row["type"],
            "etag": medium_id,
            "cache": "immutable",
        }

    def of_authority(self, authority: str, *, after: str | None, limit: int) -> dict[str, Any]:
        """`{items, next}`: the newest first."""
        at, medium_id = from_cursor(after, datetime.fromisoformat, str) or (None, None)
        wanted = {"authority": authority, "at": at, "id": medium_id, "limit": limit + 1}
        with self._database.connection() as connection:
            rows = connection.execute(_PAGE, wanted).fetchall()
        return page(rows, limit, lambda row: (row["uploaded_at"].isoformat(), row["id"]))


class StoredMedia(Mapping[str, str]):
    """The kind of every medium by its id, asked for one by one: a card names few of many."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def __getitem__(self, medium_id: str) -> str:
        rows = self._unit.fetch(_KIND, (medium_id,))
        if not rows:
            raise KeyError(medium_id)
        return str(rows[0]["kind"])

    def __iter__(self) -> Iterator[str]:
        return iter([row["id"] for row in self._unit.fetch(_IDS)])

    def __len__(self) -> int:
        return int(self._unit.fetch(_COUNT)[0]["found"])
