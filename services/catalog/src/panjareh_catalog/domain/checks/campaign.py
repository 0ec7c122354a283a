"""A campaign's window and its line: whether what the card says of them can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault

_TURNS_OF_RATE = 0.9  # as requests gives them


def faults(card: Card, known: Known) -> Iterator[Fault]:
    campaign = card.get("campaign")
    if not campaign:
        return
    opens, closes = (datetime.fromisoformat(campaign[name]) for name in ("opens_at", "closes_at"))
    if closes <= opens:
        yield Fault("/campaign/closes_at", "A campaign closes after it has opened.")
        return
    capacity = campaign.get("capacity")
    seconds = (closes - opens) / timedelta(seconds=1)
    if capacity and capacity > seconds * campaign["rate"] * _TURNS_OF_RATE:
        message = (
            "At this rate {most} people can be let in until it closes, and there are more places."
        )
        most = int(seconds * campaign["rate"] * _TURNS_OF_RATE)
        yield Fault("/campaign/rate", message, {"most": most})
