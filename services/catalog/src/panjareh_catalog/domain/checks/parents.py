"""A service may be a part of another one, and nothing is a part of itself."""

from __future__ import annotations

from collections.abc import Iterator

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault


def faults(card: Card, known: Known) -> Iterator[Fault]:
    parent = card.get("parent")
    if parent is None:
        return
    passed = {card["code"]: None}  # in order; a list would be searched anew at each step
    above: str | None = parent
    while above is not None:
        if above in passed:
            yield Fault(
                "/parent",
                "The service {service_code} would be a part of itself: {way}. Name another parent, or none.",
                {"service_code": card["code"], "way": " → ".join([*passed, above])},
            )
            return
        if above not in known.services:
            yield Fault(
                "/parent",
                "There is no public service with the code {service_code} to be a part of. Publish it first, or together with this one.",
                {"service_code": above},
            )
            return
        passed[above] = None
        above = known.services[above].parent
