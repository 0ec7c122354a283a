"""The words a service request is told in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from panjareh_common.assurance import AssuranceLevel


class RequestStatus(StrEnum):
    """Where a request stands (design part 5). How it ended is its outcome, apart."""

    SUBMITTED = "submitted"
    GATHERING_EVIDENCE = "gathering_evidence"
    UNDER_REVIEW = "under_review"
    DECIDED = "decided"
    CLOSED = "closed"


class Outcome(StrEnum):
    GRANTED = "granted"
    REFUSED = "refused"


class DecisionMode(StrEnum):
    RULES = "rules"
    OFFICERS = "officers"


@dataclass(frozen=True)
class OutputTerms:
    """What a granted request produces."""

    kind: str
    title: Mapping[str, str]
    valid_days: int


@dataclass(frozen=True)
class ServiceTerms:
    """The version of a public service under which a request runs, from start to end.

    `form` is a JSON Schema; `rules` the decision table where the mode is rules; `time_limit_days`
    the days the law gives the authority.
    """

    code: str
    version: int
    authority: str
    name: Mapping[str, str]
    required_assurance: AssuranceLevel
    decision_mode: DecisionMode
    evidence: tuple[str, ...]
    form: Mapping[str, Any]
    time_limit_days: int
    evidence_titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: Mapping[str, Any] | None = None
    output: OutputTerms | None = None


@dataclass(frozen=True)
class Step:
    """One step that an authority's own log says was completed."""

    step: str
    officer: str | None
    unit: str | None
    instance: str


@dataclass(frozen=True)
class Decision:
    """What was decided and why. `inputs` are the values that rules looked at."""

    outcome: Outcome
    reason: Mapping[str, str]
    rules: Mapping[str, Any] | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
