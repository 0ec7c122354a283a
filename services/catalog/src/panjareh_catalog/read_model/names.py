"""What services and authorities are called, by their codes."""

from __future__ import annotations

from collections.abc import Collection

from panjareh_catalog.read_model.outages import in_language
from panjareh_common.database import Database

_NAMES = """
SELECT code, card::jsonb -> 'name' AS name FROM public_service WHERE code = ANY(%(codes)s)
UNION ALL SELECT code, name FROM authority WHERE code = ANY(%(codes)s)
"""


class Names:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, codes: Collection[str], language: str) -> dict[str, str]:
        """The name of each code that is known, in the reader's language."""
        with self._database.connection() as connection:
            rows = connection.execute(_NAMES, {"codes": list(codes)}).fetchall()
        return {row["code"]: in_language(row["name"], language) for row in rows}
