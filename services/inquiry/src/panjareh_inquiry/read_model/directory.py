"""The directory of the exchange: which authority offers which evidence, and how it is asked for (Q1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_inquiry.domain.refusals import UnknownEvidence
from panjareh_inquiry.domain.values import Offer

_OFFER = """
SELECT evidence_type.name, provider, url, timeout_seconds, schema, asked_with,
       withdrawn_at IS NOT NULL AS withdrawn
FROM evidence_type JOIN provider ON provider.code = evidence_type.provider
WHERE evidence_type.name = %s
"""
_CONNECTED = """
SELECT evidence_type.name, provider, authority, title, synonyms, personal, required_loa, legal_basis, schema
FROM evidence_type JOIN provider ON provider.code = evidence_type.provider
WHERE evidence_type.name = %s AND withdrawn_at IS NULL
"""
_PROVIDER = """
INSERT INTO provider (code, name, url, timeout_seconds, authority)
SELECT code, name, url, timeout_seconds, authority FROM jsonb_populate_recordset(NULL::provider, %s)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, url = excluded.url, timeout_seconds = excluded.timeout_seconds,
    authority = excluded.authority
"""
_EVIDENCE = """
INSERT INTO evidence_type
    (name, provider, personal, required_loa, legal_basis, schema, asked_with, title, synonyms)
SELECT name, provider, personal, required_loa, legal_basis, schema, asked_with, title, synonyms
FROM jsonb_populate_recordset(NULL::evidence_type, %s)
ON CONFLICT (name) DO UPDATE SET
    provider = excluded.provider, personal = excluded.personal,
    required_loa = excluded.required_loa, legal_basis = excluded.legal_basis,
    schema = excluded.schema, asked_with = excluded.asked_with,
    title = excluded.title, synonyms = excluded.synonyms, withdrawn_at = NULL
"""
_WITHDRAW = """
UPDATE evidence_type SET withdrawn_at = gone.withdrawn_at
FROM jsonb_populate_recordset(NULL::evidence_type, %s) AS gone
WHERE evidence_type.name = gone.name AND evidence_type.withdrawn_at IS NULL
"""


class PostgresDirectory:
    """The Directory port in SQL. Addresses may name environment variables, `${…}`, filled when read."""

    def __init__(self, database: Database, environ: Mapping[str, str]) -> None:
        self._database = database
        self._environ = environ

    def offer(self, evidence_type: str) -> Offer:
        with self._database.connection() as connection:
            row = connection.execute(_OFFER, (evidence_type,)).fetchone()
        if row is None:
            raise UnknownEvidence(evidence_type=evidence_type)
        return Offer(
            name=row["name"],
            provider=row["provider"],
            url=Template(row["url"]).substitute(self._environ),
            timeout=float(row["timeout_seconds"]),
            schema=row["schema"],
            asked_with=tuple(row["asked_with"]),
            withdrawn=row["withdrawn"],
        )

    def keep(self, unit: UnitOfWork, providers: Sequence[Mapping[str, Any]]) -> None:
        for provider in providers:
            row = {name: value for name, value in provider.items() if name != "evidence_types"}
            unit.write(_PROVIDER, row)
            for offered in provider["evidence_types"]:
                unit.write(_EVIDENCE, {**offered, "provider": provider["code"]})

    def withdraw(self, unit: UnitOfWork, evidence_type: str) -> None:
        unit.write(_WITHDRAW, {"name": evidence_type, "withdrawn_at": unit.now})

    def connected(self, unit: UnitOfWork, evidence_type: str) -> Mapping[str, Any] | None:
        rows = unit.fetch(_CONNECTED, (evidence_type,))
        return rows[0] if rows else None
