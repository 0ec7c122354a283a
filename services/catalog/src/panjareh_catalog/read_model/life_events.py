"""The vocabulary of life events, in SQL: written by operators' files, read by cards' checks and by searchers."""

from __future__ import annotations

from collections.abc import Sequence

from panjareh_catalog.domain.life_event import LifeEvent
from panjareh_common.event_store import UnitOfWork

_ALL = "SELECT code, name FROM life_event ORDER BY place, code"
_KEEP = """
INSERT INTO life_event (code, name, place)
SELECT code, name, place FROM jsonb_populate_recordset(NULL::life_event, %s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, place = excluded.place
"""


class PostgresLifeEvents:
    """The LifeEvents port in SQL."""

    def all(self, unit: UnitOfWork) -> Sequence[LifeEvent]:
        """In the order of the file they came from."""
        return [LifeEvent(**row) for row in unit.fetch(_ALL)]

    def keep(self, unit: UnitOfWork, life_events: Sequence[LifeEvent]) -> list[tuple[str, bool]]:
        """Each code, and whether it is new or told otherwise. Nothing is taken away: cards name them."""
        known = {one.code: one.name for one in self.all(unit)}
        for place, one in enumerate(life_events, start=1):
            unit.write(_KEEP, {"code": one.code, "name": dict(one.name), "place": place})
        return [(one.code, known.get(one.code) != one.name) for one in life_events]
