"""The rule evaluator: decision tables that decide the same for everybody and say why (requirement R5).

`read_rules` gives what evaluates a stored rule set of any format; `faults_of_table` is what a new one must
pass. Formats are for ever: an old one is never evaluated as a newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from panjareh_common.rules.checking import faults_of_table
from panjareh_common.rules.first_format import RuleSet
from panjareh_common.rules.table import Table
from panjareh_common.rules.tracing import TracedCondition, TracedRow, told
from panjareh_common.rules.verdict import Inputs, RuleFault, RulesInvalid, Verdict

NEWEST = 2
"""The format of rule sets that may be published; of older ones there are those that were."""

__all__ = [
    "NEWEST",
    "Inputs",
    "RuleFault",
    "RuleSet",
    "Rules",
    "RulesInvalid",
    "Table",
    "TracedCondition",
    "TracedRow",
    "Verdict",
    "faults_of_table",
    "read_rules",
    "told",
]


class Rules(Protocol):
    """A rule set of any format, ready to decide."""

    version: int
    hash: str

    @property
    def names(self) -> frozenset[str]: ...

    def decide(self, inputs: Inputs) -> Verdict: ...

    def trace(self, inputs: Inputs) -> tuple[TracedRow, ...]: ...


def read_rules(source: Mapping[str, Any]) -> Rules:
    """Raises RulesInvalid, also for a format that is not known here."""
    match source.get("format", 1):
        case 1:
            return RuleSet(source)
        case 2:
            return Table(source)
        case unknown:
            raise RulesInvalid(f"there is no format {unknown} of rule sets")
