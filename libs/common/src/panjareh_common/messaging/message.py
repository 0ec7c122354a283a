"""An integration event as a CloudEvent 1.0, and the port that publishes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from panjareh_common.clock import from_wire, to_wire

CONTENT_TYPE = "application/cloudevents+json"


@dataclass(frozen=True)
class Message:
    """One event for others to know. `data` carries ids and public facts, never personal data.

    `id` is `<stream>:<version>`, so that a repeat is recognisable; `sequence` is the stream's
    version, for receivers that need the order within one subject.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    data: Mapping[str, Any] = field(default_factory=dict)
    traceparent: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The CloudEvent in its JSON format."""
        event = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": to_wire(self.time),
            "dataschema": f"urn:panjareh:event:{self.type}",
            "datacontenttype": "application/json",
            "sequence": f"{self.sequence:010d}",
            "data": dict(self.data),
        }
        if self.traceparent:
            event["traceparent"] = self.traceparent
        return event

    def to_body(self) -> bytes:
        """Raises TypeError for data that is not plain JSON."""
        return json.dumps(self.to_json(), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, event: Mapping[str, Any]) -> Message:
        """Raises ValueError, KeyError or TypeError for what is not one of our events; unknown fields are let be."""
        return cls(
            id=event["id"],
            source=event["source"],
            type=event["type"],
            subject=event["subject"],
            time=from_wire(event["time"]),
            sequence=int(event["sequence"]),
            data=event["data"],
            traceparent=event.get("traceparent"),
        )

    @classmethod
    def from_body(cls, body: bytes) -> Message:
        """Raises as from_json does."""
        return cls.from_json(json.loads(body))


class BrokerUnavailable(Exception):
    """The broker did not confirm; nothing may be counted as published."""


class Broker(Protocol):
    """Publishes events. Returns only when the broker has confirmed every one of them."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Raises BrokerUnavailable; some of the messages may then have gone out, and will again."""
        ...
