"""Connections to one service's PostgreSQL, and transactions that survive a restart of the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from panjareh_common.health import HEALTH
from panjareh_common.refusals import Unavailable

Connection = psycopg.Connection[dict[str, Any]]


class _Pooled(psycopg.Connection[dict[str, Any]]):
    """A connection with one cursor for all its single statements: making one costs a tenth of an append."""

    @cached_property
    def statements(self) -> psycopg.Cursor[tuple[Any, ...]]:
        return self.cursor(row_factory=tuple_row)


# Raised by the driver when the server is gone, as against when it refuses what it was asked.
CONNECTION_FAULTS = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


def wait_for_database(url: str) -> None:
    """Returns when the server takes connections, however long that is; who starts says what it waits for.

    A server that takes them and refuses ours (a wrong password, no such database) is not waited for.
    """
    pause = threading.Event()
    # The driver's ping stops every thread while it waits for an answer.
    conninfo = make_conninfo(url, connect_timeout=2).encode()
    with HEALTH.waits_for("the database") as still:
        while PGconn.ping(conninfo) != Ping.OK:
            still()
            pause.wait(0.2)


class Database:
    """A pool of autocommit connections; a transaction is begun by name.

    `url` is a PostgreSQL URL; `size` the most connections this process may hold.
    """

    def __init__(self, url: str, *, size: int = 16) -> None:
        self._size = size
        self._pool: ConnectionPool[_Pooled] = ConnectionPool(
            url,
            connection_class=_Pooled,
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

    def run(
        self,
        statement: str,
        parameters: Sequence[Any] | Mapping[str, Any] = (),
        *,
        lost: Callable[[], None] = lambda: None,
        seconds: float | None = None,
    ) -> list[tuple[Any, ...]]:
        """One prepared statement in one round trip, committed when this returns; its rows.

        A pooled connection may have died with its server, so a statement whose connection breaks is sent
        again on the next one; `lost` is called first, as it may have been done already. `seconds`: how
        long a connection is waited for, when not as long as ever. Raises the driver's own errors.
        """
        for left in range(self._size, -1, -1):
            connection = self._pool.getconn(seconds)
            try:
                return connection.statements.execute(statement, parameters, prepare=True).fetchall()
            except CONNECTION_FAULTS:
                if not (connection.broken and left):
                    raise
                lost()
            finally:
                self._pool.putconn(connection)
        raise AssertionError("the last try returns or raises")

    def fetch(
        self,
        query: str,
        parameters: Sequence[Any] | Mapping[str, Any] = (),
        *,
        seconds: float | None = None,
    ) -> list[tuple[Any, ...]]:
        """The rows of one statement. Raises Unavailable when the server cannot be reached."""
        try:
            return self.run(query, parameters, seconds=seconds)
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

    def _begin(self) -> _Pooled:
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
