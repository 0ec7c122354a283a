"""Who writes at a rate, who waits for what is seen, and questions that are asked in turns."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

from tests.bench.followed import Sightings, write
from tests.bench.status import _InTurns


def test_a_writer_at_a_rate_keeps_to_it_and_one_without_does_not_wait() -> None:
    began = time.monotonic()

    paced = write(uuid4, began, 0.2, 50)
    flat_out = write(uuid4, time.monotonic(), 0.05, 0)

    assert 0 < len(paced) <= 11  # ten, and the last may fall on the end
    assert len(flat_out) > len(paced)
    assert all(at >= began for at in paced.values())


def test_what_was_seen_is_given_when_there_is_enough_of_it() -> None:
    sightings, stream = Sightings(), uuid4()
    seeing = threading.Thread(target=lambda: [sightings.see(each) for each in (uuid4(), stream)])
    seeing.start()

    taken = sightings.take(2, 30)

    assert len(taken) == 2
    assert stream.hex in taken
    seeing.join()


def test_several_events_of_a_stream_count_each_and_the_last_moment_stays() -> None:
    sightings, stream = Sightings(), uuid4()
    sightings.see(stream)
    between = time.monotonic()
    sightings.see(stream)

    taken = sightings.take(2, 0)

    assert list(taken) == [stream.hex]
    assert taken[stream.hex] >= between


def test_what_was_given_once_is_not_given_again_and_too_little_is_given_when_time_is_up() -> None:
    sightings = Sightings()
    sightings.see(uuid4())

    assert len(sightings.take(5, 0)) == 1
    assert sightings.take(1, 0) == {}


def test_loads_are_asked_in_turns_and_each_cell_has_its_own_reading_once_a_round() -> None:
    asked: list[str] = []
    ground = cast(Any, SimpleNamespace(seconds=0.0))
    turns = _InTurns(
        ground, {"few": lambda: asked.append("few"), "many": lambda: asked.append("many")}
    )
    few, many = turns.cells("ours")

    for _ in range(2):
        assert set(few.measure()) == set(many.measure()) == {"p50_ms", "p99_ms"}

    assert asked == ["few", "many"] * 2
