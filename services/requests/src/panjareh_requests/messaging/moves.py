"""Tells every gateway live that a request has moved: which one, and to which version (docs/decisions/0041)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from panjareh_common.event_store import RecordedEvent
from panjareh_common.following import Follower
from panjareh_common.messaging.message import Message
from panjareh_common.messaging.topology import REQUEST_MOVED
from panjareh_common.projection import topics_of
from panjareh_requests.domain.service_request import ServiceRequest


class LiveBroker(Protocol):
    def publish_live(self, messages: Sequence[Message]) -> None:
        """To whoever listens now. Raises BrokerUnavailable."""
        ...


class Moves(Follower):
    """Follows the log beside the relay, opens nothing, and says of a batch only how far each request has come.

    Nothing is kept at the broker: a gateway that did not hear it looks by itself when it hears again.
    """

    name = "requests.moves"
    topics = topics_of(ServiceRequest)
    opened = False

    def __init__(self, broker: LiveBroker) -> None:
        self._broker = broker

    def tell(self, events: Sequence[RecordedEvent]) -> None:
        newest = {event.stream: event for event in events}  # a stream's versions come in order
        self._broker.publish_live([_moved(event) for event in newest.values()])


def _moved(event: RecordedEvent) -> Message:
    return Message(
        id=f"{event.stream}:{event.version}",
        source="requests",
        type=REQUEST_MOVED,
        subject=str(event.stream),
        time=event.occurred_at,
        sequence=event.version,
        traceparent=event.metadata.get("traceparent"),
    )
