"""Life events of a card are those of the vocabulary: by another word nobody would find the service (C1)."""

from __future__ import annotations

from collections.abc import Iterator

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault


def faults(card: Card, known: Known) -> Iterator[Fault]:
    if not known.life_events:
        return
    for place, name in enumerate(card["life_events"]):
        if name not in known.life_events:
            yield Fault(
                f"/life_events/{place}",
                "There is no life event {life_event}. Choose from these: {known}.",
                {"life_event": name, "known": ", ".join(sorted(known.life_events))},
            )
