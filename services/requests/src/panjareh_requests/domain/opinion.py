"""The words in which another authority is asked for its opinion about a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MOST_OPEN = 5
MOST_OPINIONS = 20
"""Of one request; each is told to its applicant."""


class Recommendation(StrEnum):
    """What the other authority would do; NEITHER where it only tells what it knows."""

    GRANT = "grant"
    REFUSE = "refuse"
    NEITHER = "neither"


class OpinionState(StrEnum):
    """OVER: it was decided, or ended, before the answer came."""

    OPEN = "open"
    GIVEN = "given"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    OVER = "over"


@dataclass(frozen=True)
class OpinionQuestion:
    """What is asked of whom, until when, and what of the request is shown with it: fields of the form, and files."""

    authority: str
    text: str
    answer_by: datetime
    fields: Sequence[str] = ()
    files: Sequence[UUID] = ()
