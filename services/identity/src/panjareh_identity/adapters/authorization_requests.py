"""The AskingRows port in SQL, and what clients have proved themselves with once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from panjareh_common.database import Database
from panjareh_identity.application.authorization_requests import AskingRow

_ADD = """
INSERT INTO authorization_request
    (id_hash, pushed, client_id, browser_hash, content, answered, asked_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_COLUMNS = "pushed, client_id, browser_hash, content, answered, asked_at"
_TAKE = f"""
DELETE FROM authorization_request WHERE id_hash = %s AND expires_at > %s RETURNING {_COLUMNS}
"""
_FIND = f"SELECT {_COLUMNS} FROM authorization_request WHERE id_hash = %s AND expires_at > %s"
_ANSWER = """
UPDATE authorization_request SET answered = array_append(answered, %s) WHERE id_hash = %s
"""
_ASSERTED = """
INSERT INTO client_assertion (jti_hash, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""
_SWEEPS = (
    "DELETE FROM authorization_request WHERE expires_at < %s",
    "DELETE FROM client_assertion WHERE expires_at < %s",
    # Half a day longer than anything made of them: a reuse is to be recognised until then.
    "DELETE FROM client_grant WHERE expires_at < %s::timestamptz - interval '12 hours'",
)


class PostgresAskings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, id_hash: bytes, row: AskingRow, expires_at: datetime) -> None:
        kept = (
            row.pushed,
            row.client_id,
            row.browser_hash,
            row.content,
            list(row.answered),
            row.asked_at,
        )
        with self._database.connection() as connection:
            connection.execute(_ADD, (id_hash, *kept, expires_at))

    def take(self, id_hash: bytes, now: datetime) -> AskingRow | None:
        with self._database.connection() as connection:
            return _row(connection.execute(_TAKE, (id_hash, now)).fetchone())

    def find(self, id_hash: bytes, now: datetime) -> AskingRow | None:
        with self._database.connection() as connection:
            return _row(connection.execute(_FIND, (id_hash, now)).fetchone())

    def answer(self, id_hash: bytes, answered: str) -> None:
        with self._database.connection() as connection:
            connection.execute(_ANSWER, (answered, id_hash))

    def asserted(self, jti_hash: bytes, expires_at: datetime) -> bool:
        """Keeps what a client proved itself with; False when it came before."""
        with self._database.connection() as connection:
            return connection.execute(_ASSERTED, (jti_hash, expires_at)).rowcount == 1

    def sweep(self, now: datetime) -> None:
        """Removes what has run out."""
        with self._database.connection() as connection:
            for statement in _SWEEPS:
                connection.execute(statement, (now,))


def _row(row: Mapping[str, Any] | None) -> AskingRow | None:
    if row is None:
        return None
    browser = row["browser_hash"]
    return AskingRow(
        **{
            **row,
            "content": bytes(row["content"]),
            "answered": tuple(row["answered"]),
            "browser_hash": bytes(browser) if browser is not None else None,
        }
    )
