"""Every event that was ever stored loads, and replays, with the code of today."""

import json
from typing import get_type_hints

import pytest
from eventsourcing.domain import Aggregate

from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.event_store.snapshots import from_state, to_state
from panjareh_common.settings import SERVICES
from tests.golden.events import all_files, path_of, read
from tests.inventory import aggregates, events, events_of

EVENTS = [(service, event) for service in SERVICES for event in events(service)]
FILES = all_files()


def name(value):
    return value if isinstance(value, str) else value.TOPIC


def owner_of(event_class):
    return next(a for s in SERVICES for a in aggregates(s) if event_class in events_of(a))


def first_of(event_class, stream):
    """An aggregate of the event's kind, as its own first golden event makes it."""
    owner = owner_of(event_class)
    service = next(s for s in SERVICES if owner in aggregates(s))
    created = next(e for e in events_of(owner) if issubclass(e, Aggregate.Created))
    golden = read(path_of(service, created))
    assert golden.stream == stream
    return golden.event().mutate(None)


def replayed(event):
    if isinstance(event, Aggregate.Created):
        return event.mutate(None)
    return event.mutate(first_of(type(event), event.originator_id))


@pytest.mark.parametrize(("service", "event_class"), EVENTS, ids=name)
def test_every_version_of_every_event_class_has_a_golden_file(service, event_class):
    for version in range(1, getattr(event_class, "class_version", 1) + 1):
        path = path_of(service, event_class, version)
        assert path.exists(), f"{path.name} is missing; tests/golden/events.py says how to make it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_event_loads_with_every_field_it_has_today(path):
    golden = read(path)

    event = golden.event()

    assert golden.topic == type(event).TOPIC
    assert path.name.startswith(f"{golden.topic}.v")
    declared = set(get_type_hints(type(event))) - set(get_type_hints(Aggregate.Created)) - {"TOPIC"}
    assert declared <= set(vars(event)), "a field that was added needs an upcast"
    assert "class_version" not in vars(event)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_event_replays(path):
    event = read(path).event()

    aggregate = replayed(event)

    assert isinstance(aggregate, owner_of(type(event)))
    assert aggregate.version == event.originator_version
    assert aggregate.pending_events == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_aggregate_comes_back_from_a_snapshot_as_it_was(path):
    aggregate = replayed(read(path).event())
    state = json.loads(json.dumps(to_state(aggregate)))

    again = from_state(type(aggregate), aggregate.id, aggregate.version, state)

    assert vars(again) == vars(aggregate)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_event_of_an_erased_person_replays_too(path):
    golden = read(path)
    erased = dict.fromkeys(sealed_fields(type(golden.event())))

    event = golden.event(**erased)

    assert isinstance(replayed(event), owner_of(type(event)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_file_says_who_caused_the_event(path):
    kept = json.loads(path.read_text(encoding="utf-8"))

    assert set(kept) == {"topic", "stream", "version", "metadata", "state"}
    assert {"actor", "role", "channel"} <= set(kept["metadata"])


def test_no_golden_file_is_left_behind_by_an_event_that_is_gone():
    known = {
        path_of(service, event_class, 1).stem.rpartition(".")[0] for service, event_class in EVENTS
    }

    assert {path.stem.rpartition(".")[0] for path in FILES} <= known
