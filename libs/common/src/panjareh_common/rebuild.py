"""Making a view again: a new table is filled beside the running one, then takes its place.

Commands and followers go on meanwhile. Streams are folded one after another, 16 parts of the log side
by side, each batch in a short transaction with how far it got; then what came later, in the order of
positions; then, under a lock, the little that is left, and the swap (docs/decisions/0013). A rebuild
that was killed goes on where it was.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, cast

import psycopg
import structlog
from eventsourcing.utils import resolve_topic
from psycopg import sql
from psycopg.rows import dict_row, tuple_row
from psycopg.types.json import JsonbDumper

from panjareh_common import logs
from panjareh_common.database import Connection
from panjareh_common.event_store.append import HORIZON
from panjareh_common.event_store.snapshots import code_of
from panjareh_common.following import CannotGoOn
from panjareh_common.projection import (
    PARTS,
    Page,
    Projection,
    Reader,
    ViewTable,
    fold,
    place_of,
    to_events,
)

log = structlog.get_logger(__name__)

_BATCH = 5_000
_TELL_SECONDS = 0.5
_EVERYTHING = str(2**63 - 1)
# Longer than PostgreSQL needs to send an autovacuum away (deadlock_timeout); readers wait behind us.
_LOCK_MILLISECONDS = (100, 300, 1_000, 2_000)
_LOCK_TRIES = 60
_LOCK_PAUSE_SECONDS = 0.5
_OPTIONS = "-c statement_timeout=60s -c idle_in_transaction_session_timeout=10s"

_ALONE = "SELECT pg_try_advisory_lock(hashtextextended('rebuild:' || %s, 0)) AS ours"
_FORM = """
SELECT string_agg(format('%%s %%s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) AS form
FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""
_STANDING = "SELECT part, position FROM rebuild WHERE name = %s AND code = %s"
_STANDING_OF_PART = (
    "SELECT base, stream, folded FROM rebuild WHERE name = %s AND code = %s AND part = %s"
)
_BEGIN = f"""
INSERT INTO rebuild (name, part, code, base, position)
SELECT %(name)s, part, %(code)s, {HORIZON} - 1, {HORIZON} - 1 FROM generate_series(0, {PARTS - 1}) AS part
"""
_STREAMS = """
SELECT NULL, stream, version, position, topic, CASE WHEN topic = ANY(%(reads)s) THEN state END, occurred_at
FROM event_p{part:02d}
WHERE stream > %(stream)s AND (%(whole)s OR position <= %(base)s) AND topic = ANY(%(topics)s)
ORDER BY stream, version LIMIT %(limit)s
"""
_FOLDED = """
UPDATE rebuild SET stream = %(stream)s, folded = %(folded)s, events = events + %(events)s
WHERE name = %(name)s AND part = %(part)s AND code = %(code)s AND stream = %(from)s AND NOT folded
"""
_CAUGHT_UP = """
UPDATE rebuild SET position = reached.position, events = rebuild.events + reached.events
FROM unnest(%(parts)s::integer[], %(positions)s::bigint[], %(events)s::bigint[]) AS reached (part, position, events)
WHERE rebuild.name = %(name)s AND rebuild.part = reached.part
"""
_ADVANCE = """
SELECT sum(rebuild.events)::bigint AS events,
       -- What the server counted last: never, for a young table, so what was folded is the least there is.
       greatest(sum(rebuild.events), max(counted.events))::bigint AS expected
FROM rebuild, (SELECT sum(greatest(reltuples, 0)) AS events FROM pg_inherits JOIN pg_class ON oid = inhrelid
               WHERE inhparent = 'event'::regclass) AS counted
WHERE name = %s
"""
# What LIKE does not take along, and nobody would miss before it is needed.
_TIED = """
SELECT (SELECT count(*) FROM pg_trigger WHERE tgrelid = view.oid)
     + (SELECT count(*) FROM pg_policy WHERE polrelid = view.oid) AS number
FROM pg_class AS view WHERE view.oid = %s::regclass
"""
_OWNER = "SELECT pg_get_userbyid(relowner) AS name FROM pg_class WHERE oid = %s::regclass"
_GRANTS = """
SELECT granted.privilege_type AS privilege, CASE grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(grantee) END AS role
FROM pg_class, aclexplode(relacl) AS granted WHERE oid = %s::regclass AND grantee <> relowner
"""
# The same definition twice is paired in the order in which the indexes were made.
_INDEXES = """
SELECT relname AS name, definition, row_number() OVER (PARTITION BY definition ORDER BY indexrelid) AS place
FROM (SELECT indexrelid, indisprimary || ' ' || indisunique || substring(pg_get_indexdef(indexrelid) FROM ' USING .*')
      AS definition FROM pg_index WHERE indrelid = %s::regclass) AS found
JOIN pg_class ON oid = indexrelid
"""
_HALT_FOLLOWERS = "UPDATE follower SET fence = fence + 1 WHERE name = ANY(%s)"
_MOVE_FOLLOWERS = """
INSERT INTO follower (name, position)
SELECT name, position FROM unnest(%s::text[], %s::bigint[]) AS reached (name, position)
ON CONFLICT (name) DO UPDATE SET position = excluded.position
"""


class RebuildRuns(Exception):
    """Another rebuild of the same view is at work."""


class RebuildStopped(Exception):
    """It could not be brought to its end. What it has done is kept; the same call goes on from there."""


class Advance(NamedTuple):
    """How far a rebuild has come: events folded, of about so many in the log."""

    events: int
    expected: int


def rebuild(
    database_url: str,
    projection: Projection,
    *,
    workers: int = 1,
    batch: int = _BATCH,
    tell: Callable[[Advance], None] = lambda _: None,
) -> int:
    """Makes the table of a projection again; gives how many rows it has then.

    `database_url` names the owner of the table. Where there are more than one, `workers` are processes;
    each commits after about `batch` events. Raises RebuildRuns, RebuildStopped, CannotGoOn for a log
    with a gap, and psycopg's errors, InsufficientPrivilege among them.
    """
    with _connection(database_url, projection) as connection:
        if not _one(connection, _ALONE, (projection.name,))["ours"]:
            raise RebuildRuns(projection.name)
        work = Work(database_url, projection, _begin(connection, projection), batch)

        def told() -> None:
            tell(Advance(**_one(connection, _ADVANCE, (projection.name,))))

        if workers == 1:
            _fold_streams(work, range(PARTS), told)
        else:
            _fold_side_by_side(work, workers, told)
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(next_of(projection))))
        _finish(connection, work, told)
        count = sql.SQL("SELECT count(*) AS rows FROM {}")
        return int(_one(connection, count.format(sql.Identifier(projection.table)))["rows"])


class Work(NamedTuple):
    """What a worker has to know; it is sent to another process."""

    database_url: str
    projection: Projection
    code: bytes
    batch: int


def next_of(projection: Projection) -> str:
    """The table that is filled beside the running one."""
    return f"{projection.table}_next"


@contextmanager
def _connection(database_url: str, projection: Projection) -> Iterator[Connection]:
    with psycopg.connect(
        database_url,
        autocommit=True,
        row_factory=dict_row,
        options=_OPTIONS,
        application_name=f"panjareh rebuild {projection.name}",
    ) as connection:
        connection.adapters.register_dumper(dict, JsonbDumper)
        yield connection


def _one(
    connection: Connection, query: str | sql.Composed, parameters: Sequence[Any] = ()
) -> dict[str, Any]:
    row = connection.execute(cast(Any, query), parameters).fetchone()
    assert row is not None
    return row


# The beginning


def _begin(connection: Connection, projection: Projection) -> bytes:
    """Makes the new table, or finds the one that a killed rebuild has left; gives what marks it as ours."""
    name, running, new = projection.name, projection.table, next_of(projection)
    code = _code(connection, projection)
    if connection.execute(_STANDING, (name, code)).fetchone():
        log.info("rebuild_goes_on", view=running)
        return code
    if _one(connection, _TIED, (running,))["number"]:
        raise CannotGoOn(f"{running} has triggers or policies, which a new table would not have")
    with connection.transaction():
        table, made = sql.Identifier(running), sql.Identifier(new)
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(made))
        connection.execute("DELETE FROM rebuild WHERE name = %s", (name,))
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(made, table))
        connection.execute(_BEGIN, {"name": name, "code": code})
    return code


def _code(connection: Connection, projection: Projection) -> bytes:
    """A fingerprint of what folds, and of the form of the table: what another one has begun is not gone on with."""
    form = _one(connection, _FORM, (projection.table,))["form"]
    indexes = sorted(_indexes(connection, projection.table))
    code = hashlib.sha256(f"{form} {indexes}".encode())
    for kind in (type(projection), *map(resolve_topic, projection.topics)):
        code.update(code_of(kind))
    return code.digest()


# Streams, one after another


def _fold_streams(work: Work, parts: Iterable[int], told: Callable[[], None]) -> None:
    with _connection(work.database_url, work.projection) as connection:
        table = ViewTable(connection, work.projection, next_of(work.projection))
        for part in parts:
            while _fold_some(work, connection, table, part):
                told()


def _fold_some(work: Work, connection: Connection, table: ViewTable, part: int) -> bool:
    """Folds the next streams of a part, whole ones; False when there was nothing left to do."""
    projection = work.projection
    standing = connection.execute(_STANDING_OF_PART, (projection.name, work.code, part)).fetchone()
    if standing is None:
        raise RebuildRuns(projection.name)  # a later one has begun afresh, or come to its end
    if standing["folded"]:
        return False
    rows, folded = _next_streams(work, connection, part, standing)
    made = fold(projection, {}, {}, to_events(rows))
    with connection.transaction():
        moved = connection.execute(
            _FOLDED,
            {
                "name": projection.name,
                "part": part,
                "code": work.code,
                "from": standing["stream"],
                "stream": rows[-1][1] if rows else standing["stream"],
                "folded": folded,
                "events": len(rows),
            },
        )
        # Nothing has moved where the worker of a rebuild that was killed was still about.
        if moved.rowcount and projection.version is None:
            table.store(connection, made.values())
        elif moved.rowcount:
            table.copy(connection, made.values())
    return True


def _next_streams(
    work: Work, connection: Connection, part: int, standing: dict[str, Any]
) -> tuple[list[tuple[Any, ...]], bool]:
    """The events of some whole streams, and whether they are the last of the part."""
    wanted = {
        "reads": list(work.projection.reads),
        "topics": list(work.projection.topics),
        "stream": standing["stream"],
        "base": standing["base"],
        # Rows say by their version what is in them; sums are to have in them what is final, and no more.
        "whole": work.projection.version is not None,
        "limit": work.batch,
    }
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        while True:
            rows = cursor.execute(_STREAMS.format(part=part), wanted).fetchall()
            if len(rows) < wanted["limit"]:
                return rows, True
            last = rows[-1][1]  # it may go on behind the batch
            whole = [row for row in rows if row[1] != last]
            if whole:
                return whole, False
            wanted["limit"] *= 2


def _fold_side_by_side(work: Work, workers: int, told: Callable[[], None]) -> None:
    # Not forked: a process that has connections and threads must not be.
    context = multiprocessing.get_context("spawn")
    processes: list[BaseProcess] = [
        context.Process(target=_worker, args=(work, range(share, PARTS, workers)), daemon=True)
        for share in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        for process in processes:
            while process.is_alive():
                process.join(_TELL_SECONDS)
                told()
    finally:
        for process in processes:
            process.terminate()
            process.join()
    failed = sum(process.exitcode != 0 for process in processes)
    if failed:
        raise RebuildStopped(f"{failed} of {workers} workers failed")


def _worker(work: Work, parts: range) -> None:
    logs.set_up(work.projection.name.partition(".")[0])
    parent = multiprocessing.parent_process()
    assert parent is not None

    def stop_without_parent() -> None:
        if not parent.is_alive():
            sys.exit("the rebuild that this worker belongs to is gone")

    try:
        _fold_streams(work, parts, stop_without_parent)
    except Exception:
        log.exception("rebuild_worker_failed", view=work.projection.table)
        sys.exit(1)


# What came later, and the end


def _finish(connection: Connection, work: Work, told: Callable[[], None]) -> None:
    projection = work.projection
    table = ViewTable(connection, projection, next_of(projection))
    later = Reader(projection, range(PARTS), below=HORIZON)
    pause = threading.Event()
    for attempt in range(_LOCK_TRIES):
        _catch_up(connection, work, table, later)
        told()
        try:
            _swap(connection, work, table, _LOCK_MILLISECONDS[min(attempt, 3)])
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            pause.wait(_LOCK_PAUSE_SECONDS)
        else:
            return
    raise RebuildStopped(f"{projection.table} was in use all the time")


def _catch_up(
    connection: Connection, work: Work, table: ViewTable, reader: Reader
) -> dict[int, int]:
    """Folds what a reader finds after where each part stands; gives where they stand then."""
    rows = connection.execute(_STANDING, (work.projection.name, work.code)).fetchall()
    positions = {row["part"]: row["position"] for row in rows}
    more = True
    while more:
        page = reader.read(connection, positions, max(1, work.batch // PARTS))
        more = bool(page.more)
        if page.events:
            with connection.transaction():
                table.take(connection, page.events)
                _move(connection, work, page)
            positions |= page.last
    return positions


def _move(connection: Connection, work: Work, page: Page) -> None:
    reached = {
        "name": work.projection.name,
        "parts": list(page.last),
        "positions": list(page.last.values()),
        "events": [page.counts[part] for part in page.last],
    }
    connection.execute(_CAUGHT_UP, reached)


def _swap(connection: Connection, work: Work, table: ViewTable, milliseconds: int) -> None:
    """The new table takes the place of the running one, in one short transaction.

    Under the lock every command that has written a row has committed it with its events, so all that
    is not yet folded can be seen. One that has stored events and not its rows waits for the lock; its
    statement is planned again by the table's name, so it writes its rows to the new table.
    """
    projection = work.projection
    places = {place_of(projection, part): part for part in range(PARTS)}
    running, new = sql.Identifier(projection.table), sql.Identifier(next_of(projection))
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = {milliseconds}")
        # In the order in which a follower's step takes them.
        connection.execute(_HALT_FOLLOWERS, (list(places),))
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(running))
        final = _catch_up(connection, work, table, Reader(projection, range(PARTS), below=HORIZON))
        if projection.version is not None:
            # Sums are of final events only: nothing else says which events a sum has in it.
            everything = Reader(projection, range(PARTS), below=_EVERYTHING)
            _catch_up(connection, work, table, everything)
        if _code(connection, projection) != work.code:
            raise RebuildStopped(f"the form of {projection.table} was changed meanwhile")
        positions = [final[part] for part in places.values()]
        connection.execute(_MOVE_FOLLOWERS, (list(places), positions))
        connection.execute("DELETE FROM rebuild WHERE name = %s", (projection.name,))
        _give_rights(connection, projection.table, new)
        names = _indexes(connection, projection.table)
        made = _indexes(connection, next_of(projection))
        connection.execute(sql.SQL("DROP TABLE {}").format(running))
        connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, running))
        for index, name in made.items():
            rename = sql.SQL("ALTER INDEX {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(name), sql.Identifier(names[index])))


def _indexes(connection: Connection, table: str) -> dict[tuple[str, int], str]:
    """The names of a table's indexes, by what they are."""
    rows = connection.execute(_INDEXES, (table,)).fetchall()
    return {(row["definition"], row["place"]): row["name"] for row in rows}


def _give_rights(connection: Connection, running: str, made: sql.Identifier) -> None:
    """The owner and the rights of the running table, to the new one."""
    owner = sql.Identifier(_one(connection, _OWNER, (running,))["name"])
    connection.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(made, owner))
    for grant in connection.execute(_GRANTS, (running,)).fetchall():
        role = sql.Identifier(grant["role"]) if grant["role"] else sql.SQL("PUBLIC")
        give = sql.SQL("GRANT {} ON {} TO {}")
        connection.execute(give.format(sql.SQL(grant["privilege"]), made, role))
