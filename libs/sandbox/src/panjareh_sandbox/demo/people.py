"""Who the sandbox authorities know: the personas, and made-up facts for every other valid id."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from panjareh_sandbox.national_id import is_national_id

Bilingual = Mapping[str, str]


@dataclass(frozen=True)
class NoFacts:
    """How one authority answers about one person when it does not answer with facts."""

    outcome: str  # nothing_held or refused
    reason: Bilingual


@dataclass(frozen=True)
class Persona:
    """One made-up person, as the authorities hold them."""

    national_id: str
    given_name: str
    family_name: str
    birth_date: date
    alive: bool
    decile: int
    household_size: int
    active_lines: int
    data_plan: str
    key: str = ""
    name_en: str = ""
    mobile: str = ""
    shows: Bilingual = field(default_factory=lambda: MappingProxyType({}))
    instead_of_facts: Mapping[str, NoFacts] = field(default_factory=lambda: MappingProxyType({}))


@cache
def personas() -> tuple[Persona, ...]:
    """The people of the demo, in the order of the file."""
    text = (Path(__file__).parent / "personas.yaml").read_text(encoding="utf-8")
    return tuple(_persona(row) for row in yaml.safe_load(text)["personas"])


def person_with(national_id: str) -> Persona:
    """The persona with this national id, or made-up facts that are always the same for it."""
    if not is_national_id(national_id):
        raise ValueError("not a valid national id")
    return _by_national_id().get(national_id) or _made_up(national_id)


@cache
def _by_national_id() -> dict[str, Persona]:
    return {persona.national_id: persona for persona in personas()}


def _made_up(national_id: str) -> Persona:
    digest = hashlib.sha256(national_id.encode()).digest()
    return Persona(
        national_id=national_id,
        given_name="آزمون",
        family_name="نمونه",
        birth_date=date(1990, 1, 1),
        alive=True,
        decile=int.from_bytes(digest[:4], "big") % 10 + 1,
        household_size=digest[4] % 6 + 1,
        active_lines=1,
        data_plan="none",
        name_en="Azmoon Nemooneh",
    )


def _persona(row: dict[str, Any]) -> Persona:
    instead = {
        evidence_type: NoFacts(answer["outcome"], MappingProxyType(answer["reason"]))
        for evidence_type, answer in row.pop("instead_of_facts", {}).items()
    }
    return Persona(
        **row | {"birth_date": date.fromisoformat(row["birth_date"])},
        instead_of_facts=MappingProxyType(instead),
    )
