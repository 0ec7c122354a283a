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

from panjareh_sandbox.national_id import is_national_id, with_check_digit

Bilingual = Mapping[str, str]

_CHILD, _CHILD_BORN = "1", date(2016, 6, 15)  # national ids that begin so belong to children


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
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
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
        birth_date=_CHILD_BORN if _is_child(national_id) else date(1990, 1, 1),
        alive=True,
        decile=int.from_bytes(digest[:4], "big") % 10 + 1,
        household_size=digest[4] % 6 + 1,
        active_lines=1,
        data_plan="none",
        name_en="Azmoon Nemooneh",
        mobile=f"0935{national_id[2:9]}",
    )


def ward_of(national_id: str) -> Persona | None:
    """The child of whom this person is the guardian; children themselves are nobody's."""
    return None if _is_child(national_id) else _made_up(ward_id(national_id))


def ward_id(national_id: str) -> str:
    """The national id of somebody's child: in a range that only children have."""
    return with_check_digit(f"{_CHILD}{national_id[1:9]}")


def company_of(national_id: str) -> Mapping[str, str] | None:
    """The company that this person represents."""
    if _is_child(national_id):
        return None
    return {"company_id": company_id(national_id), "name": "شرکت آزمون نمونه"}


def company_id(national_id: str) -> str:
    """The national company id of somebody's company, with its check digit."""
    first_ten = f"10{national_id[1:9]}"
    added = int(first_ten[9]) + 2
    weights = (29, 27, 23, 19, 17) * 2
    total = sum((int(d) + added) * w for d, w in zip(first_ten, weights, strict=True))
    return f"{first_ten}{total % 11 % 10}"


def _is_child(national_id: str) -> bool:
    return national_id.startswith(_CHILD)


def mobile_of(subject: str) -> str:
    """The number that is registered for whoever is known by this: a national id, or any other id as text."""
    if is_national_id(subject):
        return person_with(subject).mobile
    return f"0936{''.join(ch for ch in subject if ch.isdigit())[-7:]:0>7}"


def _persona(row: dict[str, Any]) -> Persona:
    instead = {
        evidence_type: NoFacts(answer["outcome"], MappingProxyType(answer["reason"]))
        for evidence_type, answer in row.pop("instead_of_facts", {}).items()
    }
    return Persona(
        **row
        | {
            "birth_date": date.fromisoformat(row["birth_date"]),
            "facts": MappingProxyType(row.get("facts", {})),
        },
        instead_of_facts=MappingProxyType(instead),
    )
