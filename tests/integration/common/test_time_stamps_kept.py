"""Signed heads get their time stamps beside the growing tree, from an authority over HTTP that comes and goes; the check sees each."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from psycopg.rows import dict_row
from structlog.testing import capture_logs

from panjareh_common.clock import utc_now
from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog
from panjareh_common.following import Lease, follow
from panjareh_common.rounds import Rounds
from panjareh_common.transparency import store, time_stamps
from panjareh_common.transparency.heads import HEAD_TYP, HeadFile, TreeHead
from panjareh_common.transparency.stamping import TimeStamper, TimeStampingAuthority
from panjareh_common.transparency.time_stamps import stamped_at
from panjareh_common.transparency.tree import TreeFollower
from panjareh_common.transparency.verify import Checked, Finding, Kind, LogCheck
from panjareh_sandbox.time_stamps import TimeStamps, server
from tests.integration.common.test_transparency import (
    SERVICE,
    VERIFIER,
    Grown,
    Seconds,
    identity,
    write,
)
from tests.people import until


class Authority:
    """The sandbox's authority at a port of its own, which can be closed and opened."""

    def __init__(self, folder: Path) -> None:
        self.stamps = TimeStamps(folder)
        self.roots = x509.load_pem_x509_certificates(self.stamps.roots.encode())
        self._server = server(self.stamps, 0)
        self.port = self._server.server_address[1]
        self._thread: threading.Thread | None = None
        self._serve()

    def close(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._thread = None

    def open(self) -> None:
        self._server = server(self.stamps, self.port)
        self._serve()

    def _serve(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()


@dataclass
class Stamped:
    """A log with its tree, heads and what stamps them. `patience` is the stamper's own clock."""

    grown: Grown
    stamper: TimeStamper
    patience: Seconds
    authority: Authority
    connection: Connection

    def grow(self) -> None:
        """Some more events, and one head over them."""
        write(self.grown.event_log, 2, random.Random(5))
        self.grown.grow()

    def rows(self) -> list[store.Stamp]:
        found = self.connection.execute(b"SELECT * FROM tree_stamp ORDER BY size").fetchall()
        return [
            store.Stamp(row["size"], row["head"], bytes(row["response"]), row["stamped_at"])
            for row in found
        ]

    def check(self, *, believing: bool = True) -> tuple[list[Finding], Checked]:
        roots = self.authority.roots if believing else ()
        checked = LogCheck(SERVICE, self.connection, VERIFIER, self.grown.lines(), roots)
        return list(checked.findings()), checked.checked

    def change(self, statement: str, *values: object) -> None:
        """As somebody who may do everything with the database."""
        with self.connection.transaction():
            self.connection.execute(b"SET LOCAL session_replication_role = replica")
            self.connection.execute(statement.encode(), values)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    authority = Authority(tmp_path / "tsa")
    yield authority
    authority.close()


@pytest.fixture
def stamped(
    event_log: EventLog, database: Database, database_url: str, tmp_path: Path, authority: Authority
) -> Iterator[Stamped]:
    heads, seconds, patience = HeadFile(tmp_path / "heads", SERVICE), Seconds(), Seconds()
    asked = TimeStampingAuthority(f"http://127.0.0.1:{authority.port}", authority.roots)
    stamper = TimeStamper(database, asked, utc_now, monotonic=patience)
    tree = TreeFollower(identity(), database, heads, monotonic=seconds, offer=stamper.offer)
    grown = Grown(event_log, tree, heads, seconds)
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield Stamped(grown, stamper, patience, authority, connection)


def test_heads_are_stamped_while_the_process_follows(stamped: Stamped, database_url: str) -> None:
    stop = threading.Event()
    tree = stamped.grown.tree
    tree.poll_seconds = (0.01,)
    lease = Lease(database_url, tree.name)
    following = threading.Thread(target=follow, args=(stamped.grown.event_log, tree, lease, stop))
    rounds = Rounds([stamped.stamper.round()], utc_now, name="stamps")
    write(stamped.grown.event_log, 3, random.Random(1))

    following.start()
    rounds.start(stop)
    try:
        [row, *_] = until(stamped.rows, bool)
    finally:
        stop.set()
        following.join(20)
        rounds.join()

    first = stamped.grown.kept()[0]
    assert row.head.encode() == stamped.grown.lines()[0].strip()
    assert row.size == first.size
    assert row.stamped_at == stamped_at(row.response, row.head, stamped.authority.roots)


def test_an_authority_that_is_away_holds_up_no_head_and_stamps_the_newest_when_it_is_back(
    stamped: Stamped,
) -> None:
    stamped.authority.close()
    for _ in range(3):
        stamped.grow()
        with capture_logs() as logs:
            stamped.stamper.stamp_newest(utc_now())
        stamped.patience.now += 11
        assert [each["event"] for each in logs] == ["tree_head_not_stamped"]
    assert (len(stamped.grown.lines()), stamped.rows()) == (3, [])

    stamped.authority.open()
    stamped.stamper.stamp_newest(utc_now())

    [row] = stamped.rows()
    assert row.head.encode() == stamped.grown.lines()[-1].strip()
    assert stamped.check()[0] == []


def test_an_authority_that_is_away_is_not_asked_all_the_time(stamped: Stamped) -> None:
    def tried() -> int:
        with capture_logs() as logs:
            stamped.stamper.stamp_newest(utc_now())
        return len(logs)

    stamped.authority.close()
    stamped.grow()

    assert [tried(), tried()] == [1, 0]
    stamped.patience.now += 10
    assert tried() == 1


def test_a_head_is_stamped_once(stamped: Stamped, database: Database) -> None:
    stamped.grow()
    for _ in range(2):
        stamped.stamper.stamp_newest(utc_now())
    stamped.authority.close()

    # Another process that takes over, and finds the authority gone: it has nothing to ask.
    again = TimeStamper(database, TimeStampingAuthority("http://127.0.0.1:1", ()), utc_now)
    TreeFollower(identity(), database, stamped.grown.heads, offer=again.offer).settle()
    with capture_logs() as logs:
        again.stamp_newest(utc_now())

    assert logs == []
    assert len(stamped.rows()) == 1


def test_a_head_that_was_signed_as_the_process_left_is_stamped_by_the_next(
    stamped: Stamped, database: Database
) -> None:
    stamped.grow()
    assert stamped.rows() == []

    asked = TimeStampingAuthority(
        f"http://127.0.0.1:{stamped.authority.port}", stamped.authority.roots
    )
    again = TimeStamper(database, asked, utc_now)
    TreeFollower(identity(), database, stamped.grown.heads, offer=again.offer).settle()
    again.stamp_newest(utc_now())

    assert [row.head.encode() for row in stamped.rows()] == [stamped.grown.lines()[0].strip()]


def test_a_stamp_by_an_authority_that_is_not_believed_is_not_kept(
    stamped: Stamped, database: Database, tmp_path: Path
) -> None:
    others = TimeStamps(tmp_path / "others")
    believed = x509.load_pem_x509_certificates(others.roots.encode())
    asked = TimeStampingAuthority(f"http://127.0.0.1:{stamped.authority.port}", believed)
    stamper = TimeStamper(database, asked, utc_now)
    stamped.grow()
    stamper.offer(stamped.grown.lines()[0].decode().strip())

    with capture_logs() as logs:
        stamper.stamp_newest(utc_now())

    assert [each["event"] for each in logs] == ["tree_head_not_stamped"]
    assert stamped.rows() == []


def test_the_check_counts_stamps_and_believes_none_without_certificates(stamped: Stamped) -> None:
    for _ in range(3):
        stamped.grow()
        stamped.stamper.stamp_newest(utc_now())

    findings, checked = stamped.check()
    assert (findings, checked.stamps, checked.stamps_fitting) == ([], 3, 3)
    findings, checked = stamped.check(believing=False)
    assert (findings, checked.stamps, checked.stamps_fitting) == ([], 3, 0)


def test_a_changed_stamp_is_found(stamped: Stamped) -> None:
    for _ in range(2):
        stamped.grow()
        stamped.stamper.stamp_newest(utc_now())
    first, second = stamped.rows()
    forged = second.response[:-5] + bytes([second.response[-5] ^ 1]) + second.response[-4:]

    def kinds() -> list[Kind]:
        return [each.kind for each in stamped.check()[0]]

    stamped.change("UPDATE tree_stamp SET response = %s WHERE size = %s", forged, second.size)
    assert kinds() == [Kind.STAMP_NOT_FITTING]
    stamped.change(
        "UPDATE tree_stamp SET response = %s WHERE size = %s", first.response, second.size
    )
    assert kinds() == [Kind.STAMP_NOT_FITTING]


def test_who_makes_log_tree_and_heads_anew_is_found_by_a_stamped_head(stamped: Stamped) -> None:
    """Whoever has the database, the folder of heads and the key cannot have the authority's stamp of last year."""
    stamped.grow()
    head = stamped.grown.kept()[0]
    other = TreeHead(SERVICE, head.size, bytes(32), head.position, head.at)
    signed = identity().sign(other.to_claims(), HEAD_TYP)
    response = stamped.authority.stamps.reply(time_stamps.query(signed).body)
    stamped.change("INSERT INTO tree_stamp VALUES (%s, %s, %s, now())", head.size, signed, response)

    findings, checked = stamped.check()

    assert [each.kind for each in findings] == [Kind.HEAD_NOT_MATCHING]
    assert "the stamped head" in findings[0].what
    assert checked.stamps_fitting == 1


@pytest.mark.parametrize("statement", ["UPDATE tree_stamp SET size = 9", "TRUNCATE tree_stamp"])
def test_stamps_cannot_be_edited(stamped: Stamped, statement: str) -> None:
    stamped.grow()
    stamped.stamper.stamp_newest(utc_now())

    with pytest.raises(psycopg.Error, match="append-only"):
        stamped.connection.execute(statement.encode())
