"""What a named value of a rule set may be, and the conditions that rows put on it (format 2).

A value comes as JSON holds it and is read once, strictly. What cannot be read is not known, and
what is not known fits no condition: it decides neither for nor against a person.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

Value = int | float | str | bool | date
"""A value that was read: of exactly the Python type of its kind, so comparing never mixes kinds."""

INT64 = (-(2**63), 2**63 - 1)
DATES = (date(1000, 1, 1), date(2999, 12, 31))
LONGEST_TEXT = 1000  # characters; a longer one is prose, and rules do not look at it

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class ValueType(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"


class NotKnown(Exception):
    """A value that cannot be looked at. `why` is one of the keys of WHY_NOT_KNOWN."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


WHY_NOT_KNOWN = {
    "missing": "It was not given.",
    "not_integer": "It is not a whole number.",
    "not_number": "It is not a number.",
    "not_text": "It is not a text.",
    "not_boolean": "It is neither true nor false.",
    "not_date": "It is not a date such as 2026-03-21.",
    "too_long": "It is longer than rules look at.",
    "not_a_choice": "It is not one of the values that the rules know.",
    "too_small": "It is smaller than the rules allow for.",
    "too_large": "It is larger than the rules allow for.",
    "not_computed": "It cannot be computed from the other values.",
}
"""What a person reads about a value that is not known. Persian stands in locale/fa.po."""


def read_value(kind: ValueType, value: Any) -> Value:
    """One JSON value as its kind. Raises NotKnown. A whole number may be written 3.0 (JSON Schema)."""
    match kind:
        case ValueType.INTEGER:
            return _integer(value)
        case ValueType.NUMBER:
            return _number(value)
        case ValueType.BOOLEAN:
            if isinstance(value, bool):
                return value
            raise NotKnown("not_boolean")
        case ValueType.TEXT:
            return _text(value)
        case ValueType.DATE:
            return _date(value)


def to_json(value: Value) -> Any:
    """As events and answers hold it."""
    return value.isoformat() if isinstance(value, date) else value


def _integer(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotKnown("not_integer")
    _within(value, *INT64)
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise NotKnown("not_number")
    try:
        number = float(value)
    except OverflowError:
        raise NotKnown("not_number") from None
    if not math.isfinite(number):
        raise NotKnown("not_number")
    return number + 0.0  # -0.0 becomes 0.0: equal values are written alike


def _text(value: Any) -> str:
    if not isinstance(value, str) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise NotKnown("not_text")
    if len(value) > LONGEST_TEXT:
        raise NotKnown("too_long")
    return value


def _date(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise NotKnown("not_date")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise NotKnown("not_date") from None
    _within(day, *DATES)
    return day


def _within(value: Any, least: Any, most: Any) -> None:
    if least is not None and value < least:
        raise NotKnown("too_small")
    if most is not None and value > most:
        raise NotKnown("too_large")


@dataclass(frozen=True)
class Kind:
    """What one input or derived value may be: its type, and where stated its choices or its limits (inclusive)."""

    type: ValueType
    title: Mapping[str, str]
    choices: tuple[Value, ...] | None = None
    least: Value | None = None
    most: Value | None = None

    def read(self, value: Any) -> Value:
        """Raises NotKnown."""
        return self.admit(read_value(self.type, value))

    def admit(self, value: Value) -> Value:
        """The value, where it is one that this may be. Raises NotKnown."""
        if self.choices is not None and value not in self.choices:
            raise NotKnown("not_a_choice")
        _within(value, self.least, self.most)
        return value


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "in": lambda value, choices: value in choices,
    "not_in": lambda value, choices: value not in choices,
}
_LISTED = frozenset({"in", "not_in"})
_EQUAL = frozenset({"eq", "ne"}) | _LISTED
_ORDERED = _EQUAL | {"lt", "le", "gt", "ge"}
OPERATORS: dict[ValueType, frozenset[str]] = {
    ValueType.INTEGER: _ORDERED,
    ValueType.NUMBER: _ORDERED,
    ValueType.DATE: _ORDERED,
    ValueType.TEXT: _EQUAL,
    ValueType.BOOLEAN: _EQUAL,
}


def takes_list(word: str) -> bool:
    return word in _LISTED


@dataclass(frozen=True)
class Cell:
    """One cell of a decision table: what a row asks of one value. All of its tests must hold."""

    tests: tuple[tuple[str, Any], ...]
    """Operator and what it compares with: a value, or a set of values for `in` and `not_in`."""

    @classmethod
    def read(cls, kind: Kind, source: Mapping[str, Any]) -> Cell:
        """From a source that was checked (reading.py)."""
        return cls(
            tuple(
                (word, frozenset(read_value(kind.type, one) for one in wanted))
                if word in _LISTED
                else (word, read_value(kind.type, wanted))
                for word, wanted in sorted(source.items())
            )
        )

    def holds(self, value: Value) -> bool:
        return all(_COMPARISONS[word](value, wanted) for word, wanted in self.tests)

    def literals(self) -> set[Value]:
        """Every value that the cell compares with: between two of them nothing changes."""
        found: set[Value] = set()
        for word, wanted in self.tests:
            found |= wanted if word in _LISTED else {wanted}
        return found
