"""What must hold for an identity card to be published, beyond the shape of its fields: the one door for all.

A part is a module here with `faults(card, known)`, a line in `_PARTS`, and nothing else. It gets a card of
format 2 whose shape is right (adapters/card_schema.py), and names every fault with its place. What another
part would name is left to that part: of a broken form, rules say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from panjareh_catalog.domain.checks import (
    applicants,
    campaign,
    fit,
    forms,
    life_events,
    media,
    once_only,
    outputs,
    parents,
    payment,
    rules,
)
from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault

__all__ = ["Known", "faults_of"]

_PARTS: tuple[Callable[[Card, Known], Iterator[Fault]], ...] = (
    fit.faults,
    forms.faults,
    once_only.faults,
    applicants.faults,
    rules.faults,
    outputs.faults,
    payment.faults,
    campaign.faults,
    media.faults,
    life_events.faults,
    parents.faults,
)


def faults_of(card: Card, known: Known) -> list[Fault]:
    """Every fault of a card whose fields have the right shape; empty when it may be published."""
    return [fault for part in _PARTS for fault in part(card, known)]
