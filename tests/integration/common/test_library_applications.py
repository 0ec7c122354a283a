"""The library's own test cases of applications and projections, unchanged, on ours (docs/decisions/0016)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import psycopg
import pytest
from eventsourcing.persistence import InfrastructureFactory, Tracking
from eventsourcing.tests import application as applications
from eventsourcing.tests import projection as projections
from eventsourcing.utils import get_topic

from panjareh_common.event_store import infrastructure
from panjareh_common.event_store.application import LogApplication
from panjareh_common.event_store.infrastructure import Factory
from panjareh_common.event_store.recorders import LogTrackingRecorder
from tests.integration.common.library import OwnDatabase, RankedRecorder

_COUNTERS = "CREATE TABLE counter (kind text PRIMARY KEY, count integer NOT NULL)"
_COUNT = """
INSERT INTO counter SELECT * FROM jsonb_populate_recordset(NULL::counter, %s)
ON CONFLICT (kind) DO UPDATE SET count = counter.count + excluded.count
"""
_COUNTED = "SELECT count FROM counter WHERE kind = %s"


class _Configured(OwnDatabase):
    """Applications find our infrastructure in the environment, and their database there too."""

    env: dict[str, str]

    @pytest.fixture(autouse=True)
    def _configured(self, _own_database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.env = {
            InfrastructureFactory.PERSISTENCE_MODULE: infrastructure.__name__,
            Factory.DATABASE_URL: self.database_url,
        }
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)
        yield
        gc.collect()  # the library's cases leave it to that to close their applications


class TestApplication(_Configured, applications.ApplicationTestCase):
    @pytest.fixture(autouse=True)
    def _ranked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # test_save_returns_recording_event expects the positions 1, 2, 3, 4.
        topic = get_topic(RankedRecorder)
        monkeypatch.setenv(InfrastructureFactory.APPLICATION_RECORDER_TOPIC, topic)


class TestExampleApplication(_Configured, applications.ExampleApplicationTestCase):
    expected_factory_topic = get_topic(Factory)


class BankAccounts(LogApplication, applications.BankAccounts):
    pass


class TestExampleLogApplication(TestExampleApplication):
    @pytest.fixture(autouse=True)
    def _ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(applications, "BankAccounts", BankAccounts)


class EventCounters(LogTrackingRecorder, projections.EventCountersView):
    def get_created_event_counter(self) -> int:
        return self._counted("created")

    def get_subsequent_event_counter(self) -> int:
        return self._counted("subsequent")

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self.track(tracking, (_COUNT, [{"kind": "created", "count": 1}]))

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self.track(tracking, (_COUNT, [{"kind": "subsequent", "count": 1}]))

    def _counted(self, kind: str) -> int:
        rows = self.event_log.database.fetch(_COUNTED, (kind,))
        return rows[0][0] if rows else 0


class _WithCounters(_Configured):
    @pytest.fixture(autouse=True)
    def _counters(self, _own_database: None) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(_COUNTERS)


class TestView(_WithCounters, projections.EventCountersViewTestCase):
    def construct_event_counters_view(self) -> EventCounters:
        return EventCounters(self.event_log, "counters")


class TestProjection(_WithCounters, projections.AggregateEventCountersProjectionTestCase):
    view_class = EventCounters


class TestEventSourcedProjection(_Configured, projections.EventSourcedProjectionTestCase):
    @pytest.fixture(autouse=True)
    def _another(self, _configured: None, make_database_url: Callable[[str], str]) -> None:
        # One event table a database, and the two applications must not hear themselves.
        self.env["COUNTERS_" + Factory.DATABASE_URL] = make_database_url("common")
