"""Faults of a card, told to who sent it: in their language, and where in what they sent."""

from __future__ import annotations

from collections.abc import Iterable

from panjareh_catalog.domain.values import Fault
from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import catalogue, text

# Sentences of the shape's library have their Persian in common.
_PACKAGES = ("panjareh_catalog", "panjareh_common")


def told(fault: Fault, language: str) -> str:
    """A fault's sentence in a language; English where no translation is known."""
    for package in _PACKAGES:
        if fault.message in catalogue(package, language):
            return text(package, fault.message, language, **fault.values)
    return fault.detail


def refused(faults: Iterable[Fault], language: str, under: str = "/card") -> InvalidInput:
    """All faults as one refusal; `under` is where the card stands in what was sent."""
    return InvalidInput(
        [
            {"pointer": f"{under}{fault.pointer}", "detail": told(fault, language)}
            for fault in faults
        ]
    )
