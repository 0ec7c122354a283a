"""A request followed live over public HTTP, with a client of Server-Sent Events that we did not write (R1)."""

from __future__ import annotations

import json
import threading
from typing import Any
from uuid import uuid4

import httpx
import pytest
from httpx_sse import connect_sse

from panjareh_cli.local.platform import Platform
from tests.people import Officer, Person, officer, somebody, until

LICENCE = {"old_licence_number": "1234567890", "licence_class": "class_3", "photo_colour": "colour"}
OUT_OF_ORDER = {"out_of_order": "a test"}


class Following:
    """Reads a stream in a thread, as a page does: when it breaks off it comes back with the last id."""

    def __init__(self, platform: Platform, person: Person, request_id: str) -> None:
        self.seen: list[int] = []
        self.texts: list[str] = []
        self.standing: dict[str, Any] = {}
        self.because: str | None = None
        self.refused: int | None = None
        self.connections = 0
        self._url = f"{platform.url}/api/v1/requests/{request_id}/stream"
        self._headers = {"Authorization": f"Bearer {person.token}", "Accept-Language": "en"}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Following:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def _run(self) -> None:
        with httpx.Client(trust_env=False, timeout=httpx.Timeout(10, read=60)) as client:
            while not self._closed.is_set() and self.refused is None:
                try:
                    self._read(client)
                except httpx.TransportError:
                    self._closed.wait(0.2)

    def _read(self, client: httpx.Client) -> None:
        headers = dict(self._headers)
        if self.seen:
            headers["Last-Event-ID"] = str(self.seen[-1])
        with connect_sse(client, "GET", self._url, headers=headers) as source:
            if source.response.status_code != 200:
                if source.response.status_code < 500:
                    self.refused = source.response.status_code
                return
            self.connections += 1
            for event in source.iter_sse():
                self._take(event.event, json.loads(event.data), event.id)
                if self._closed.is_set():
                    return

    def _take(self, kind: str, told: dict[str, Any], id_: str) -> None:
        if kind == "step":
            assert int(id_) == told["version"]
            self.seen.append(told["version"])
            self.texts.append(told["text"])
        elif kind == "standing":
            self.standing = told
        elif kind == "end":
            self.because = told["because"]

    def wait_for(self, status: str) -> None:
        until(lambda: self.standing, lambda told: told.get("status") == status)


@pytest.fixture
def person(platform: Platform) -> Person:
    return Person(platform, somebody()).arrive()


@pytest.fixture
def police(platform: Platform) -> Officer:
    return officer(platform, "police")


def do(who: Person, request_id: str, what: str, **body: Any) -> None:
    answer = who.post(f"/agency/v1/requests/{request_id}/{what}", body, key=str(uuid4()))
    assert answer.status_code in (200, 201), answer.text


def test_a_person_sees_each_step_at_once_without_asking_again(
    platform: Platform, person: Person, police: Officer
) -> None:
    request_id: str = person.submit("DRV-002", LICENCE)["request_id"]
    with Following(platform, person, request_id) as live:
        live.wait_for("under_review")
        do(police, request_id, "review", **OUT_OF_ORDER)
        until(lambda: live.texts, lambda texts: "An officer started the review." in texts)
        do(police, request_id, "decision", outcome="refused", reason="no")
        live.wait_for("decided")

    assert live.connections == 1
    assert live.standing["outcome"] == "refused"
    assert live.standing["next"]
    assert live.texts == [step["text"] for step in person.timeline(request_id)]
    assert live.seen == list(range(1, len(live.texts) + 1))


def test_a_gateway_that_dies_costs_nothing_and_repeats_nothing(
    platform: Platform, person: Person, police: Officer
) -> None:
    request_id: str = person.submit("DRV-002", LICENCE)["request_id"]
    with Following(platform, person, request_id) as live:
        live.wait_for("under_review")
        platform.kill("gateway.http")
        platform.wait_ready("gateway.http", 60)
        until(lambda: live.connections, lambda count: count == 2)
        do(police, request_id, "review", **OUT_OF_ORDER)
        do(police, request_id, "decision", outcome="refused", reason="no")
        live.wait_for("decided")

    assert live.texts == [step["text"] for step in person.timeline(request_id)]
    assert live.seen == list(range(1, len(live.texts) + 1))


def test_a_stream_ends_with_the_session_of_who_reads_it(platform: Platform, person: Person) -> None:
    request_id: str = person.submit("DRV-002", LICENCE)["request_id"]
    with Following(platform, person, request_id) as live:
        live.wait_for("under_review")
        assert person.delete("/api/v1/sessions/current").status_code == 204
        until(lambda: live.because, lambda because: because is not None)
        until(lambda: live.refused, lambda refused: refused is not None)

    assert live.because == "session_ended"
    assert live.refused == 401


def test_nobody_follows_what_is_not_theirs(platform: Platform, person: Person) -> None:
    request_id: str = person.submit("DRV-002", LICENCE)["request_id"]
    stranger = Person(platform, somebody()).arrive()

    answer = stranger.get(f"/api/v1/requests/{request_id}/stream")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
