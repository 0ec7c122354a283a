"""People who go on using the window while something is done to it, and what became of all they asked for."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from uuid import uuid4

import httpx

from tests.cluster.release import Reached
from tests.people import Person, internet_form, somebody


@dataclass
class Found:
    """What happened. `acknowledged`: request ids by key; `answers`: how often each came, by status or fault."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


class PeopleAtWork:
    """Each signs up, then submits and looks, over a new connection each time, until the end of the block.

    A new connection each time, since a proxy in front would notice by itself that one was closed.
    """

    def __init__(self, window: Reached, people: int = 3) -> None:
        self.found = Found()
        self.people = [Person(window, somebody(decile=2)).arrive() for _ in range(people)]  # type: ignore[arg-type]
        self._window = window
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(person,)) for person in self.people
        ]

    def __enter__(self) -> PeopleAtWork:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _work(self, person: Person) -> None:
        while not self._over.is_set():
            key = str(uuid4())
            wanted = {"form": internet_form(person.about)}
            self._ask(person, "POST", "/api/v1/services/INET-001/requests", key, wanted)
            self._ask(person, "GET", "/api/v1/requests", None, None)

    def _ask(self, person: Person, method: str, path: str, key: str | None, body: Any) -> None:
        headers = {"Authorization": f"Bearer {person.token}", "Accept-Language": "en"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            answer = httpx.request(
                method,
                f"{self._window.url}{path}",
                headers=headers,
                json=body,
                timeout=30,
                trust_env=False,
            )
        except httpx.HTTPError as fault:
            told, seconds, ours = type(fault).__name__, 0.0, None
        else:
            told, seconds = str(answer.status_code), answer.elapsed.total_seconds()
            ours = answer.json().get("request_id") if answer.status_code == 201 else None
        with self._lock:
            self.found.answers[f"{method} {told}"] += 1
            self.found.slowest = max(self.found.slowest, seconds)
            if key and ours:
                self.found.acknowledged[key] = ours


def everything_of(person: Person) -> list[dict[str, Any]]:
    """All requests of a person, page by page."""
    items: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        answer = person.get("/api/v1/requests", params={"limit": "100", **after})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if not page.get("next"):
            return items
        after = {"after": page["next"]}
