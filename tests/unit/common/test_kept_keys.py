"""Persons' keys in memory: as long as they are good, and no longer."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.event_store import sealing
from panjareh_common.event_store.sealing import Keyring


class Rows:
    """The table of wrapped keys, as the two statements of a keyring see it."""

    def __init__(self) -> None:
        self.wrapped: dict[UUID, bytes] = {}
        self.asked = 0

    def fetch(self, query: str, parameters: tuple[Any, ...]) -> list[tuple[bytes]]:
        self.asked += 1
        person, *new = parameters
        if new:
            self.wrapped[person] = new[0]
        return [(self.wrapped[person],)] if person in self.wrapped else []


class Clock:
    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sealing, "time", clock)
    return clock


def keyring(rows: Rows, **limits: int) -> Keyring:
    database: Any = rows
    return Keyring(b"k" * 32, database, **limits)


def kept(keys: Keyring) -> list[UUID]:
    return list(keys._cache)  # nothing else shows what memory still holds


def test_a_key_that_has_ended_leaves_memory_with_the_next_one(clock: Clock) -> None:
    keys, people = keyring(Rows(), keep_seconds=300), [uuid4() for _ in range(4)]
    for person in people[:3]:
        keys.seal(person, "x", "row")
        clock.now += 100

    keys.seal(people[3], "x", "row")

    assert kept(keys) == people[1:]


def test_a_key_that_was_read_anew_ends_last(clock: Clock) -> None:
    keys, (first, second, third) = keyring(Rows(), keep_seconds=300), [uuid4() for _ in range(3)]
    keys.seal(first, "x", "row")
    clock.now += 301
    keys.seal(second, "x", "row")
    clock.now += 1
    keys.seal(first, "x", "row")
    clock.now += 299.5

    keys.seal(third, "x", "row")

    assert kept(keys) == [first, third]


def test_of_more_than_may_be_kept_the_oldest_goes(clock: Clock) -> None:
    rows = Rows()
    keys, people = keyring(rows, keep=2), [uuid4() for _ in range(3)]
    for person in people:
        keys.seal(person, "x", "row")
    asked = rows.asked

    keys.seal(people[2], "x", "row")

    assert kept(keys) == people[1:]
    assert rows.asked == asked
