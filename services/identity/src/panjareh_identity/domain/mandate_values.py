"""The words of mandates: who may act for whom, how far, and how long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from panjareh_identity.domain.values import Unfit, read_digits

EVERY_SERVICE = "*"
_SERVICE_CODE = re.compile(r"[A-Z]{2,8}-\d{3}")
_MOST_SERVICES = 100

USUAL = timedelta(days=365)
# What a registry or an officer has proved grows old; what a person has given themself does not.
LONGEST_PROVED = timedelta(days=366)
LONGEST_GIVEN = timedelta(days=5 * 366)
UNANSWERED = timedelta(days=30)


class MandateKind(StrEnum):
    """Who is represented, and with that who has to agree."""

    CHILD = "child"
    """Under eighteen. The civil registry, or one of its officers, says who the guardian is."""
    ADULT = "adult"
    """An elderly parent, say: agrees in their own account."""
    ORGANISATION = "organisation"
    """A company. The companies registry, or one of its officers, says who represents it."""

    @property
    def authority(self) -> str | None:
        """Whose registry and officers prove it; None where the other person agrees."""
        return _PROVED_BY.get(self)

    @property
    def longest(self) -> timedelta:
        return LONGEST_GIVEN if self is MandateKind.ADULT else LONGEST_PROVED


_PROVED_BY = {
    MandateKind.CHILD: "civil_registry",
    MandateKind.ORGANISATION: "companies_registry",
}


class MandateStatus(StrEnum):
    ASKED = "asked"
    WITH_OFFICERS = "with_officers"
    ACTIVE = "active"
    REFUSED = "refused"
    ENDED = "ended"


class MandateEnd(StrEnum):
    """Why a mandate ended."""

    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given_up"
    OFFICER = "officer"
    TIME_OVER = "time_over"
    OF_AGE = "of_age"
    UNANSWERED = "unanswered"
    DEATH = "death"
    ERASED = "erased"
    CLOSED = "closed"


class Side(StrEnum):
    """On which side of a mandate somebody stands."""

    REPRESENTATIVE = "representative"
    REPRESENTED = "represented"


@dataclass(frozen=True)
class Acting:
    """For whom the tokens of one acting session are. `scope` holds service codes, or EVERY_SERVICE alone."""

    represented: UUID
    mandate: UUID
    scope: tuple[str, ...]
    sid: str
    until: datetime
    kind: MandateKind = MandateKind.ADULT

    @property
    def represented_kind(self) -> str:
        """Of those whose data it is: person or organisation."""
        return "organisation" if self.kind is MandateKind.ORGANISATION else "person"


@dataclass(frozen=True)
class Ward:
    """A child whose guardian somebody is, as the civil registry holds them. `born` is Gregorian."""

    national_id: str
    given_name: str
    family_name: str
    born: date
    alive: bool


@dataclass(frozen=True)
class Company:
    """A company that somebody represents, as the companies registry holds it."""

    company_id: str
    name: str


def read_scope(wanted: Iterable[str]) -> tuple[str, ...]:
    """Service codes in order, or EVERY_SERVICE alone. Raises Unfit."""
    scope = tuple(sorted(set(wanted)))
    if EVERY_SERVICE in scope:
        return (EVERY_SERVICE,)
    if not 1 <= len(scope) <= _MOST_SERVICES or not all(map(_SERVICE_CODE.fullmatch, scope)):
        raise Unfit("Name services by their codes, like INET-001, or write * for all of them.")
    return scope


def lies_within(narrow: Sequence[str], wide: Sequence[str]) -> bool:
    return EVERY_SERVICE in wide or (EVERY_SERVICE not in narrow and set(narrow) <= set(wide))


def read_company_id(text: str) -> str:
    """The eleven ASCII digits of a national company id whose check digit is right. Raises Unfit.

    Its check digit: each of the first ten digits, with the tenth and two added, times its weight.
    """
    number = read_digits(text)
    if not re.fullmatch(r"[0-9]{11}", number) or int(number[10]) != _company_check(number):
        raise Unfit(
            "This is not a national company id. It has eleven digits; check them one by one."
        )
    return number


_WEIGHTS = (29, 27, 23, 19, 17) * 2


def _company_check(number: str) -> int:
    added = int(number[9]) + 2
    total = sum(
        (int(digit) + added) * weight for digit, weight in zip(number[:10], _WEIGHTS, strict=True)
    )
    return total % 11 % 10


def organisation_id(company_id: str) -> UUID:
    """A company is public and has one number, so its id here follows from it."""
    return uuid5(NAMESPACE_URL, f"panjareh:organisation/{company_id}")
