"""Reading an event without its key: what is sealed reads as after an erasure, older versions are brought up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.event_store.mapper import SealingMapper, fields_of

AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)


class Parcel(PersonalAggregate):
    TOPIC = "TestParcel"

    class Event(Aggregate.Event):
        pass

    class Sent(Event, Aggregate.Created):
        TOPIC = "TestParcel.Sent"
        class_version = 3
        owner: UUID
        grams: int
        address: Sealed[str]
        note: Sealed[str]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["grams"] = state.pop("kilos") * 1000

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> None:
            state["note"] = state["address"] and "none"

    Created = Sent

    def __init__(self, owner: UUID, grams: int, address: str | None, note: str | None) -> None:
        self.owner = owner

    @property
    def person_id(self) -> UUID:
        return self.owner


class Erased:
    """The keys of somebody who was erased."""

    def open(self, person_id: UUID | None, box: bytes, context: str) -> None:
        return None


def state(**fields: Any) -> bytes:
    sealed = {"person": str(uuid4()), "box": "Ym94"}
    owner = {"_type_": "uuid_hex", "_data_": UUID(int=7).hex}
    at = {"_type_": "datetime_iso", "_data_": AT.isoformat()}
    return json.dumps({"owner": owner, "timestamp": at, "sealed": sealed, **fields}).encode()


def test_a_closed_box_reads_as_one_of_an_erased_person_in_every_version() -> None:
    versions = [
        state(kilos=2),
        state(grams=2000, class_version=2),
        state(grams=2000, class_version=3),
    ]
    mapper = SealingMapper(Erased())  # type: ignore[arg-type]

    for stored in versions:
        fields = fields_of("TestParcel.Sent", stored)

        assert fields == {
            "owner": UUID(int=7),
            "timestamp": AT,
            "grams": 2000,
            "address": None,
            "note": None,
        }
        event = mapper.to_domain_event(StoredEvent(uuid4(), 1, "TestParcel.Sent", stored))
        assert {name: vars(event)[name] for name in fields} == fields
