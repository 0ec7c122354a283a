"""What an issued document is to say comes from what the service knows: facts that it asks for, fields of its form."""

from __future__ import annotations

from collections.abc import Iterator

from panjareh_catalog.domain.checks.rules import is_known
from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault


def faults(card: Card, known: Known) -> Iterator[Fault]:
    names = [shown["from"] for shown in (card.get("output") or {}).get("shows") or []]
    for place, name in enumerate(names):
        pointer = f"/output/shows/{place}/from"
        if not is_known(name, card, known):
            yield Fault(
                pointer,
                "The document is to show {name}, which is neither a fact of evidence that this service "
                "asks for, nor a field of its form (form.…).",
                {"name": name},
            )
        if name in names[:place]:
            yield Fault(pointer, "The document shows {name} twice. List it once.", {"name": name})
