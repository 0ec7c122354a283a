"""Whether a process turns and whether it can work are two questions, and its door answers both."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from structlog.testing import capture_logs

from panjareh_common.health import STUCK_SECONDS, Health
from panjareh_common.health_door import HealthDoor


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def health(time: Time) -> Health:
    return Health(time, look_seconds=0.01)


@pytest.fixture
def door(health: Health) -> Iterator[HealthDoor]:
    door = HealthDoor(0, health).open()
    yield door
    door.shutdown()
    door.server_close()


def get(door: HealthDoor, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", door.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def asked(door: HealthDoor, path: str) -> tuple[int, dict[str, Any]]:
    status, body = get(door, path)
    return status, json.loads(body)


def test_a_process_lives_before_any_of_its_loops_has_begun(door: HealthDoor) -> None:
    assert asked(door, "/livez") == (200, {"status": "alive", "stuck": {}})


def test_a_loop_that_does_not_come_round_is_stuck(
    door: HealthDoor, health: Health, time: Time
) -> None:
    health.beat("relay")
    health.beat("tree")
    time.now += STUCK_SECONDS
    health.beat("tree")
    assert asked(door, "/livez")[0] == 200

    time.now += 1

    assert asked(door, "/livez") == (503, {"status": "stuck", "stuck": {"relay": 61}})
    health.beat("relay")
    assert asked(door, "/livez")[0] == 200


def test_a_loop_that_has_ended_is_not_stuck(health: Health, time: Time) -> None:
    health.beat("relay")
    health.ended("relay")
    time.now += 10 * STUCK_SECONDS

    assert health.stuck() == {}


def test_a_process_that_cannot_work_lives_all_the_same(door: HealthDoor, health: Health) -> None:
    health.check("database", lambda: None)
    health.check("broker", lambda: "away")
    health.started()

    assert asked(door, "/livez")[0] == 200
    assert asked(door, "/readyz") == (
        503,
        {"status": "not_ready", "checks": {"database": "ok", "broker": "away"}},
    )


def test_it_is_ready_when_every_check_holds(door: HealthDoor, health: Health) -> None:
    health.check("database", lambda: None)
    assert asked(door, "/readyz")[0] == 503  # it has yet to start

    health.started()

    assert asked(door, "/readyz") == (200, {"status": "ready", "checks": {"database": "ok"}})


def test_a_check_that_raises_is_told_by_its_class(health: Health) -> None:
    def look() -> None:
        raise OSError("amqp://user:secret@broker is away")

    health.check("broker", look)
    health.started()

    assert health.ready() == (False, {"broker": "OSError"})


def test_looks_do_not_pile_up_behind_one_that_takes_long(health: Health) -> None:
    looking, may_end = threading.Event(), threading.Event()

    def look() -> None:
        looking.set()
        may_end.wait(10)

    health.check("database", look)
    health.started()
    first = threading.Thread(target=health.ready)
    first.start()
    assert looking.wait(10)

    assert health.ready() == (False, {"checks": "take too long"})
    may_end.set()
    first.join()
    assert health.ready() == (True, {"database": "ok"})


def test_who_waits_at_the_start_says_for_what_and_once_a_minute_in_the_log(
    health: Health, time: Time
) -> None:
    with capture_logs() as logs, health.waits_for("the broker") as still:
        for _ in range(121):
            still()
            time.now += 1
        assert health.ready() == (False, {"start": "waits for the broker"})

    assert [(each["event"], each["awaited"]) for each in logs] == [
        ("waits_at_start", "the broker")
    ] * 3
    assert health.ready() == (False, {"start": "waits for its own start"})


def test_nothing_else_is_behind_the_door(door: HealthDoor) -> None:
    assert get(door, "/")[0] == 404
    assert get(door, "/livez?verbose")[0] == 200


def test_metrics_are_told_in_prometheus_text(door: HealthDoor) -> None:
    status, body = get(door, "/metrics")

    assert status == 200
    assert "# TYPE process_resident_memory_bytes gauge" in body
