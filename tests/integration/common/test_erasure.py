"""A person is forgotten in every process that hears of it, and again after a restore."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import amqp
import psycopg
import pytest
from kombu import Connection

from panjareh_common.database import Database
from panjareh_common.erasure import Erasures, LedgerFile
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.sealing import PersonErased
from panjareh_common.messaging import Message
from panjareh_common.messaging.live import LiveListener
from panjareh_common.messaging.rabbit import RabbitBroker, connect
from panjareh_common.messaging.topology import EVENTS, PERSON_ERASED, declare
from panjareh_common.migrations.run import migrate_database
from panjareh_common.rpc.client import RpcClient
from panjareh_common.security.transport import Transport
from tests.integration.common.hearing import SERVICE, Hearing, event
from tests.integration.common.notes import AT, BECAUSE, Note
from tests.people import until


def erased(person_id: UUID) -> Message:
    return Message(f"{person_id}:9", "identity", PERSON_ERASED, str(person_id), AT, 9)


# In one process


class Process:
    """What one process of a service holds in memory, over the service's database and ledger."""

    def __init__(self, database: Database, folder: Path, amqp_url: str) -> None:
        self.log = EventLog(database, Keyring(b"k" * 32, database))
        self.ledger = LedgerFile(folder, "tests")
        self.erasures = Erasures(self.log, self.ledger)
        self.live = LiveListener(amqp_url, PERSON_ERASED, handle=self.erasures.hear)

    def write(self, owner: UUID) -> UUID:
        note = Note.open(owner, secret="a secret")
        with self.log.unit_of_work(BECAUSE) as unit:
            unit.save(note)
        return note.id

    def read(self, note: UUID) -> str | None:
        with self.log.unit_of_work(BECAUSE) as unit:
            return unit.load(Note, note).secret


@pytest.fixture
def make_process(database: Database, amqp_url: str, tmp_path: Path) -> Callable[[], Process]:
    with connect(amqp_url) as connection:  # as `migrate` does; else it depends on who ran before
        declare(connection, SERVICE, [])
    return lambda: Process(database, tmp_path, amqp_url)


def test_an_erased_person_cannot_be_read_and_gets_nothing_new(
    make_process: Callable[[], Process],
) -> None:
    process, owner = make_process(), uuid4()
    note = process.write(owner)

    process.erasures.erase(owner)
    process.erasures.erase(owner)

    assert process.read(note) is None
    with pytest.raises(PersonErased):
        process.write(owner)
    assert process.ledger.ids() == [owner]


def test_a_process_that_has_the_key_in_memory_drops_it_when_it_hears(
    make_process: Callable[[], Process], amqp_url: str
) -> None:
    here, there = make_process(), make_process()
    owner = uuid4()
    note = here.write(owner)
    assert there.read(note) == "a secret"
    here.erasures.erase(owner)
    assert there.read(note) == "a secret", "it cannot know"

    there.live.open()
    assert there.live.wait_until_open(20)
    broker = RabbitBroker(amqp_url)
    broker.publish([erased(owner)])
    broker.close()

    until(lambda: there.read(note), lambda secret: secret is None)
    there.live.close()


def test_a_listener_outlives_a_fault_and_what_is_no_event(amqp_url: str) -> None:
    type_, heard = f"shouted_{secrets.token_hex(4)}.v1", []

    def handle(message: Message) -> None:
        heard.append(message.id)
        if len(heard) == 1:
            raise RuntimeError("cannot digest this")

    live = LiveListener(amqp_url, type_, handle=handle)
    live.open()
    assert live.wait_until_open(20)
    broker = RabbitBroker(amqp_url)
    first, second = event(1, type_), event(2, type_)

    broker.publish([first])
    with Connection(amqp_url) as connection:
        junk = amqp.Message(b"{", content_type="text/plain")
        connection.default_channel.basic_publish(junk, EVENTS.name, type_)
    broker.publish([second])

    until(lambda: heard, lambda ids: ids == [first.id, second.id])
    live.close()
    broker.close()


# In the processes of a service


@pytest.fixture
def hearing(amqp_url: str, database_url: str, tmp_path: Path) -> Iterator[Hearing]:
    migrate_database(database_url, SERVICE, urlsplit(database_url).username or "")
    service = Hearing(amqp_url, database_url, tmp_path)
    service.start()
    service.start()
    service.take_dead()
    yield service
    service.stop()


@pytest.fixture
def client(hearing: Hearing) -> Iterator[RpcClient]:
    client = RpcClient(hearing.amqp_url, Transport({SERVICE: hearing.transport_key})).open()
    yield client
    client.close()


def test_every_process_of_a_service_forgets_and_the_service_notes_it_once(
    hearing: Hearing, client: RpcClient, event_log: EventLog
) -> None:
    note = Note.open(uuid4(), secret="a secret")
    own = EventLog(event_log.database, Keyring(hearing.sealing_key, event_log.database))
    with own.unit_of_work(BECAUSE) as unit:
        unit.save(note)

    def look() -> dict[int, Any]:
        """What each of the two processes reads, when both have been asked."""
        found: dict[int, Any] = {}
        until(
            lambda: found.update([_read(client, hearing, note.id)]) or found,
            lambda seen: len(seen) == 2,
        )
        return found

    assert set(look().values()) == {"a secret"}

    hearing.publish(erased(note.owner))

    until(look, lambda seen: set(seen.values()) == {None})
    noted = (hearing.erasures / f"{SERVICE}.erased").read_text().splitlines()
    assert noted.count(str(note.owner)) == 1  # and whom earlier tests have had erased
    assert hearing.take_dead() == []


def _read(client: RpcClient, hearing: Hearing, note: UUID) -> tuple[int, Any]:
    answer = client.call(SERVICE, "read", hearing.request({"note": str(note)}))
    return answer["process"], answer["secret"]


def test_a_message_about_an_erased_person_is_done_with(
    hearing: Hearing, event_log: EventLog
) -> None:
    owner = uuid4()
    hearing.publish(erased(owner))
    until(lambda: key_of(event_log.database, owner), bool)
    message = event(1, owner=str(owner))

    hearing.publish(message)

    until(lambda: hearing.log("message_about_an_erased_person"), bool)
    assert hearing.take_dead() == []
    assert hearing.log("message_not_digested") == 0


def key_of(database: Database, person_id: UUID) -> dict[str, Any] | None:
    with database.connection() as connection:
        return connection.execute(
            "SELECT wrapped, erased_at FROM person_key WHERE person_id = %s", (person_id,)
        ).fetchone()


# After a restore


@pytest.fixture
def feedback(
    feedback_database_url: str, amqp_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A database of feedback, and what its migration is told."""
    monkeypatch.delenv("PANJAREH_DATABASE_URL", raising=False)
    monkeypatch.setenv("PANJAREH_FEEDBACK_DATABASE_URL", feedback_database_url)
    monkeypatch.setenv("PANJAREH_AMQP_URL", amqp_url)
    monkeypatch.setenv("PANJAREH_ERASURES_DIR", str(tmp_path))
    return feedback_database_url


def test_whom_an_older_copy_brings_back_is_erased_again(
    feedback: str, amqp_url: str, tmp_path: Path
) -> None:
    from panjareh_feedback.entrypoints import migrate

    database = Database(feedback)
    database.open()
    process = Process(database, tmp_path, amqp_url)
    back, never, stays = uuid4(), uuid4(), uuid4()
    note, other = process.write(back), process.write(stays)
    ledger = LedgerFile(tmp_path, "feedback")
    for person_id in (back, never):
        ledger.add(person_id)

    migrate.main([])

    restarted = Process(database, tmp_path, amqp_url)
    assert restarted.read(note) is None
    assert restarted.read(other) == "a secret"
    with pytest.raises(PersonErased):
        restarted.write(never)
    before = [key_of(database, person_id) for person_id in (back, never)]
    migrate.main([])
    assert [key_of(database, person_id) for person_id in (back, never)] == before
    database.close()


def test_a_ledger_that_cannot_be_read_stops_the_migration(feedback: str, tmp_path: Path) -> None:
    from panjareh_common.erasure import LedgerUnreadable
    from panjareh_feedback.entrypoints import migrate

    (tmp_path / "feedback.erased").write_text("somebody\n")

    with pytest.raises(LedgerUnreadable):
        migrate.main([])


def test_a_service_may_have_more_to_forget_and_does_it_before_the_key_goes(
    feedback: str, tmp_path: Path
) -> None:
    from panjareh_common.migrations.run import migrate

    person_id = uuid4()
    LedgerFile(tmp_path, "feedback").add(person_id)
    asked: list[list[UUID]] = []

    def dies(person_ids: Any) -> None:
        asked.append(list(person_ids))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate("feedback", (), forget=dies)
    migrate("feedback", (), forget=lambda person_ids: asked.append(list(person_ids)))
    migrate("feedback", (), forget=lambda person_ids: asked.append(list(person_ids)))

    assert asked == [[person_id], [person_id]]
    with psycopg.connect(feedback) as connection:
        found = connection.execute("SELECT person_id, wrapped FROM person_key").fetchall()
    assert found == [(person_id, None)]
