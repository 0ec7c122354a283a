"""The event log: aggregates of the `eventsourcing` library on the event table of design part 4."""

from panjareh_common.event_store.aggregate import PersonalAggregate, PublicAggregate
from panjareh_common.event_store.log import Cause, EventLog, RecordedEvent
from panjareh_common.event_store.sealing import Keyring, Owners, Sealed
from panjareh_common.event_store.unit import UnitOfWork

__all__ = [
    "Cause",
    "EventLog",
    "Keyring",
    "Owners",
    "PersonalAggregate",
    "PublicAggregate",
    "RecordedEvent",
    "Sealed",
    "UnitOfWork",
]
