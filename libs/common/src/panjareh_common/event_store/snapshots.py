"""Aggregates as they stood at a version: kept in the database every so often, and in memory for a while.

A snapshot is a copy of what events say, read only by the very code that took it: any change of an
aggregate's module makes its older snapshots as good as absent, and they are replaced by the way.
"""

from __future__ import annotations

import copy
import hashlib
import inspect
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.utils import get_topic, resolve_topic

_TAG = "_is"
_OWN = ("_id", "_version", "_pending_events")


@lru_cache(maxsize=128)
def code_of(kind: type[Aggregate]) -> bytes:
    """A fingerprint of the code that folds an aggregate's events: of its module and those it builds on."""
    digest = hashlib.sha256()
    for ancestor in kind.__mro__:
        module = sys.modules[ancestor.__module__]
        if not ancestor.__module__.startswith(("eventsourcing", "builtins", "typing", "abc")):
            digest.update(inspect.getsource(module).encode())
    return digest.digest()


def to_state(aggregate: Aggregate) -> dict[str, Any]:
    """All that an aggregate holds, as plain JSON. Raises TypeError for a value it has no form for."""
    held = {name: value for name, value in vars(aggregate).items() if name not in _OWN}
    return {name: _plain(value) for name, value in held.items()}


def from_state(
    kind: type[Aggregate], stream: UUID, version: int, state: dict[str, Any]
) -> Aggregate:
    aggregate = object.__new__(kind)
    held = {name: _rich(value) for name, value in state.items()}
    vars(aggregate).update(held, _id=stream, _version=version, _pending_events=[])
    return aggregate


def _plain(value: Any) -> Any:
    """JSON has no enumerations, tuples, sets or keys that are not text; they are tagged."""
    if isinstance(value, Enum):
        return {_TAG: "enum", "of": get_topic(type(value)), "value": value.value}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    form = _FORMS.get(type(value))
    if form is None:
        raise TypeError(f"a snapshot has no form for {type(value).__name__}")
    return {_TAG: type(value).__name__, "value": form[0](value)}


def _many(items: Any) -> list[Any]:
    return [_plain(item) for item in items]


_FORMS: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    tuple: (_many, lambda items: tuple(map(_rich, items))),
    set: (_many, lambda items: set(map(_rich, items))),
    frozenset: (_many, lambda items: frozenset(map(_rich, items))),
    dict: (
        lambda value: [[_plain(k), _plain(v)] for k, v in value.items()],
        lambda pairs: {_rich(k): _rich(v) for k, v in pairs},
    ),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    UUID: (str, UUID),
}
_RICH = {kind.__name__: form[1] for kind, form in _FORMS.items()}


def _rich(value: Any) -> Any:
    if isinstance(value, list):
        return [_rich(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value[_TAG] == "enum":
        return resolve_topic(value["of"])(value["value"])
    return _RICH[value[_TAG]](value["value"])


class Remembered(NamedTuple):
    """An aggregate and the hash of its last event. `until`: on the monotonic clock, when it is forgotten."""

    aggregate: Aggregate
    hash: bytes
    until: float


class Memory:
    """The aggregates that this process saw last, each with its stream's last hash.

    What is remembered is a past that cannot change; whoever uses it still reads what came after. It is
    forgotten after `keep_seconds`, as keys are, so that an erasure is effective soon even where its
    event is late.
    """

    def __init__(self, *, keep: int = 1_000, keep_seconds: float = 300) -> None:
        self._keep = keep
        self._keep_seconds = keep_seconds
        self._held: OrderedDict[UUID, Remembered] = OrderedDict()
        self._forgotten = float("-inf")  # when somebody was forgotten last
        self._lock = threading.Lock()

    def get(self, stream: UUID) -> Remembered | None:
        """A copy that the caller may change."""
        with self._lock:
            held = self._held.get(stream)
        if held is None or held.until < time.monotonic():
            return None
        return held._replace(aggregate=copy.deepcopy(held.aggregate))

    def expiry(self) -> float:
        """Until when what is read from now on may be remembered."""
        return time.monotonic() + self._keep_seconds

    def put(self, aggregate: Aggregate, last_hash: bytes, until: float) -> None:
        """Keeps a copy of an aggregate that has nothing pending.

        `until` is the expiry from before it was read, so that no use of it makes it live longer. What
        was read before anybody was forgotten is not kept: it may be of that person.
        """
        held = Remembered(copy.deepcopy(aggregate), last_hash, until)
        now = time.monotonic()
        with self._lock:
            if until - self._keep_seconds <= self._forgotten:
                return
            self._held[aggregate.id] = held
            self._held.move_to_end(aggregate.id)
            # What has ended goes, too: it is a person's data in the clear.
            while self._held:
                oldest = next(iter(self._held.values()))
                if oldest.until > now and len(self._held) <= self._keep:
                    break
                self._held.popitem(last=False)

    def forget(self, person_id: UUID) -> None:
        """Drops every aggregate of a person."""
        with self._lock:
            self._forgotten = time.monotonic()
            for stream, held in list(self._held.items()):
                if person_id in getattr(held.aggregate, "person_ids", ()):
                    del self._held[stream]
