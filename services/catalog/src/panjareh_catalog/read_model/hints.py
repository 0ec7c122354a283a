"""What hints are made of, in SQL: each person's sealed choice, and the services that may fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from uuid import UUID

from panjareh_catalog.domain.hints import Candidate, Choice
from panjareh_common.event_store import Keyring, UnitOfWork

_FIND = "SELECT box FROM hint_choice WHERE person_id = %s"
_KEEP = """
INSERT INTO hint_choice (person_id, box, changed_at)
SELECT person_id, box, changed_at FROM jsonb_populate_recordset(NULL::hint_choice, %s)
ON CONFLICT (person_id) DO UPDATE SET box = excluded.box, changed_at = excluded.changed_at
"""
_CANDIDATES = """
SELECT code, renews, min_age, max_age, (
    SELECT coalesce(jsonb_object_agg(named, coalesce(life_event.name->>%(language)s, life_event.name->>'fa', named)), '{}')
    FROM unnest(life_events) AS named LEFT JOIN life_event ON life_event.code = named
) AS life_events
FROM service_facet
WHERE standing = 'published' AND 'persons' = ANY(audiences)
  AND (life_events && %(life_events)s::text[] OR renews = ANY(%(kinds)s::text[]) OR min_age = %(age)s::integer)
ORDER BY code
"""
_LIFE_EVENTS = "SELECT code FROM life_event"


class PostgresHintChoices:
    """The Choices port in SQL; the box is bound to its person's row."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def find(self, unit: UnitOfWork, person_id: UUID) -> Choice | None:
        rows = unit.fetch(_FIND, (person_id,))
        kept = rows and self._keyring.open(person_id, bytes(rows[0]["box"]), _context(person_id))
        if not kept:  # never asked, or erased since
            return None
        return Choice(**kept | {"life_events": tuple(kept["life_events"])})

    def keep(self, unit: UnitOfWork, person_id: UUID, choice: Choice) -> None:
        box = self._keyring.seal(person_id, asdict(choice), _context(person_id))
        unit.write(_KEEP, {"person_id": person_id, "box": box, "changed_at": unit.now})


class PostgresOffers:
    """The Offers port in SQL."""

    def candidates(
        self,
        unit: UnitOfWork,
        *,
        life_events: Collection[str],
        kinds: Collection[str],
        age: int | None,
        language: str,
    ) -> Sequence[Candidate]:
        wanted = {
            "life_events": list(life_events),
            "kinds": list(kinds),
            "age": age,
            "language": language,
        }
        return [Candidate(**row) for row in unit.fetch(_CANDIDATES, wanted)]

    def life_events(self, unit: UnitOfWork) -> Collection[str]:
        return {row["code"] for row in unit.fetch(_LIFE_EVENTS)}


def _context(person_id: UUID) -> str:
    return f"hint_choice/{person_id}"
