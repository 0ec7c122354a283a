"""Which public services may be of use to a person now, and why (requirement I8).

A hint decides nothing: nobody is entitled to a service by it, and nobody is kept from one without it. It is made
of what the person chose to have looked at, and it says each of its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MOST_HINTS = 20
SOON = timedelta(days=90)
"""A document is spoken of from so long before its end, and until so long after it as LATE says."""
LATE = timedelta(days=365)

CHOSE = "You chose the life event “{title}”."
OF_AGE = "You are {age} years old; this service is open from {min_age} years on."
EXPIRES = "Your document “{title}” is valid until {date}; this service renews it."
EXPIRED = "Your document “{title}” was valid until {date}; this service renews it."


@dataclass(frozen=True)
class Choice:
    """What a person wants hints to be made of. `life_events`: those that they are in, by code."""

    on: bool
    life_events: tuple[str, ...] = ()
    age: bool = False
    documents: bool = False


@dataclass(frozen=True)
class HeldDocument:
    """A document that was issued to the person here. `valid_until` is its last day; `title` in the reader's language."""

    kind: str
    title: str
    valid_until: date


@dataclass(frozen=True)
class Candidate:
    """A published service, as far as hints look at it. `life_events`: code to title."""

    code: str
    life_events: Mapping[str, str]
    renews: str | None
    min_age: int | None
    max_age: int | None


@dataclass(frozen=True)
class Reason:
    """Why. `message` is one of the sentences of this module, which `values` fill."""

    message: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Hint:
    service_code: str
    reasons: tuple[Reason, ...]
    until: date | None
    """The end of the document that it is about."""


def hints(
    candidates: Iterable[Candidate],
    choice: Choice,
    *,
    age: int | None,
    documents: Iterable[HeldDocument],
    today: date,
) -> list[Hint]:
    """At most MOST_HINTS, what ends first at the top, then by how much speaks for them.

    A service for another age is no hint, whatever else speaks for it; where the age is not known, none is left out.
    """
    spoken_of = [held for held in documents if -LATE <= held.valid_until - today <= SOON]
    made = [
        hint
        for candidate in candidates
        if _fits(candidate, age)
        and (hint := _hint(candidate, choice, age, spoken_of, today)).reasons
    ]
    return sorted(made, key=_order)[:MOST_HINTS]


def _fits(candidate: Candidate, age: int | None) -> bool:
    if age is None:
        return True
    least, most = candidate.min_age, candidate.max_age
    return (least is None or age >= least) and (most is None or age <= most)


def _hint(
    candidate: Candidate,
    choice: Choice,
    age: int | None,
    documents: Iterable[HeldDocument],
    today: date,
) -> Hint:
    renewed = [held for held in documents if held.kind == candidate.renews]
    reasons = [
        Reason(
            EXPIRES if held.valid_until >= today else EXPIRED,
            {"title": held.title, "date": held.valid_until},
        )
        for held in renewed
    ]
    reasons += [
        Reason(CHOSE, {"title": title})
        for code, title in candidate.life_events.items()
        if code in choice.life_events
    ]
    if age is not None and age == candidate.min_age:
        reasons.append(Reason(OF_AGE, {"age": age, "min_age": candidate.min_age}))
    until = min((held.valid_until for held in renewed), default=None)
    return Hint(candidate.code, tuple(reasons), until)


def _order(hint: Hint) -> tuple[date, int, str]:
    return hint.until or date.max, -len(hint.reasons), hint.service_code
