"""What follows an application of the library over our log: nothing is skipped, views and positions agree."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    OperationalError,
    Tracking,
)
from eventsourcing.projection import ApplicationSubscription, Projection, ProjectionRunner

from panjareh_common.event_store import EventLog, infrastructure, recorders
from panjareh_common.event_store.application import LogApplication
from panjareh_common.event_store.infrastructure import Factory
from panjareh_common.event_store.recorders import LogRecorder, LogTrackingRecorder
from tests.integration.common.notes import BECAUSE, Note
from tests.people import until

_TITLES = "CREATE TABLE title (id uuid PRIMARY KEY, title text NOT NULL CHECK (title <> 'bad'), secret text)"
_WRITE = "INSERT INTO title SELECT * FROM jsonb_populate_recordset(NULL::title, %s)"


class Notes(LogApplication):
    pass


@pytest.fixture
def app(event_log: EventLog) -> Iterator[Notes]:
    with Notes(event_log=event_log) as app:
        yield app


class Reader:
    """Reads a subscription in a thread, as a follower does."""

    def __init__(self, app: LogApplication) -> None:
        self.titles: list[str] = []
        self.positions: list[int] = []
        self.fault: BaseException | None = None
        self._subscription = ApplicationSubscription(app)
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Reader:
        self._subscription.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *args: Any) -> None:
        self._subscription.__exit__(*args)
        self._thread.join()

    def _read(self) -> None:
        try:
            for event, tracking in self._subscription:
                self.titles.append(event.title)  # type: ignore[attr-defined]
                self.positions.append(tracking.notification_id)
        except Exception as fault:
            self.fault = fault


def instead_of_looking(recorder: LogRecorder, look: Callable[[Callable[[], Any]], Any]) -> None:
    """Every look of a subscription goes through `look`, which is given the real one."""
    select = recorder.select_notifications
    recorder.select_notifications = (  # type: ignore[method-assign]
        lambda *args, **kwargs: look(lambda: select(*args, **kwargs))
    )


def test_a_subscription_waits_for_an_older_transaction(app: Notes) -> None:
    looks: list[int] = []

    def counted(look: Callable[[], Any]) -> Any:
        found = look()
        looks.append(len(found))
        return found

    instead_of_looking(app.recorder, counted)
    with Reader(app) as reader:
        with app.event_log.unit_of_work(BECAUSE) as unit:
            unit.execute(
                "SELECT pg_current_xact_id()"
            )  # from here on there is an older transaction
            unit.save(Note.open(uuid4(), title="older"))
            app.save(Note.open(uuid4(), title="younger"))
            before = len(looks)
            until(lambda: len(looks), lambda count: count > before + 5)
            while_open = list(reader.titles)
        until(lambda: len(reader.titles), lambda count: count == 2)

    assert while_open == []
    assert reader.titles == ["older", "younger"]
    assert reader.positions == sorted(reader.positions)


def test_a_subscription_misses_nothing_while_many_write_and_some_roll_back(app: Notes) -> None:
    kept: list[str] = []

    def write(writer: int) -> None:
        for n in range(40):
            title = f"{writer}-{n}"
            if n % 4:
                app.save(Note.open(uuid4(), title=title))
            else:
                with suppress(InterruptedError), app.event_log.unit_of_work(BECAUSE) as unit:
                    unit.save(Note.open(uuid4(), title=title))
                    unit.execute("SELECT pg_current_xact_id(), pg_sleep(0.01)")
                    if n % 8:
                        raise InterruptedError
                if n % 8:
                    continue
            kept.append(title)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    with Reader(app) as reader:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: len(reader.titles), lambda count: count >= len(kept))

    assert sorted(reader.titles) == sorted(kept)
    assert reader.positions == sorted(set(reader.positions))


def test_a_subscription_outlives_a_database_that_is_away(
    app: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "_RETRY_SECONDS", 0.01)
    faults = [OperationalError(), OperationalError()]

    def away(look: Callable[[], Any]) -> Any:
        if faults:
            raise faults.pop()
        return look()

    instead_of_looking(app.recorder, away)
    app.save(Note.open(uuid4(), title="kept"))
    with Reader(app) as reader:
        until(lambda: reader.titles, lambda titles: titles == ["kept"])

    assert faults == []


def test_any_other_fault_ends_a_subscription_where_it_is_read(app: Notes) -> None:
    def broken(look: Callable[[], Any]) -> Any:
        raise LookupError("a defect")

    instead_of_looking(app.recorder, broken)
    with Reader(app) as reader:
        until(lambda: reader.fault, bool)

    assert isinstance(reader.fault, LookupError)


class Titles(LogTrackingRecorder):
    """A view of what notes are called, with what only their person may see."""

    def add(self, note: Note.Opened, tracking: Tracking) -> None:
        row = {"id": note.originator_id, "title": note.title, "secret": note.secret}
        self.track(tracking, (_WRITE, [row]))

    def all(self) -> list[tuple[str, str]]:
        return self.event_log.database.fetch("SELECT title, secret FROM title ORDER BY 1")  # type: ignore[return-value]


class TitlesProjection(Projection[Titles]):
    name = "titles"
    topics = (Note.Opened.TOPIC,)

    @singledispatchmethod
    def process_event(self, event: Any, tracking: Tracking) -> None:
        raise NotImplementedError

    @process_event.register
    def opened(self, event: Note.Opened, tracking: Tracking) -> None:
        self.view.add(event, tracking)


@pytest.fixture
def env(database_url: str) -> dict[str, str]:
    with psycopg.connect(database_url) as connection:
        connection.execute(_TITLES)
    return {
        InfrastructureFactory.PERSISTENCE_MODULE: infrastructure.__name__,
        Factory.DATABASE_URL: database_url,
        Factory.SEALING_KEY: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


def running(env: dict[str, str]) -> ProjectionRunner[Notes, Titles]:
    return ProjectionRunner(
        application_class=Notes, projection_class=TitlesProjection, view_class=Titles, env=env
    )


def test_a_projection_goes_on_where_it_was(env: dict[str, str]) -> None:
    with running(env) as runner:
        note = Note.open(uuid4(), title="a", secret="1")
        note.extend("not for this view")
        first = runner.app.save(note)
        runner.wait(first[0].notification.id, timeout=30)
    with Notes(env) as meanwhile:
        meanwhile.save(Note.open(uuid4(), title="b", secret="2"))

    with running(env) as runner:
        last = runner.app.save(Note.open(uuid4(), title="c", secret="3"))
        runner.wait(last[-1].notification.id, timeout=30)
        seen = runner.view.all()

    assert seen == [("a", "1"), ("b", "2"), ("c", "3")]


def test_a_view_that_refuses_does_not_come_further(env: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), running(env) as runner:
        good, _ = runner.app.save(Note.open(uuid4(), title="good"), Note.open(uuid4(), title="bad"))
        runner.run_forever(timeout=30)

    with Notes(env) as app:
        view = Titles(app.event_log, "titles")
        assert view.max_tracking_id("Notes") == good.notification.id
        assert [title for title, _ in view.all()] == ["good"]


def test_projections_of_one_database_keep_their_positions_apart(event_log: EventLog) -> None:
    one, other = LogTrackingRecorder(event_log, "one"), LogTrackingRecorder(event_log, "other")

    one.insert_tracking(Tracking("Notes", 7))

    assert (one.max_tracking_id("Notes"), other.max_tracking_id("Notes")) == (7, None)
    other.insert_tracking(Tracking("Notes", 3))
    assert (one.max_tracking_id("Notes"), other.max_tracking_id("Notes")) == (7, 3)
