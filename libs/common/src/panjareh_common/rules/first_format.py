"""Rule sets of format 1: decisions that were taken by them replay for ever, so nothing here changes."""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Callable, Mapping
from typing import Any

from panjareh_common.rules.tracing import TracedCondition, TracedRow
from panjareh_common.rules.verdict import Inputs, RulesInvalid, Verdict

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: _alike(value, wanted) and value == wanted,
    "ne": lambda value, wanted: _alike(value, wanted) and value != wanted,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "in": lambda value, choices: value in _of_kind(value, choices),
    "not_in": lambda value, choices: value not in (_of_kind(value, choices) or [value]),
}
_ORDERED = {"lt", "le", "gt", "ge"}
_OUTCOMES = {"granted", "refused"}


class RuleSet:
    """A checked decision table: the first row whose conditions all hold decides.

    A condition names an input (`income_decile.decile`, `form.city`, `applicant.loa`), an operator
    and a value. A missing input, or one of another kind than the value, matches no condition: what
    is not known never decides against or for a person.
    """

    def __init__(self, source: Mapping[str, Any]) -> None:
        """Raises RulesInvalid naming the first row that cannot be evaluated."""
        self.version = _number(source, "version")
        self.law = dict(source.get("law", {}))
        rows = source.get("rows")
        if not isinstance(rows, list) or not rows:
            raise RulesInvalid("a rule set needs rows")
        self._rows = [_row(row) for row in rows]
        text = json.dumps(source, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        self.hash = hashlib.sha256(text.encode()).hexdigest()

    @property
    def names(self) -> frozenset[str]:
        """Every input that some row looks at."""
        return frozenset(name for row in self._rows for name in row["when"])

    def decide(self, inputs: Inputs) -> Verdict:
        seen = {name: inputs[name] for name in sorted(self.names) if name in inputs}
        for row in self._rows:
            if all(_holds(seen, name, tests) for name, tests in row["when"].items()):
                law = row.get("law", self.law)
                return Verdict(
                    row["outcome"], row["id"], row["reason"], law, self.version, self.hash, seen
                )
        return Verdict(None, None, {}, self.law, self.version, self.hash, seen)

    def trace(self, inputs: Inputs) -> tuple[TracedRow, ...]:
        """How each row met the inputs; in `decide` the first that fits ends the matter."""
        return tuple(
            TracedRow(
                row["id"],
                row["outcome"],
                tuple(
                    TracedCondition(
                        name,
                        tests,
                        inputs.get(name),
                        _holds(inputs, name, tests),
                        None if name in inputs else "missing",
                    )
                    for name, tests in sorted(row["when"].items())
                ),
            )
            for row in self._rows
        )


def _holds(inputs: Inputs, name: str, tests: Mapping[str, Any]) -> bool:
    if name not in inputs:
        return False
    value = inputs[name]
    return all(
        not (word in _ORDERED and not _comparable(value, wanted))
        and _OPERATORS[word](value, wanted)
        for word, wanted in tests.items()
    )


def _comparable(value: Any, wanted: Any) -> bool:
    """Numbers with numbers, texts with texts; a truth value is not a number here."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return False
    numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
    return numbers or (isinstance(value, str) and isinstance(wanted, str))


def _alike(value: Any, wanted: Any) -> bool:
    """Of one kind: what is equal in Python need not be equal to a person (1 and true)."""
    return _comparable(value, wanted) or type(value) is type(wanted)


def _of_kind(value: Any, choices: Any) -> list[Any]:
    """The choices that a value can be compared with; none in what is no list."""
    listed = choices if isinstance(choices, list) else []
    return [choice for choice in listed if _alike(value, choice)]


def _row(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        raise RulesInvalid("a row needs an id")
    name = row["id"]
    if row.get("outcome") not in _OUTCOMES:
        raise RulesInvalid(f"row {name}: outcome must be granted or refused")
    reason = row.get("reason")
    if not isinstance(reason, Mapping) or not {"fa", "en"} <= set(reason):
        raise RulesInvalid(f"row {name}: a reason is owed in fa and en")
    if not isinstance(row.get("when"), Mapping):
        raise RulesInvalid(f"row {name}: needs conditions under `when` (none: {{}})")
    for wanted, tests in row["when"].items():
        unknown = set(tests) - set(_OPERATORS) if isinstance(tests, Mapping) else {repr(tests)}
        if unknown:
            raise RulesInvalid(
                f"row {name}, {wanted}: unknown operator {', '.join(sorted(unknown))}"
            )
    return row


def _number(source: Mapping[str, Any], name: str) -> int:
    value = source.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RulesInvalid(f"`{name}` must be a whole number from 1")
    return value
