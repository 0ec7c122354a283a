"""Our own copy of what the exchange offers, kept from inquiry's events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panjareh_catalog.domain.known import OfferedEvidence
from panjareh_common.event_store import UnitOfWork
from panjareh_common.messaging import Message

WITHDRAWN = "evidence_type_withdrawn.v1"

_COLUMNS = """
name, sequence, withdrawn, provider, authority, titles, synonyms, facts, personal, required_loa,
legal_basis, told_at
"""
# Messages of one type that are handled side by side share a commit: the newest of them counts.
_KEEP = f"""
INSERT INTO evidence_type ({_COLUMNS})
SELECT DISTINCT ON (name) {_COLUMNS} FROM jsonb_populate_recordset(NULL::evidence_type, %s)
ORDER BY name, sequence DESC
ON CONFLICT (name) DO UPDATE SET
    sequence = excluded.sequence, withdrawn = excluded.withdrawn, provider = excluded.provider,
    authority = excluded.authority, titles = excluded.titles, synonyms = excluded.synonyms,
    facts = excluded.facts, personal = excluded.personal, required_loa = excluded.required_loa,
    legal_basis = excluded.legal_basis, told_at = excluded.told_at
WHERE evidence_type.sequence < excluded.sequence
"""
_OFFERED = """
SELECT name, authority, titles, synonyms, facts FROM evidence_type WHERE NOT withdrawn ORDER BY name
"""


class PostgresEvidenceTypes:
    """The EvidenceTypes port in SQL."""

    def keep(self, unit: UnitOfWork, message: Message) -> None:
        unit.write(_KEEP, heard(message))

    def offered(self, unit: UnitOfWork) -> dict[str, OfferedEvidence]:
        return {row["name"]: _evidence(row) for row in unit.fetch(_OFFERED)}


def heard(message: Message) -> dict[str, Any]:
    """The row of a message; events may come in any order, so it says which one it is of."""
    data = message.data
    row = {
        "name": data["name"],
        "sequence": message.sequence,
        "withdrawn": message.type == WITHDRAWN,
        "told_at": message.time,
    }
    if row["withdrawn"]:
        return row
    told = ("provider", "authority", "titles", "facts", "personal", "required_loa", "legal_basis")
    return row | {name: data[name] for name in told} | {"synonyms": data.get("synonyms", {})}


def _evidence(row: Mapping[str, Any]) -> OfferedEvidence:
    return OfferedEvidence(
        type=row["name"],
        authority=row["authority"],
        titles=row["titles"],
        facts={fact["name"]: fact["title"] for fact in row["facts"]},
        synonyms=tuple(word for words in row["synonyms"].values() for word in words),
    )
