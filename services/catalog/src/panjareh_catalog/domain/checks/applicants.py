"""Who may ask, and who has to join: each party with a name of its own, a form that people can fill in, evidence about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from panjareh_catalog.domain.checks import forms, once_only
from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault
from panjareh_common.forms import fields_of

# Before the dot in names that rules look at.
_TAKEN = frozenset({"form", "applicant", "request"})
_AUDIENCE = {"persons": ["person"], "organisations": ["organisation"]}


def faults(card: Card, known: Known) -> Iterator[Fault]:
    applicants = card.get("applicants")
    if not applicants:
        return
    audience = _AUDIENCE.get(card["audience"])
    if audience is not None and [*applicants["who"]] != audience:
        yield Fault(
            "/applicants/who",
            "The card is for {audience} and lets others ask. Name the same in `audience` and `applicants`.",
            {"audience": card["audience"]},
        )
    keys = [party["key"] for party in applicants.get("parties") or []]
    evidence = {wanted["type"] for wanted in card["evidence"]} | set(known.evidence)
    for place, party in enumerate(applicants.get("parties") or []):
        pointer, key = f"/applicants/parties/{place}", party["key"]
        if key in keys[:place] or key in _TAKEN or key in evidence:
            yield Fault(
                f"{pointer}/key",
                "{key} is the name of something else here. Give this party a name of its own.",
                {"key": key},
            )
        yield from _party_faults(card, known, pointer, party)


def _party_faults(
    card: Card, known: Known, pointer: str, party: Mapping[str, Any]
) -> Iterator[Fault]:
    form = party.get("form")
    if form is not None:
        # The same is expected of it as of the first applicant's.
        alone = {**card, "form": form, "evidence": party.get("evidence") or []}
        for part in (forms.faults, once_only.faults):
            for fault in part(alone, known):
                yield replace(fault, pointer=pointer + fault.pointer)
    shown = {"sees": card["form"], "shows": form or {}}
    for name, of in shown.items():
        fields = {field.path for field in fields_of(of)}
        for place, field in enumerate(party.get(name) or []):
            if field not in fields:
                yield Fault(
                    f"{pointer}/{name}/{place}",
                    "There is no field {field} in that form.",
                    {"field": field},
                )
    types = [wanted["type"] for wanted in party.get("evidence") or []]
    for place, wanted in enumerate(types):
        if wanted in types[:place]:
            yield Fault(
                f"{pointer}/evidence/{place}/type",
                "The evidence {type} is listed twice. List it once.",
                {"type": wanted},
            )
