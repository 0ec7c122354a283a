"""Two workers of one process: each does its own kinds, and they are measured together."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from panjareh_common import due
from panjareh_common.due import DueWorker
from panjareh_common.health import Health

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class LateRows:
    """A database in which the oldest work of every kind that is asked for is so late."""

    def __init__(self, seconds: int) -> None:
        self.late = timedelta(seconds=seconds)

    def fetch(self, query: str, parameters: Any, *, seconds: float | None = None) -> Any:
        kinds, now = parameters
        return [(kind, now - self.late) for kind in kinds]


@pytest.fixture(autouse=True)
def health(monkeypatch: pytest.MonkeyPatch) -> Health:
    """Not that of the process in which the tests run."""
    own = Health()
    monkeypatch.setattr(due, "HEALTH", own)
    return own


def worker(seconds: int, name: str, *kinds: str) -> DueWorker:
    handlers: dict[str, Any] = dict.fromkeys(kinds, lambda _: None)
    return DueWorker(LateRows(seconds), handlers, lambda: NOW, name=name)  # type: ignore[arg-type]


def test_they_are_measured_together_while_they_work() -> None:
    seen: dict[tuple[str, ...], float] = {}
    told = threading.Event()
    told.set()

    def with_another() -> None:
        worker(7, "due files", "check_file").run(told, lambda: seen.update(due._lags()))

    worker(2, "due", "ask", "collect").run(told, with_another)

    assert seen == {("ask",): 2.0, ("collect",): 2.0, ("check_file",): 7.0}
    assert due._lags() == {}


def test_each_says_by_itself_whether_it_looks(health: Health) -> None:
    told = threading.Event()
    told.set()

    for name in ("due", "due files"):
        worker(0, name, "x").run(told)

    assert {"due", "due files"} <= set(health._checks)
