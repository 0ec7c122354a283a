"""Domain events to rows and back; sealed fields go into one box under the person's key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    DatetimeAsISO,
    JSONTranscoder,
    Mapper,
    StoredEvent,
    Transcoder,
    UUIDAsHex,
)
from eventsourcing.utils import get_topic, resolve_topic

from panjareh_common.event_store.sealing import (
    Keyring,
    Owners,
    box_to_text,
    sealed_fields,
    text_to_box,
)

_BOX, _BOXES = "sealed", "sealed_for"

_NOBODY_ELSE: Mapping[str, Owners] = {}


def _transcoder() -> Transcoder:
    transcoder = JSONTranscoder()
    transcoder.register(UUIDAsHex())
    transcoder.register(DatetimeAsISO())
    return transcoder


class SealingMapper(Mapper[UUID]):
    """The library's mapper with one difference: fields declared Sealed are stored sealed.

    `state` is JSON: plain fields as they are, and `sealed: {person, box}` for the others. The box
    is bound to its stream, version and topic. A sealed field that holds nothing needs no box, and so
    no key: what is no secret may still happen to who was erased.

    What is another person's, or several persons', stands apart in `sealed_for: [{persons, each, boxes}]`
    (docs/decisions/0040).
    """

    def __init__(self, keyring: Keyring) -> None:
        super().__init__(transcoder=_transcoder())
        self._keyring = keyring

    def to_stored(
        self,
        event: DomainEventProtocol[UUID],
        person_id: UUID | None,
        owners: Mapping[str, Owners] = _NOBODY_ELSE,
    ) -> StoredEvent:
        """The row of an event of a person's aggregate; `owners` are those of fields that are not that person's.

        Raises TypeError for a sealed field without a person, PersonErased.
        """
        event_class = type(event)
        topic = get_topic(event_class)
        state: dict[str, Any] = dict(vars(event))
        stream, version = state.pop("originator_id"), state.pop("originator_version")
        filled = [name for name in sealed_fields(event_class) if state.get(name) is not None]
        hidden = {name: state.pop(name) for name in filled}
        if others := [name for name in filled if name in owners]:
            apart = {name: hidden.pop(name) for name in others}
            state[_BOXES] = self._seal_for(apart, owners, _context(stream, version, topic))
        if hidden:
            if person_id is None:
                raise TypeError(f"{topic} has sealed fields but its aggregate names no person")
            box = self._keyring.seal(person_id, hidden, _context(stream, version, topic))
            state[_BOX] = {"person": str(person_id), "box": box_to_text(box)}
        class_version = getattr(event_class, "class_version", 1)
        if class_version > 1:
            state["class_version"] = class_version
        return StoredEvent(stream, version, topic, self.transcoder.encode(state))

    def _seal_for(
        self, hidden: Mapping[str, Any], owners: Mapping[str, Owners], context: str
    ) -> list[dict[str, Any]]:
        """One entry for all fields of the same owners."""
        apart: dict[Owners, dict[str, Any]] = {}
        for name, value in hidden.items():
            apart.setdefault(owners[name], {})[name] = value
        return [
            {
                "persons": [str(person_id) for person_id in of.persons],
                "each": of.each,
                "boxes": [box_to_text(box) for box in self._keyring.seal_for(of, fields, context)],
            }
            for of, fields in apart.items()
        ]

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """For the library's own tools, which know no person: events without sealed fields only."""
        return self.to_stored(domain_event, None)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """The event as it was; sealed fields of an erased person are None."""
        event_class = resolve_topic(stored_event.topic)
        state = self.transcoder.decode(stored_event.state)
        sealed, apart = state.pop(_BOX, None), state.pop(_BOXES, ())
        if sealed is not None or apart:
            stream, version = stored_event.originator_id, stored_event.originator_version
            assert isinstance(stream, UUID)
            context = _context(stream, version, stored_event.topic)
            # What needed no box stands plain, and holds nothing.
            state.update(dict.fromkeys(sealed_fields(event_class)))
            if sealed is not None:
                box = text_to_box(sealed["box"])
                state.update(self._keyring.open(UUID(sealed["person"]), box, context) or {})
            for entry in apart:
                owners = Owners(tuple(map(UUID, entry["persons"])), entry["each"])
                boxes = [text_to_box(box) for box in entry["boxes"]]
                state.update(self._keyring.open_for(owners, boxes, context) or {})
        state["originator_id"] = stored_event.originator_id
        state["originator_version"] = stored_event.originator_version
        self.upcast(event_class, state)
        event = object.__new__(event_class)
        object.__setattr__(event, "__dict__", state)
        return event  # type: ignore[no-any-return]

    @staticmethod
    def upcast(event_class: Any, state: dict[str, Any]) -> None:
        """Brings the fields of an older version of an event up to the present one, in place."""
        have = state.pop("class_version", 1)
        for version in range(have, getattr(event_class, "class_version", 1)):
            getattr(event_class, f"upcast_v{version}_v{version + 1}")(state)


_TRANSCODER = _transcoder()


def fields_of(topic: str, state: bytes) -> dict[str, Any]:
    """The fields of a stored event with its box left closed: sealed ones are None, as after an erasure.

    It needs no key, and makes no event: for whoever reads many and wants little of each.
    """
    event_class = resolve_topic(topic)
    fields: dict[str, Any] = _TRANSCODER.decode(state)
    boxed = [fields.pop(name, None) for name in (_BOX, _BOXES)]
    if any(box is not None for box in boxed):
        fields.update(dict.fromkeys(sealed_fields(event_class)))
    SealingMapper.upcast(event_class, fields)
    return fields


def _context(stream: UUID, version: int, topic: str) -> str:
    return f"{stream}/{version}/{topic}"
