"""Connections to one service's PostgreSQL, and transactions that survive a restart of the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from panjareh_common.refusals import Unavailable

Connection = psycopg.Connection[dict[str, Any]]

# Raised by the driver when the server is gone, as against when it refuses what it was asked.
CONNECTION_FAULTS = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


class Database:
    """A pool of autocommit connections; a transaction is begun by name.

    `url` is a PostgreSQL URL; `size` the most connections this process may hold.
    """

    def __init__(self, url: str, *, size: int = 16) -> None:
        self._size = size
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=5,
            reconnect_timeout=30,
            kwargs={"autocommit": True, "row_factory": dict_row, "application_name": "panjareh"},
            open=False,
        )

    def open(self) -> None:
        self._pool.open()

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One connection, in autocommit. Raises Unavailable when the server cannot be reached."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except CONNECTION_FAULTS as cause:
            raise Unavailable() from cause

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back on any exception.

        A pooled connection may have died with its server while it lay idle. BEGIN finds that out
        before anything was done, so the next connection is tried; a fault after BEGIN is the
        caller's to know, because the commit may or may not have happened.
        """
        try:
            connection = self._begin()
        except CONNECTION_FAULTS as cause:
            raise Unavailable() from cause
        try:
            try:
                yield connection
            except BaseException:
                if not connection.closed:
                    connection.execute("ROLLBACK")
                raise
            else:
                connection.execute("COMMIT")
        except CONNECTION_FAULTS as cause:
            connection.close()
            raise Unavailable() from cause
        finally:
            self._pool.putconn(connection)

    def _begin(self) -> Connection:
        for _ in range(self._size):
            connection = self._pool.getconn()
            try:
                connection.execute("BEGIN")
                return connection
            except CONNECTION_FAULTS:
                connection.close()
                self._pool.putconn(connection)
        connection = self._pool.getconn()
        try:
            connection.execute("BEGIN")
        except CONNECTION_FAULTS:
            connection.close()
            self._pool.putconn(connection)
            raise
        return connection
