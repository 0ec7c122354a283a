"""What a rule set says: the verdict, and how a rule set that cannot be evaluated is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Inputs = Mapping[str, Any]
"""Values by name (`form.city`, `income_decile.decile`), as JSON holds them."""


@dataclass(frozen=True)
class RuleFault:
    """One point at which a rule set does not hold: where in it (a JSON Pointer, RFC 6901) and what is wrong.

    `message` is an English sentence with named places, which `values` fill; whoever tells it to
    people translates it.
    """

    pointer: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.values) if self.values else self.message


class RulesInvalid(Exception):
    """A rule set that cannot be evaluated; found when a service is published.

    `faults` are all of its faults, where the format names them with their places (format 2).
    """

    def __init__(self, message: str, faults: Sequence[RuleFault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Verdict:
    """What a rule set decides, and all that is needed to decide it again.

    `outcome` is granted, refused, or None when an officer has to look. `row` is the id of the row
    that decided; `inputs` are the values that the rule set looked at. Of format 2 there are besides:
    `derived`, the values that were computed from them; `matched`, the ids of all rows that fit; and
    where there is no outcome, `because`: no_rule_matched, rules_disagree or values_not_known.
    """

    outcome: str | None
    row: str | None
    reason: Mapping[str, str]
    law: Mapping[str, str]
    version: int
    hash: str
    inputs: Inputs = field(default_factory=dict)
    derived: Inputs = field(default_factory=dict)
    matched: tuple[str, ...] = ()
    because: str | None = None
