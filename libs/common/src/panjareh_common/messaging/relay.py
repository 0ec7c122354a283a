"""The relay: follows the log, publishes what others may know, and remembers how far it got.

At least once and in order. A crash between the broker's confirm and the commit of the position
repeats messages and never loses one; receivers drop repeats by their id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from eventsourcing.utils import get_topic

from panjareh_common import telemetry
from panjareh_common.event_store.log import RecordedEvent
from panjareh_common.following import Follower
from panjareh_common.messaging.message import Broker, BrokerUnavailable, Message
from panjareh_common.messaging.topology import EVENTS

_SENT = telemetry.counter("messaging.client.sent.messages", "events told to the broker")
_TOOK = telemetry.Duration(
    "messaging.client.operation.duration",
    "from sending a batch of events to the broker's confirm",
    ("messaging.operation.name", "messaging.destination.name", "error.type"),
)
_TO = {"messaging.destination.name": EVENTS.name}

Translation = tuple[str, Callable[[Any], dict[str, Any]]]
"""The public name of a private event, and what of it may be known."""


class PublicEvents:
    """What of one service's log others may know, as messages."""

    def __init__(self, service: str, published: Mapping[type, Translation]) -> None:
        self._service = service
        self._published = {get_topic(kind): translation for kind, translation in published.items()}
        self.types = frozenset(type_ for type_, _ in self._published.values())

    def topics(self, types: Collection[str]) -> list[str]:
        """The topics of the private events that are told under some of the public names."""
        return [topic for topic, (type_, _) in self._published.items() if type_ in types]

    def type_of(self, recorded: RecordedEvent) -> str:
        return self._published[recorded.topic][0]

    def to_message(self, recorded: RecordedEvent, traceparent: str | None) -> Message:
        type_, translate = self._published[recorded.topic]
        return Message(
            id=f"{recorded.stream}:{recorded.version}",
            source=self._service,
            type=type_,
            subject=str(recorded.stream),
            time=recorded.occurred_at,
            sequence=recorded.version,
            data=translate(recorded.event),
            traceparent=traceparent,
        )


class Relay(Follower):
    """A follower that translates events of one service and publishes them."""

    def __init__(self, service: str, published: Mapping[type, Translation], broker: Broker) -> None:
        self.name = f"{service}.relay"
        self._public = PublicEvents(service, published)
        self._broker = broker
        self.topics: Sequence[str] = tuple(self._public.topics(self._public.types))

    def tell(self, events: Sequence[RecordedEvent]) -> None:
        messages = [self.to_message(event) for event in events]
        try:
            with _TOOK.timed("send", EVENTS.name):
                self._broker.publish(messages)
        except BrokerUnavailable as cause:
            _SENT.add(len(messages), _TO | {"error.type": type(cause).__name__})
            raise
        _SENT.add(len(messages), _TO)

    def to_message(self, recorded: RecordedEvent) -> Message:
        type_, stored = self._public.type_of(recorded), recorded.metadata.get("traceparent")
        with telemetry.send_span(type_, stored) as traceparent:
            return self._public.to_message(recorded, traceparent)
