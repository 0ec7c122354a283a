"""The directory of the exchange: which authority offers which evidence (Q1)."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from psycopg.types.json import Jsonb

from panjareh_common.database import Database
from panjareh_inquiry.domain.refusals import UnknownEvidence
from panjareh_inquiry.domain.values import EvidenceType

_OFFER = """
SELECT evidence_type.name, provider, url, timeout_seconds, schema, asked_with
FROM evidence_type JOIN provider ON provider.code = evidence_type.provider
WHERE evidence_type.name = %s
"""
_PROVIDER = """
INSERT INTO provider (code, name, url, timeout_seconds)
VALUES (%(code)s, %(name)s, %(url)s, %(timeout_seconds)s)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, url = excluded.url, timeout_seconds = excluded.timeout_seconds
"""
_EVIDENCE = """
INSERT INTO evidence_type (name, provider, personal, required_loa, legal_basis, schema, asked_with)
VALUES (%(name)s, %(provider)s, %(personal)s, %(required_loa)s, %(legal_basis)s, %(schema)s, %(asked_with)s)
ON CONFLICT (name) DO UPDATE SET
    provider = excluded.provider, personal = excluded.personal,
    required_loa = excluded.required_loa, legal_basis = excluded.legal_basis,
    schema = excluded.schema, asked_with = excluded.asked_with
"""


class PostgresDirectory:
    """The Directory port in SQL. Addresses may name environment variables, `${…}`, filled when read."""

    def __init__(self, database: Database, environ: Mapping[str, str]) -> None:
        self._database = database
        self._environ = environ

    def offer(self, evidence_type: str) -> EvidenceType:
        with self._database.connection() as connection:
            row = connection.execute(_OFFER, (evidence_type,)).fetchone()
        if row is None:
            raise UnknownEvidence(evidence_type=evidence_type)
        return EvidenceType(
            name=row["name"],
            provider=row["provider"],
            url=Template(row["url"]).substitute(self._environ),
            timeout=float(row["timeout_seconds"]),
            schema=row["schema"],
            asked_with=tuple(row["asked_with"]),
        )

    def connect(self, providers: list[dict[str, Any]]) -> None:
        """Takes providers and what they offer, checked before; all of a file or nothing."""
        with self._database.transaction() as connection:
            for provider in providers:
                connection.execute(_PROVIDER, provider | {"name": Jsonb(provider["name"])})
                for offer in provider["evidence_types"]:
                    row = offer | {
                        "provider": provider["code"],
                        "legal_basis": Jsonb(offer["legal_basis"]),
                        "schema": Jsonb(offer["schema"]),
                    }
                    connection.execute(_EVIDENCE, row)
