"""Events that older releases have stored, and those of today, in one log: every reader sees them as of today."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog, Keyring, RecordedEvent
from panjareh_common.following import Follower, catch_up
from panjareh_common.projection import Event, Projection, ProjectionFollower, Row, topics_of
from panjareh_common.rebuild import rebuild
from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.transparency.verify import LogCheck
from tests.integration.common.letters import Letter
from tests.integration.common.notes import BECAUSE

ROOT = Path(__file__).parents[3]


class LettersView(Projection):
    name = "test.letters"
    table = "letters"
    topics = topics_of(Letter)
    reads = (Letter.Posted.TOPIC,)
    version = "version"

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        for each in events:
            row = rows.setdefault(each.stream, {"stream": each.stream})
            row["version"] = each.version
            if each.topic == Letter.Posted.TOPIC:
                row |= {name: each.fields[name] for name in ("receiver", "channel")}


class Reading(Follower):
    name = "test.reading"
    topics = topics_of(Letter)

    def __init__(self) -> None:
        self.letters: dict[UUID, Any] = {}

    def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        for each in events:
            self.letters[each.stream] = each.event.mutate(self.letters.get(each.stream))


class Post:
    """A log with letters of three releases, each answered in its own release and in today's."""

    def __init__(self, database_url: str, database: Database) -> None:
        self.url = database_url
        self.log = EventLog(database, Keyring(bytes(32), database), snapshot_every=3)
        self.sender = uuid4()
        today = Letter.post(self.sender, "the office", "web", "text of release 3")
        today.answer("answer of release 3")
        with self.log.unit_of_work(BECAUSE) as unit:
            unit.save(today)
        self.letters = {1: self._of(1), 2: self._of(2), 3: today.id}
        for stream in self.letters.values():
            with self.log.unit_of_work(BECAUSE) as unit:
                letter = unit.load(Letter, stream)
                letter.answer("answer of today")
                unit.save(letter)

    def _of(self, release: int) -> UUID:
        module = "tests.integration.common.letters_before"
        written = subprocess.run(
            [sys.executable, "-m", module, str(release), self.url, str(self.sender)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return UUID(written.stdout.strip())

    def expected(self, *, erased: bool = False) -> dict[UUID, tuple[Any, ...]]:
        """Receiver, channel, texts and version of each letter."""
        seen = {}
        for release, stream in self.letters.items():
            texts: list[str | None] = [f"text of release {release}", f"answer of release {release}"]
            texts.append("answer of today")
            channel = "web" if release == 3 else "post"
            seen[stream] = ("the office", channel, [None] * 3 if erased else texts, 3)
        return seen

    def loaded(self) -> dict[UUID, tuple[Any, ...]]:
        log = EventLog(self.log.database, self.log.keyring)  # with nothing in memory
        with log.unit_of_work(BECAUSE) as unit:
            return shown({each: unit.load(Letter, each) for each in self.letters.values()})

    def replayed(self) -> dict[UUID, tuple[Any, ...]]:
        letters: dict[UUID, Any] = {}
        for stream in self.letters.values():
            for each in self.log.history(stream):
                letters[stream] = each.event.mutate(letters.get(stream))
        return shown(letters)

    def read(self) -> dict[UUID, tuple[Any, ...]]:
        letters: dict[UUID, Any] = {}
        for each in self.log.after(0, None, 100):
            letters[each.stream] = each.event.mutate(letters.get(each.stream))
        return shown(letters)

    def without_snapshots(self) -> None:
        self.log.database.fetch("DELETE FROM snapshot RETURNING version")


def shown(letters: dict[UUID, Any]) -> dict[UUID, tuple[Any, ...]]:
    return {
        stream: (letter.receiver, letter.channel, letter.texts, letter.version)
        for stream, letter in letters.items()
    }


@pytest.fixture
def post(database_url: str, database: Database) -> Post:
    return Post(database_url, database)


def test_what_is_stored_stays_as_its_release_wrote_it(post: Post) -> None:
    rows = post.log.database.fetch("SELECT stream, version, state FROM event ORDER BY version")
    versions: dict[UUID, list[int]] = {}
    for stream, _, state in rows:
        versions.setdefault(stream, []).append(json.loads(state).get("class_version", 1))

    assert versions == {
        post.letters[1]: [1, 1, 2],
        post.letters[2]: [2, 1, 2],
        post.letters[3]: [3, 2, 2],
    }


def test_every_reader_sees_old_events_as_of_today(post: Post) -> None:
    with_snapshots = post.loaded()
    post.without_snapshots()

    assert with_snapshots == post.loaded() == post.expected()
    assert post.replayed() == post.read() == post.expected()
    reading = Reading()
    catch_up(post.log, reading)
    assert shown(reading.letters) == post.expected()


def test_a_projection_and_its_rebuild_see_old_events_as_of_today(
    post: Post, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute(
            "CREATE TABLE letters (stream uuid PRIMARY KEY, receiver text NOT NULL,"
            " channel text NOT NULL, version integer NOT NULL)"
        )

        def view() -> dict[UUID, tuple[Any, ...]]:
            rows = connection.execute("SELECT * FROM letters").fetchall()
            return {
                row["stream"]: (row["receiver"], row["channel"], row["version"]) for row in rows
            }

        expected = {
            stream: (receiver, channel, version)
            for stream, (receiver, channel, _, version) in post.expected().items()
        }
        catch_up(post.log, ProjectionFollower(LettersView()))
        assert view() == expected

        connection.execute("UPDATE letters SET receiver = 'spoiled'")
        rebuild(database_url, LettersView())
        assert view() == expected


def test_the_chain_holds_over_all_versions(post: Post, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        check = LogCheck("tests", connection, TokenVerifier({"keys": []}))
        assert list(check.findings()) == []
    assert (check.checked.events, check.checked.streams) == (9, 3)


def test_old_events_of_an_erased_person_load_too(post: Post) -> None:
    post.log.keyring.erase(post.sender)
    post.log.forget(post.sender)

    assert post.loaded() == post.expected(erased=True)
    assert post.replayed() == post.read() == post.expected(erased=True)
