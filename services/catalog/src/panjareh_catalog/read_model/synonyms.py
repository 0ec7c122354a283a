"""What people call things that services call otherwise: rows that searches read (migration 0005)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from panjareh_common.database import Database

_FORGET = "DELETE FROM search_synonym WHERE word = fa_norm(%s)"
_KEEP = """
INSERT INTO search_synonym SELECT fa_norm(%s), fa_norm(means) FROM unnest(%s::text[]) AS means
ON CONFLICT DO NOTHING
"""
_SAID = "SELECT means FROM search_synonym WHERE word = fa_norm(%s) ORDER BY means"


class Synonyms:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, synonyms: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """All of them or none; gives what each word means now, as searches read it."""
        kept = {}
        with self._database.transaction() as connection:
            for word, means in synonyms.items():
                connection.execute(_FORGET, (word,))
                connection.execute(_KEEP, (word, list(means)))
                kept[word] = [row["means"] for row in connection.execute(_SAID, (word,))]
        return kept
