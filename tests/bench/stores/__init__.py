"""What stores one event of 400 bytes in one commit, each in its own way; used by B1a and B1b.

Each module has `prepare(ground, name)`, which makes a database and gives its URL, `open_store(url)`,
called in every writer process, and COUNT, the statement that counts what is stored.
"""

from __future__ import annotations

from typing import Any, Protocol

import psycopg

STATE_BYTES = 400

_SETTLE = """
SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') = 'on',
       pg_stat_force_next_flush()
"""


class Store(Protocol):
    in_flight: int
    """How many threads of a process append at a time."""

    def append(self) -> int:
        """Stores one event of a new stream; how many were acknowledged: one, or none of a conflict."""

    def settle(self) -> bool:
        """Whether this session's commits are durable; lets the server count what it did."""


def settled(connection: psycopg.Connection[Any]) -> bool:
    """For `Store.settle`. A session counts its flushes once a second at most, unless told to."""
    cursor = connection.cursor(row_factory=psycopg.rows.tuple_row)
    row = cursor.execute(_SETTLE).fetchone()
    return bool(row and row[0])


def padding(bytes_without: int) -> str:
    """What makes a state of STATE_BYTES out of one that is shorter."""
    return "x" * (STATE_BYTES - bytes_without)
