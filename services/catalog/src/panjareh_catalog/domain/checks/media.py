"""Pictures and sounds that steps show are stored before a card names them (C2)."""

from __future__ import annotations

from collections.abc import Iterator

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault


def faults(card: Card, known: Known) -> Iterator[Fault]:
    for place, step in enumerate(card["steps"]):
        for number, medium in enumerate(step.get("media") or []):
            pointer, stored = f"/steps/{place}/media/{number}", known.media.get(medium["id"])
            if stored is None:
                yield Fault(
                    f"{pointer}/id",
                    "There is no stored medium with this id. Upload it first at /agency/v1/media.",
                )
            elif stored != medium["kind"]:
                yield Fault(
                    f"{pointer}/kind", "This medium is of the kind {kind}.", {"kind": stored}
                )
