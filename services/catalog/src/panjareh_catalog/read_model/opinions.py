"""What people think of a draft, as anyone may read it: the words, and what became of them; not whose they are (C5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from panjareh_catalog.domain.consultation import Use
from panjareh_catalog.domain.consultation_refusals import UnknownConsultation
from panjareh_catalog.domain.opinion import Opinion
from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_common.paging import from_cursor, page

_WRITE = """
INSERT INTO opinion (opinion_id, consultation_id, giver, said)
SELECT opinion_id, consultation_id, giver, said FROM jsonb_populate_recordset(NULL::opinion, %s)
ON CONFLICT (opinion_id) DO UPDATE SET said = excluded.said
"""
_REMOVE = """
DELETE FROM opinion USING jsonb_populate_recordset(NULL::opinion, %s) AS gone
WHERE opinion.opinion_id = gone.opinion_id
"""
_USE = """
UPDATE opinion SET outcome = used.outcome, pointers = used.pointers, reason = used.reason, number = used.number
FROM jsonb_populate_recordset(NULL::opinion, %s) AS used WHERE opinion.opinion_id = used.opinion_id
"""
_KNOWN = """
SELECT count(*) AS number FROM opinion WHERE consultation_id = %s AND opinion_id = ANY(%s)
"""
# Nobody can answer words that were erased.
_UNDECIDED = """
SELECT count(*) AS number FROM opinion JOIN person_key ON person_key.person_id = opinion.giver
WHERE consultation_id = %s AND outcome IS NULL AND erased_at IS NULL
"""
_OUTCOME = "SELECT outcome, pointers, reason, number FROM opinion WHERE opinion_id = %s"
_EXISTS = "SELECT 1 FROM consultation WHERE consultation_id = %s"
# In the order of their ids, which says nothing about when they were given.
_PAGE = """
SELECT opinion_id, giver, said, outcome, pointers, reason, number FROM opinion
WHERE consultation_id = %(consultation)s
  AND (%(outcome)s::text IS NULL OR outcome = %(outcome)s OR (%(outcome)s = 'undecided' AND outcome IS NULL))
  AND (%(after)s::uuid IS NULL OR opinion_id > %(after)s::uuid)
ORDER BY opinion_id LIMIT %(limit)s
"""
_OF_GIVERS = """
SELECT opinion_id, consultation_id, giver, said, outcome, pointers, reason, number FROM opinion
WHERE giver = ANY(%(givers)s) AND (%(after)s::uuid IS NULL OR consultation_id > %(after)s::uuid)
ORDER BY consultation_id LIMIT %(limit)s
"""


class PostgresOpinions:
    """The OpinionRows and OwnRows ports in SQL, and what anyone may read of opinions."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def write(self, unit: UnitOfWork, opinion: Opinion) -> None:
        if opinion.withdrawn:
            unit.write(_REMOVE, {"opinion_id": opinion.id})
            return
        box = self._keyring.seal(opinion.giver, opinion.said, _context(opinion.id))
        row = {
            "opinion_id": opinion.id,
            "consultation_id": opinion.consultation,
            "giver": opinion.giver,
            "said": box,
        }
        unit.write(_WRITE, row)

    def use(self, unit: UnitOfWork, opinions: Sequence[UUID], use: Use, number: int) -> None:
        said = {
            "outcome": str(use.outcome),
            "pointers": list(use.pointers),
            "reason": dict(use.reason),
            "number": number,
        }
        unit.write(_USE, *({"opinion_id": opinion} | said for opinion in opinions))

    def known(self, unit: UnitOfWork, consultation_id: UUID, opinions: Sequence[UUID]) -> bool:
        rows = unit.fetch(_KNOWN, (consultation_id, list(opinions)))
        return bool(rows[0]["number"] == len(set(opinions)))

    def undecided(self, unit: UnitOfWork, consultation_id: UUID) -> int:
        return int(unit.fetch(_UNDECIDED, (consultation_id,))[0]["number"])

    def outcome(self, unit: UnitOfWork, opinion_id: UUID) -> dict[str, Any]:
        return unit.fetch(_OUTCOME, (opinion_id,))[0]

    def of_givers(self, givers: Sequence[UUID], *, after: str | None, limit: int) -> dict[str, Any]:
        (last,) = from_cursor(after, UUID) or (None,)
        wanted = {"givers": list(givers), "after": last, "limit": limit + 1}
        with self._database.connection() as connection:
            rows = connection.execute(_OF_GIVERS, wanted).fetchall()
        found = page(rows, limit, lambda row: (str(row["consultation_id"]),))
        told = [
            self._told(row) | {"consultation_id": row["consultation_id"]} for row in found["items"]
        ]
        return found | {"items": told}

    def page(
        self, consultation_id: UUID, *, outcome: str | None, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`; of an opinion that was erased the words are gone, and what became of it stays.

        Raises UnknownConsultation.
        """
        (last,) = from_cursor(after, UUID) or (None,)
        wanted = {
            "consultation": consultation_id,
            "outcome": outcome,
            "after": last,
            "limit": limit + 1,
        }
        with self._database.connection() as connection:
            if connection.execute(_EXISTS, (consultation_id,)).fetchone() is None:
                raise UnknownConsultation()
            rows = connection.execute(_PAGE, wanted).fetchall()
        found = page(rows, limit, lambda row: (str(row["opinion_id"]),))
        return found | {"items": [self._told(row) for row in found["items"]]}

    def _told(self, row: dict[str, Any]) -> dict[str, Any]:
        said = self._keyring.open(row["giver"], row["said"], _context(row["opinion_id"]))
        return {
            "opinion_id": row["opinion_id"],
            "answers": said["answers"] if said else {},
            "remark": said["remark"] if said else "",
            "erased": said is None,
            "outcome": row["outcome"],
            "pointers": row["pointers"],
            "reason": row["reason"],
            "number": row["number"],
        }


def _context(opinion_id: UUID) -> str:
    return f"opinion/{opinion_id}"
