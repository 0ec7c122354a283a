"""The order in which an authority takes what waits for it: the time that ends first comes first.

A queue is one authority's requests of one skill. Whoever takes or decides one before another that stands ahead of
it owes a reason, which is recorded and which the applicants and the supervisors read (docs/decisions/0038).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

IDLE_AFTER = timedelta(days=14)
"""A review in which nothing happened for so long goes back to the queue."""
MOST_COUNTED = 1000
"""Of those ahead; more are told as so many."""


class Doing(StrEnum):
    """What was done before another request's turn."""

    REVIEW = "review"
    REASSIGNMENT = "reassignment"
    DECISION = "decision"
    CONFIRMATION = "confirmation"


class Released(StrEnum):
    """Why a review went back to the queue."""

    OFFICER = "officer"
    IDLE = "idle"
    LEFT_OFFICE = "left_office"


@dataclass(frozen=True)
class Place:
    """How many stand ahead of a request, of those that this officer could take; and why it is taken nevertheless."""

    ahead: int = 0
    reason: str = ""


FIRST = Place()


@dataclass(frozen=True)
class ReviewTerms:
    """How the card wants its requests reviewed. Without a `skill` every officer of the authority may."""

    skill: str | None = None
    four_eyes: bool = False
