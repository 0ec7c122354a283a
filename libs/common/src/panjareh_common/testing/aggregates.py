"""Given a history, when a command, then events: how aggregates are tested."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

A = TypeVar("A", bound=Aggregate)
AT = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)


def given(kind: type[A], *history: tuple[type, dict[str, Any]], stream: UUID | None = None) -> A:
    """The aggregate that a history makes, replayed as the log replays it."""
    stream = stream or uuid4()
    aggregate: Any = None
    for version, (event_class, fields) in enumerate(history, start=1):
        state = {"originator_id": stream, "originator_version": version, "timestamp": AT} | fields
        if version == 1:
            state.setdefault("originator_topic", kind.TOPIC)  # type: ignore[attr-defined]
        event: Any = object.__new__(event_class)
        object.__setattr__(event, "__dict__", state)
        aggregate = event.mutate(aggregate)
    assert isinstance(aggregate, kind)
    return aggregate


def then(aggregate: Aggregate) -> list[tuple[type, dict[str, Any]]]:
    """What the aggregate decided since, without ids and times."""
    dropped = {"originator_id", "originator_version", "originator_topic", "timestamp"}
    return [
        (type(event), {k: v for k, v in vars(event).items() if k not in dropped})
        for event in aggregate.collect_events()
    ]
