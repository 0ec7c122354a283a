"""The relay: follows the log, publishes what others may know, and remembers how far it got.

At least once and in order. A crash between the broker's confirm and the commit of the position
repeats messages and never loses one; receivers drop repeats by their id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eventsourcing.utils import get_topic

from panjareh_common import telemetry
from panjareh_common.event_store.log import RecordedEvent
from panjareh_common.following import Follower
from panjareh_common.messaging.message import Broker, Message

Translation = tuple[str, Callable[[Any], dict[str, Any]]]
"""The public name of a private event, and what of it may be known."""


class Relay(Follower):
    """A follower that translates events of one service and publishes them."""

    def __init__(self, service: str, published: Mapping[type, Translation], broker: Broker) -> None:
        self.name = f"{service}.relay"
        self._service = service
        self._published = {get_topic(kind): translation for kind, translation in published.items()}
        self._broker = broker
        self.topics: Sequence[str] = tuple(self._published)

    def tell(self, events: Sequence[RecordedEvent]) -> None:
        self._broker.publish([self.to_message(event) for event in events])

    def to_message(self, recorded: RecordedEvent) -> Message:
        type_, translate = self._published[recorded.topic]
        with telemetry.send_span(type_, recorded.metadata.get("traceparent")) as traceparent:
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
