"""The library's own test cases of recorders and factories, unchanged, on ours (docs/decisions/0016)."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.tests import persistence as library
from eventsourcing.utils import Environment

from panjareh_common.event_store import infrastructure
from panjareh_common.event_store.infrastructure import Factory
from panjareh_common.event_store.recorders import LogRecorder, LogTrackingRecorder
from tests.integration.common.library import (
    FinalRecorder,
    OwnDatabase,
    RankedRecorder,
    SnapshotRecorderFromZero,
)


class TestApplicationRecorder(OwnDatabase, library.ApplicationRecorderTestCase[LogRecorder]):
    EXPECT_CONTIGUOUS_NOTIFICATION_IDS = False
    # It expects [1, 2, 3], whatever the flag says; it runs below, on positions shown as ranks.
    test_insert_select = None  # type: ignore[assignment]

    def create_recorder(self) -> LogRecorder:
        return FinalRecorder(self.event_log, "app")

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestRankedRecorder(OwnDatabase, library.ApplicationRecorderTestCase[LogRecorder]):
    # These do not look at positions, and run above.
    test_performance = None  # type: ignore[assignment]
    test_concurrent_no_conflicts = None  # type: ignore[assignment]
    test_concurrent_throughput = None  # type: ignore[assignment]

    def create_recorder(self) -> LogRecorder:
        return RankedRecorder(self.event_log, "app")


class TestNonInterleaving(OwnDatabase, library.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> LogRecorder:
        return FinalRecorder(self.event_log, "app")


class TestSnapshotRecorder(OwnDatabase, library.AggregateRecorderTestCase):
    def create_recorder(self) -> SnapshotRecorderFromZero:
        return SnapshotRecorderFromZero(self.event_log)


class TestProcessRecorder(OwnDatabase, library.ProcessRecorderTestCase):
    def create_recorder(self) -> LogRecorder:
        return FinalRecorder(self.event_log, "app")


class TestTrackingRecorder(OwnDatabase, library.TrackingRecorderTestCase):
    def create_recorder(self) -> LogTrackingRecorder:
        return LogTrackingRecorder(self.event_log, "projection")


class TestFactory(OwnDatabase, library.InfrastructureFactoryTestCase[Factory]):
    def setUp(self) -> None:
        self.env = Environment("TestCase")
        self.env[InfrastructureFactory.PERSISTENCE_MODULE] = infrastructure.__name__
        self.env[Factory.DATABASE_URL] = self.database_url
        super().setUp()

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> Any:
        return LogRecorder

    def expected_application_recorder_class(self) -> Any:
        return LogRecorder

    def expected_process_recorder_class(self) -> Any:
        return LogRecorder

    def expected_tracking_recorder_class(self) -> Any:
        return LogTrackingRecorder

    def tracking_recorder_subclass(self) -> Any:
        return ViewOfNothing


class ViewOfNothing(LogTrackingRecorder):
    pass
