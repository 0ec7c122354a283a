"""The broker's queues: how full they are, and moving dead letters without losing one.

Only AMQP is spoken, with rights that make nothing: a queue is looked at by declaring it passively, and a
dead letter goes back by way of the default exchange (deploy/helm/panjareh/files/broker.yaml, user `ops`).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import amqp
from kombu import Connection

from panjareh_common.messaging.rabbit import BROKER_FAULTS, connect, drop
from panjareh_common.messaging.topology import dead_letter_queue, rpc_queue

# Known here by name: an operator's pod has none of the services installed. Held against them by a test.
LISTENERS: dict[str, tuple[str, ...]] = {
    "identity": ("erasures", "trust"),
    "catalog": (
        "on_request_submitted",
        "on_feedback_given",
        "on_authority_onboarded",
        "on_evidence_type_told",
        "erasures",
        "trust",
    ),
    "requests": (
        "on_service_published",
        "on_service_standing",
        "on_inquiry_ended",
        "on_inquiry_delayed",
        "on_authority_changed",
        "on_day_announced",
        "on_outage",
        "on_officer_appointed",
        "on_mandate",
        "erasures",
        "trust",
    ),
    "inquiry": ("erasures", "trust"),
    "feedback": ("on_request_moved", "erasures", "trust"),
}
_CONFIRM_SECONDS = 10
_BACK_SECONDS = 2.0
# Written by the broker when a message dies; a message that goes back begins anew.
_OF_DEATH = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-opt-")


class QueueFault(Exception):
    """The broker did not do what was asked; what was not confirmed lies where it was."""


@dataclass(frozen=True)
class Depth:
    """Of one queue: messages ready to be taken, and who takes."""

    queue: str
    messages: int
    consumers: int


@dataclass(frozen=True)
class Letter:
    """A dead letter as far as it is shown: never its data."""

    id: str
    type: str
    subject: str
    time: str
    listener: str
    reason: str
    died_at: str
    size: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def queues_of(service: str) -> list[str]:
    """Every queue of a service but that of its dead letters."""
    return [str(rpc_queue(service).name), *(f"{service}.{name}" for name in LISTENERS[service])]


def dead_queue(service: str) -> str:
    return str(dead_letter_queue(service).name)


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """Raises BrokerUnavailable."""
    connection = connect(url)
    try:
        yield connection
    finally:
        drop(connection)


def depth(connection: Connection, queue: str) -> Depth | None:
    """None where there is no such queue."""
    # Asking for what is not there closes the channel.
    channel = connection.channel()
    try:
        told = channel.queue_declare(queue, passive=True)
    except amqp.exceptions.NotFound:
        return None
    channel.close()
    return Depth(queue, int(told.message_count), int(told.consumer_count))


class DeadLetters:
    """The dead letters of one service."""

    def __init__(self, connection: Connection, service: str) -> None:
        self._connection = connection
        self._service = service
        self.queue = dead_queue(service)

    def look(self, limit: int) -> tuple[int, list[Letter]]:
        """How many there are, and what the first are; they stay. Raises QueueFault without a queue."""
        count = self._count()
        channel = self._connection.channel()
        try:
            found = [self._letter(m) for m in _take(channel, self.queue, min(count, limit))]
        finally:
            channel.close()  # what was taken and not settled goes back to its place
        self._wait_until_back(count)
        return count, found

    def replay(self, wanted: Callable[[Letter], bool]) -> list[Letter]:
        """Sends letters back to the queue they died in. Raises QueueFault.

        One goes from here only after the broker has confirmed that the other queue has it. Whoever is
        killed in between leaves it in both, and the listener's inbox lets the second be.
        """

        def send(channel: Any, message: Any, letter: Letter) -> None:
            self._check(letter)
            try:
                channel.basic_publish_confirm(
                    _anew(message),
                    exchange="",
                    routing_key=letter.listener,
                    mandatory=True,
                    timeout=_CONFIRM_SECONDS,
                    confirm_timeout=_CONFIRM_SECONDS,
                )
            except BROKER_FAULTS as cause:
                raise QueueFault(
                    f"the broker did not take {letter.id} for {letter.listener}; it is still in {self.queue}"
                ) from cause

        return self._settle(wanted, send)

    def discard(self, wanted: Callable[[Letter], bool]) -> list[Letter]:
        """Throws letters away, for good."""
        return self._settle(wanted, lambda *_: None)

    def _settle(
        self, wanted: Callable[[Letter], bool], first: Callable[[Any, Any, Letter], None]
    ) -> list[Letter]:
        channel = self._connection.channel()
        channel.confirm_select()
        moved: list[Letter] = []
        # No more than there are now: one that dies again at once must not be moved in circles.
        count = self._count()
        try:
            for message in _take(channel, self.queue, count):
                letter = self._letter(message)
                if wanted(letter):
                    first(channel, message, letter)
                    channel.basic_ack(message.delivery_tag)
                    moved.append(letter)
        finally:
            if channel.is_open:
                channel.close()
        self._wait_until_back(count - len(moved))
        return moved

    def _wait_until_back(self, count: int) -> None:
        """The broker puts back what a closed channel held a moment later, and until then there seem to be less.

        Not longer than a moment: somebody else may be taking them.
        """
        deadline = time.monotonic() + _BACK_SECONDS
        pause = threading.Event()
        while self._count() < count and time.monotonic() < deadline:
            pause.wait(0.02)  # the broker does not tell, it can only be asked

    def _count(self) -> int:
        found = depth(self._connection, self.queue)
        if found is None:
            raise QueueFault(f"there is no queue {self.queue}; `migrate` declares it")
        return found.messages

    def _check(self, letter: Letter) -> None:
        # The header could have been written by anybody who may publish; only the service's own will do.
        if letter.listener not in queues_of(self._service):
            raise QueueFault(
                f"{letter.id} says that it died in {letter.listener or 'no queue'}, which is none of "
                f"{self._service}'s; discard it, or replay others with --id"
            )

    def _letter(self, message: Any) -> Letter:
        headers = message.headers.get("application_headers") or message.headers or {}
        death: dict[str, Any] = next(iter(headers.get("x-death") or ()), {})
        raw = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        event = _read(raw)
        died_at: Any = death.get("time")
        return Letter(
            id=str(event.get("id") or f"unreadable:{hashlib.sha256(raw).hexdigest()[:16]}"),
            type=str(event.get("type", "")),
            subject=str(event.get("subject", "")),
            time=str(event.get("time", "")),
            listener=str(death.get("queue") or message.delivery_info.get("routing_key", "")),
            reason=str(death.get("reason", "")),
            died_at=died_at.isoformat() if died_at else "",
            size=len(raw),
        )


def with_ids(ids: Iterable[str]) -> Callable[[Letter], bool]:
    """Letters with one of these ids; all of them where none is named."""
    named = set(ids)
    return lambda letter: not named or letter.id in named


def _take(channel: Any, queue: str, count: int) -> Iterator[Any]:
    for _ in range(count):
        message = channel.basic_get(queue, no_ack=False)
        if message is None:
            return
        yield message


def _read(raw: bytes) -> dict[str, Any]:
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _anew(message: Any) -> amqp.Message:
    """The same message, byte for byte, without what the broker noted about its death."""
    properties = dict(message.properties)
    headers = properties.pop("application_headers", None) or {}
    kept = {name: value for name, value in headers.items() if not name.startswith(_OF_DEATH)}
    properties["delivery_mode"] = 2
    return amqp.Message(message.body, application_headers=kept, **properties)
