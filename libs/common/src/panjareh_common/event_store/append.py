"""What one commit stores, in one statement and one round trip; and commits that share their way to disk.

Events, inline view rows, inbox and idempotency rows go as parts of one statement in autocommit, so
all of it is stored or none, and no transaction lies open meanwhile (docs/decisions/0002).
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from panjareh_common.database import CONNECTION_FAULTS, Connection, Database
from panjareh_common.refusals import Unavailable

_ORDINALS = 1 << 16
_ROWS = 2_000  # a group that has so many events takes no more
_OFFSET = "(SELECT value FROM log_offset)"
# Grows with the transaction, so everything below the oldest running one is final (docs/decisions/0003).
POSITION = f"((pg_current_xact_id()::text::bigint + {_OFFSET}) << 16)"
"""SQL: where the events of this transaction begin; for rows that are to be read on from, as the log is."""
HORIZON = f"((pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {_OFFSET}) << 16)"
"""SQL: every event at a lower position is final; no other can come before it any more."""

_COLUMNS = "stream, version, position, topic, state, metadata, occurred_at, recorded_at, hash"
_INSERT_ONE = f"""INSERT INTO event ({_COLUMNS})
VALUES (%s, %s, {POSITION} | 1, %s, %s, %s::jsonb, %s, %s, %s) RETURNING position"""
_INSERT_MANY = f"""INSERT INTO event ({_COLUMNS})
SELECT stream, version, {POSITION} | place, topic, state, metadata::jsonb, occurred_at, recorded_at, hash
FROM unnest(%b::uuid[], %b::integer[], %b::text[], %b::bytea[], %b::text[], %b::timestamptz[],
            %b::timestamptz[], %b::bytea[])
     WITH ORDINALITY AS row (stream, version, topic, state, metadata, occurred_at, recorded_at, hash, place)
RETURNING position"""
_HASH = "SELECT position, hash FROM event WHERE stream = %s AND version = %s"

# Another writer was first with a version, a message, a key, or what can be claimed once: look again, and decide again.
_TAKEN = re.compile(r"^(event_p\d+|inbox|idempotency|\w+_claim)$")
_STREAM_VERSION = re.compile(r"\(([0-9a-f-]{36}), (\d+)\)")


class VersionTaken(Exception):
    """Another writer was first; nothing of ours was stored."""


class Row(NamedTuple):
    """One event as it is stored. `metadata` is canonical JSON; the position comes with the commit."""

    stream: UUID
    version: int
    topic: str
    state: bytes
    metadata: str
    occurred_at: datetime
    recorded_at: datetime
    hash: bytes


@dataclass
class Append:
    """All that one command stores.

    `writes` maps a statement to its rows; the statement takes them as one JSON parameter:
    `INSERT INTO view (…) SELECT … FROM jsonb_populate_recordset(NULL::view, %s) ON CONFLICT …`. A
    statement may be sent twice when the server goes away meanwhile, so it must bear that.
    """

    rows: list[Row] = field(default_factory=list)
    writes: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows or self.writes)


def statement(append: Append) -> tuple[str, list[Any]]:
    """The one statement that stores it, and its parameters. It gives the positions of the rows, in order.

    Raises ValueError for more events than a transaction has ordinals.
    """
    rows = append.rows
    if len(rows) >= _ORDINALS:
        raise ValueError("more than 65,535 events in one transaction")
    parameters: list[Any] = (
        list(rows[0]) if len(rows) == 1 else list(map(list, zip(*rows, strict=True)))
    )
    parameters += map(_rows, append.writes.values())
    return _text(min(len(rows), 2), *append.writes), parameters


@lru_cache(maxsize=512)
def _text(rows: int, *writes: str) -> str:
    """The text for none, one or more (2) rows; the same object again, so that nobody hashes it anew."""
    insert = ("SELECT 0 WHERE false", _INSERT_ONE, _INSERT_MANY)[rows]
    if not writes:
        return insert
    parts = [f"write_{number} AS ({sql})" for number, sql in enumerate(writes)]
    if rows:
        parts.insert(0, f"stored AS ({insert})")
        insert = "SELECT position FROM stored"
    return f"WITH {', '.join(parts)} {insert}"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return str(value)


_rows = json.JSONEncoder(default=_plain, ensure_ascii=False).encode


def store(connection: Connection, append: Append) -> list[int]:
    """Stores it inside a transaction that is open already, once for each. Raises VersionTaken."""
    sql, parameters = statement(append)
    try:
        return [row["position"] for row in connection.execute(sql, parameters)]
    except psycopg.errors.UniqueViolation as cause:
        raise _meaning(cause) from cause


class _Ticket:
    """One command waiting for its commit."""

    __slots__ = ("append", "group", "outcome", "told")

    def __init__(self, append: Append) -> None:
        self.append = append
        self.told = threading.Lock()
        self.told.acquire()
        self.group: list[_Ticket] | None = None
        # Until the commit has been confirmed nobody may believe that there was one.
        self.outcome: list[int] | Exception = Unavailable()


class Committer:
    """Commits one statement at a time, or, when commands are waiting already, all of those in one.

    At most `lanes` commits of a process are on their way at once; a command that finds a free one goes
    at once, alone. Who has to wait rides in the next commit together with all who wait (at most
    `most`). Each is acknowledged after its own commit, and each fails alone.
    """

    def __init__(self, database: Database, *, lanes: int = 2, most: int = 64) -> None:
        self._database = database
        self._free = lanes
        self._most = most
        self.waiting: deque[_Ticket] = deque()  # in the order of their coming
        self._lock = threading.Lock()

    def commit(self, append: Append) -> list[int]:
        """The positions of the events. Raises VersionTaken, Unavailable, or the database's own error."""
        with self._lock:
            alone = self._free > 0
            if alone:
                self._free -= 1
            else:
                ticket = _Ticket(append)
                self.waiting.append(ticket)
        if alone:
            try:
                return self._one(append)
            finally:
                self._next()
        ticket.told.acquire()
        if ticket.group is not None:  # we lead the next commit, for all who wait
            try:
                self._many(ticket.group)
            finally:
                self._next()
                for other in ticket.group:
                    if other is not ticket:
                        other.told.release()
        if isinstance(ticket.outcome, Exception):
            raise ticket.outcome
        return ticket.outcome

    def commit_each(self, appends: Sequence[Append]) -> list[list[int] | Exception]:
        """Commits many commands of one caller together; for each its positions, or what refused it."""
        tickets = [_Ticket(append) for append in appends]
        for start in range(0, len(tickets), self._most):
            self._many(tickets[start : start + self._most])
        return [ticket.outcome for ticket in tickets]

    def _next(self) -> None:
        """Hands our lane to the first who waits, with all who wait behind it."""
        with self._lock:
            if not self.waiting:
                self._free += 1
                return
            group = [self.waiting.popleft()]
            rows = len(group[0].append.rows)
            while self.waiting and len(group) < self._most and rows < _ROWS:
                group.append(self.waiting.popleft())
                rows += len(group[-1].append.rows)
        group[0].group = group
        group[0].told.release()

    def _many(self, group: list[_Ticket]) -> None:
        """One commit for a group. Whoever spoils it is taken out, and the others go again without it."""
        group = self._first_of_each_stream(group)
        while len(group) > 1:
            together = _together(group)
            try:
                positions = self._run(together)
            except psycopg.errors.UniqueViolation as cause:
                spoiler = _spoiler(cause, group)
                if spoiler is None:
                    break
                self._alone(spoiler)
                group.remove(spoiler)
            except Exception:
                break  # whoever it was finds out alone
            else:
                for ticket in group:
                    size = len(ticket.append.rows)
                    ticket.outcome, positions = positions[:size], positions[size:]
                return
        for ticket in group:
            self._alone(ticket)

    def _first_of_each_stream(self, group: list[_Ticket]) -> list[_Ticket]:
        """Of two commands on one stream the second would spoil the statement; it goes alone, after the first."""
        seen: set[UUID] = set()
        first: list[_Ticket] = []
        later: list[_Ticket] = []
        for ticket in group:
            streams = {row.stream for row in ticket.append.rows}
            (later if streams & seen else first).append(ticket)
            seen |= streams
        if later:
            self._many(first)
            for ticket in later:
                self._alone(ticket)
            return []
        return first

    def _alone(self, ticket: _Ticket) -> None:
        try:
            ticket.outcome = self._one(ticket.append)
        except Exception as refused:
            ticket.outcome = refused

    def _one(self, append: Append) -> list[int]:
        try:
            return self._run(append)
        except psycopg.errors.UniqueViolation as cause:
            raise _meaning(cause) from cause

    def _run(self, append: Append) -> list[int]:
        sql, parameters = statement(append)
        unsure = False

        def lost() -> None:
            nonlocal unsure
            unsure = True

        try:
            return [row[0] for row in self._database.run(sql, parameters, lost=lost)]
        except psycopg.errors.UniqueViolation:
            if unsure and (positions := self._stored_before(append)):
                return positions
            raise
        except CONNECTION_FAULTS as cause:
            raise Unavailable() from cause

    def _stored_before(self, append: Append) -> list[int]:
        """Positions, where the server stored the first sending and went away before it said so."""
        found = []
        for row in append.rows:
            rows = self._database.run(_HASH, (row.stream, row.version))
            if not rows or bytes(rows[0][1]) != row.hash:
                return []
            found.append(rows[0][0])
        return found


def _together(group: Sequence[_Ticket]) -> Append:
    together = Append()
    for ticket in group:
        together.rows += ticket.append.rows
        for sql, rows in ticket.append.writes.items():
            together.writes.setdefault(sql, []).extend(rows)
    return together


def _spoiler(cause: psycopg.errors.UniqueViolation, group: Sequence[_Ticket]) -> _Ticket | None:
    """Whose event it was that stands there already, where the server says so."""
    named = _STREAM_VERSION.search(cause.diag.message_detail or "")
    if named is None:
        return None
    key = UUID(named[1]), int(named[2])
    for ticket in group:
        if any((row.stream, row.version) == key for row in ticket.append.rows):
            return ticket
    return None


def _meaning(cause: psycopg.errors.UniqueViolation) -> Exception:
    """VersionTaken where a fresh look helps; a view's own rule is its own to explain."""
    return VersionTaken() if _TAKEN.match(cause.diag.table_name or "") else cause
