"""One sample of every public message, made by its owner's translation from that owner's golden event.

Listeners' tests read the same files, so owner and listener cannot drift apart unseen. **For a new
message**: add the golden event (tests/golden/events.py), then run
`.venv/bin/python -m tests.contract.public_events`; it writes the samples that are missing. A sample
that is wrong on purpose (the message gained a field) is deleted and written anew; a field that a
listener reads is never taken away within one version.
"""

from __future__ import annotations

import json
from pathlib import Path

from panjareh_common.event_store import RecordedEvent
from panjareh_common.messaging import Message
from panjareh_common.messaging.relay import Relay
from panjareh_common.settings import SERVICES
from panjareh_common.testing.fake_broker import FakeBroker
from tests.golden.events import path_of, read
from tests.inventory import published

HERE = Path(__file__).parent / "events"


def types_of(service: str) -> dict[str, list[type]]:
    """The public messages of a service, each with the private events that it tells of."""
    found: dict[str, list[type]] = {}
    for event_class, (type_, _) in published(service).items():
        found.setdefault(type_, []).append(event_class)
    return found


ALL = {type_: service for service in SERVICES for type_ in types_of(service)}


def made_by_owner(service: str, event_class: type) -> Message:
    """What the owner's relay publishes of the golden event."""
    golden = read(path_of(service, event_class, 1))
    event = golden.event()
    recorded = RecordedEvent(
        stream=golden.stream,
        version=golden.version,
        position=1,
        topic=golden.topic,
        metadata=golden.metadata,
        occurred_at=event.timestamp,
        recorded_at=event.timestamp,
        hash=b"",
        event=event,
    )
    return Relay(service, published(service), FakeBroker()).to_message(recorded)


def path_of_type(type_: str) -> Path:
    return HERE / f"{type_}.json"


def sample(type_: str) -> Message:
    """The sample as a listener reads it."""
    return Message.from_body(path_of_type(type_).read_bytes())


def write_missing() -> list[Path]:
    written = []
    for type_, service in ALL.items():
        path = path_of_type(type_)
        if not path.exists():
            message = made_by_owner(service, types_of(service)[type_][0])
            body = json.loads(message.to_body())
            path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", "utf-8")
            written.append(path)
    return written


if __name__ == "__main__":
    for path in write_missing():
        print(path)
