"""Golden events: one stored event of every class and version, as the log kept it, never edited.

They show that a stored event loads for ever. **For a new event class** (or a new version of one):

1. add a sample to `tests/golden/samples.py`,
2. run `.venv/bin/python -m tests.golden.events`; it writes the files that are missing and touches
   no other,
3. look at the new file, and commit it together with the class.

**When an event changes**, its golden file stays as it is: raise the class's `class_version`, write
`upcast_v1_v2`, and make a second file (`….v2.json`) in the same way. Only an event that was never
released anywhere may have its file deleted and written anew.

A file holds the topic, stream and version, the metadata, and the state as stored, except that
sealed fields stand in it opened: no key has to be kept for the tests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import get_topic

from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.settings import SERVICES
from tests.inventory import aggregates, events, events_of

HERE = Path(__file__).parent


class NoKeys:
    """A keyring for golden files, in which nothing is sealed."""

    def open(self, person_id: UUID, box: bytes, context: str) -> Any:
        raise AssertionError("a golden file holds its sealed fields opened")


MAPPER = SealingMapper(NoKeys())  # type: ignore[arg-type]


@dataclass(frozen=True)
class Golden:
    """One golden file, read."""

    stream: UUID
    version: int
    topic: str
    state: dict[str, Any]
    metadata: dict[str, str]

    def event(self, **changes: Any) -> Any:
        """The event as the log would load it today."""
        state = json.dumps(self.state | changes, ensure_ascii=False).encode()
        stored = StoredEvent(self.stream, self.version, self.topic, state)
        return MAPPER.to_domain_event(stored)


def path_of(service: str, event_class: type[Aggregate.Event], version: int | None = None) -> Path:
    version = version or getattr(event_class, "class_version", 1)
    return HERE / service / f"{get_topic(event_class)}.v{version}.json"


def all_files() -> list[Path]:
    return sorted(HERE.glob("*/*.json"))


def read(path: Path) -> Golden:
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Golden(UUID(kept.pop("stream")), **kept)


def _text_of(event_class: type[Aggregate.Event], first: bool, fields: dict[str, Any]) -> str:
    from tests.golden.samples import AT, METADATA, STREAM

    state: dict[str, Any] = dict(fields) | {"timestamp": AT}
    if first:
        owner = next(a for s in SERVICES for a in aggregates(s) if event_class in events_of(a))
        state["originator_topic"] = get_topic(owner)
    version = getattr(event_class, "class_version", 1)
    if version > 1:
        state["class_version"] = version
    kept = {
        "topic": get_topic(event_class),
        "stream": str(STREAM),
        "version": 1 if first else 2,
        "metadata": METADATA,
        "state": json.loads(MAPPER.transcoder.encode(state)),
    }
    return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"


def write_missing() -> list[Path]:
    """Writes the golden files of those events that have a sample and no file yet."""
    from tests.golden.samples import SAMPLES

    written = []
    for service in SERVICES:
        for event_class in events(service):
            path = path_of(service, event_class)
            if event_class in SAMPLES and not path.exists():
                first = issubclass(event_class, Aggregate.Created)
                path.parent.mkdir(exist_ok=True)
                path.write_text(_text_of(event_class, first, SAMPLES[event_class]), "utf-8")
                written.append(path)
    return written


if __name__ == "__main__":
    for path in write_missing():
        print(path)
