"""What the server was at when its caller was lost: stored or not, it is acknowledged truly and done once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest

from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from tests.faults.core import scenes
from tests.faults.core.ground import (
    EVERYTHING,
    NOTHING,
    Ground,
    assert_answer_is_true,
    assert_chains_hold,
    left,
)
from tests.faults.core.interleaving import Stage, stage
from tests.faults.core.ours import Journal
from tests.faults.core.scenes import Place, because, keys_of
from tests.integration.common.notes import AT
from tests.people import until

pytestmark = pytest.mark.faults

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


@pytest.fixture(scope="module")
def gate(ground: Ground, servers: LocalServers) -> Iterator[Stage]:
    with stage(ground.url, servers.database_url) as made:
        made.build_gate("event")
        yield made


def held(ground: Ground, gate: Stage) -> tuple[Place, int]:
    """A place whose events will wait at the gate, and the ticket that lets them go."""
    ticket = gate.close_gate()
    return replace(ground.place(), run=f"ticket-{ticket}-"), ticket


def begin(ground: Ground, place: Place, *keys: str) -> None:
    """The waits that the commands of a place will end."""
    with ground.log.unit_of_work(because("before")) as unit:
        for key in keys:
            unit.wait_until(AT, scenes.BEGUN, UUID(place.caller), key)


def test_a_command_that_the_server_ended_after_its_process_died_is_answered_by_its_repeat(
    ground: Ground, gate: Stage
) -> None:
    place, ticket = held(ground, gate)
    begin(ground, place, place.run)

    assert ground.crashes.kill("command_in_flight", asdict(place)).killed
    assert left(ground, place.run) == NOTHING
    gate.call(ticket, commits=True)
    until(lambda: left(ground, place.run), lambda there: there != NOTHING)

    assert left(ground, place.run) == EVERYTHING
    again = ground.crashes.finish("command", asdict(place))
    assert again == ground.crashes.finish("command", asdict(place))
    assert left(ground, place.run) == EVERYTHING
    assert_answer_is_true(ground, place.run, again[place.run])


def test_a_repeat_that_comes_while_the_server_is_at_it_waits_and_gets_that_answer(
    ground: Ground, gate: Stage
) -> None:
    place, ticket = held(ground, gate)
    begin(ground, place, place.run)

    assert ground.crashes.kill("command_in_flight", asdict(place)).killed
    with ThreadPoolExecutor(1) as pool:
        repeat = pool.submit(ground.crashes.finish, "command", asdict(place))
        until(lambda: ground.values(WAITING)[0], lambda number: number == 2)
        gate.call(ticket, commits=True)
        again = repeat.result(30)

    assert left(ground, place.run) == EVERYTHING
    assert_answer_is_true(ground, place.run, again[place.run])


def test_of_many_commands_in_flight_those_at_the_server_are_stored_and_the_others_are_not(
    ground: Ground, gate: Stage
) -> None:
    place, ticket = held(ground, gate)
    keys = keys_of(place)
    begin(ground, place, *keys)

    ended = ground.crashes.kill("crowd_in_flight", asdict(place))
    assert (ended.killed, ended.answers) == (True, {})
    gate.call(ticket, commits=True)
    until(gate.held, lambda number: number == 0)
    stored = until(
        lambda: [key for key in keys if left(ground, key) != NOTHING],
        lambda found: len(found) == 2,
    )

    assert all(left(ground, key) == EVERYTHING for key in stored)
    again = ground.crashes.finish("crowd", asdict(place))
    assert set(again) == set(keys)
    for key in keys:
        assert left(ground, key) == EVERYTHING
        assert_answer_is_true(ground, key, again[key])
    assert_chains_hold(ground)


class Wire:
    """Carries a log's connections to the server, until it is cut: the server then does not learn of it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        host = parts.netloc.rpartition("@")[0]
        self.url = urlunsplit(parts._replace(netloc=f"{host}@127.0.0.1:{port}"))
        self._near: list[socket.socket] = []
        self._far: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends all connections that there are, on the near side only."""
        near, self._near = self._near, []
        for each in near:
            each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.close()
        self.cut()
        for each in self._far:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(self._server)
            self._near.append(near)
            self._far.append(far)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            return


@contextmanager
def log_of(url: str) -> Iterator[EventLog]:
    database = Database(url, size=3)
    database.open()
    yield EventLog(database, Keyring(scenes.SEALING_KEY, database))
    database.close()


def store(log: EventLog, key: str, then: Callable[[], None] = lambda: None) -> list[int]:
    journal = Journal.begin(key)
    journal.write(key)
    with log.unit_of_work(because(key)) as unit:
        unit.save(journal)
    then()
    return [saved.position for saved in unit.saved]


ONCE = [(Journal.Begun.TOPIC, 1), (Journal.Written.TOPIC, 2)]


def test_a_lost_connection_makes_nothing_twice_and_hides_no_success(
    ground: Ground, gate: Stage
) -> None:
    """The statement was done and its confirmation lost; sent again, it finds its own events."""
    place, ticket = held(ground, gate)
    with closing(Wire(ground.url)) as wire, log_of(wire.url) as log, ThreadPoolExecutor(1) as pool:
        storing = pool.submit(store, log, place.run)
        until(gate.held, lambda number: number == 1)
        wire.cut()
        until(lambda: ground.values(WAITING)[0], lambda number: number == 2)
        gate.call(ticket, commits=True)
        positions = storing.result(30)

    assert ground.stored(place.run) == ONCE
    sql = "SELECT position FROM event WHERE metadata->>'cause' = %s ORDER BY version"
    assert ground.values(sql, place.run) == positions


def test_a_statement_that_died_with_its_connection_is_sent_again(
    ground: Ground, gate: Stage
) -> None:
    place, ticket = held(ground, gate)
    with log_of(ground.url) as log, ThreadPoolExecutor(1) as pool:
        storing = pool.submit(store, log, place.run)
        until(gate.held, lambda number: number == 1)
        ground.values(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted"
        )
        until(lambda: ground.stored(place.run), lambda stored: not stored)
        gate.call(ticket, commits=True)
        positions = storing.result(30)

    assert ground.stored(place.run) == ONCE
    assert len(set(positions)) == 2
