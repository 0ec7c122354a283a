"""Why a rule set decided as it did: each row, each of its conditions, and the value that met it or did not (R5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from panjareh_common.rules.kinds import WHY_NOT_KNOWN
from panjareh_common.texts import day_in_words, in_digits, text


@dataclass(frozen=True)
class TracedCondition:
    """One condition on one value. `why` says why the value is not known: a key of WHY_NOT_KNOWN, or None."""

    name: str
    tests: Mapping[str, Any]
    value: Any
    holds: bool
    why: str | None = None


@dataclass(frozen=True)
class TracedRow:
    """One row with all of its conditions; it fits where all of them hold."""

    id: str
    outcome: str
    conditions: tuple[TracedCondition, ...]

    @property
    def fits(self) -> bool:
        return all(condition.holds for condition in self.conditions)


Wording = Callable[[str, Any], str | None]
"""What people call a value of a name (`form.activity`, "food"); None where it has no other name."""

_TESTS = {
    "eq": "it must be {wanted}",
    "ne": "it must not be {wanted}",
    "lt": "it must be less than {wanted}",
    "le": "it must be at most {wanted}",
    "gt": "it must be more than {wanted}",
    "ge": "it must be at least {wanted}",
    "in": "it must be one of {wanted}",
    "not_in": "it must be none of {wanted}",
}
_AND, _IS, _YES, _NO = " and ", "{title}: {tests}; it is {value}.", "yes", "no"
_NOT_KNOWN = "{title}: {tests}. {why}"
_PACKAGE = "panjareh_common"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def told(
    rows: tuple[TracedRow, ...],
    titles: Mapping[str, Mapping[str, str]],
    wording: Wording,
    language: str,
) -> list[dict[str, Any]]:
    """The trace in the reader's language: `{id, outcome, fits, conditions: [{name, holds, text}]}` a row."""
    return [
        {
            "id": row.id,
            "outcome": row.outcome,
            "fits": row.fits,
            "conditions": [
                {
                    "name": condition.name,
                    "holds": condition.holds,
                    "text": _sentence(condition, titles, wording, language),
                }
                for condition in row.conditions
            ],
        }
        for row in rows
    ]


def _sentence(
    condition: TracedCondition,
    titles: Mapping[str, Mapping[str, str]],
    wording: Wording,
    language: str,
) -> str:
    def word(value: Any) -> str:
        if isinstance(value, list):
            return "، ".join(map(word, value)) if language == "fa" else ", ".join(map(word, value))
        if isinstance(value, bool):
            return text(_PACKAGE, _YES if value else _NO, language)
        return wording(condition.name, value) or _plain(value, language)

    title = titles.get(condition.name, {}).get(language, condition.name)
    tests = text(_PACKAGE, _AND, language).join(
        text(_PACKAGE, _TESTS[operator], language, wanted=word(wanted))
        for operator, wanted in condition.tests.items()
    )
    if condition.why is None:
        return text(_PACKAGE, _IS, language, title=title, tests=tests, value=word(condition.value))
    why = text(_PACKAGE, WHY_NOT_KNOWN[condition.why], language)
    return text(_PACKAGE, _NOT_KNOWN, language, title=title, tests=tests, why=why)


def _plain(value: Any, language: str) -> str:
    """A value without a name: numbers in the reader's digits, days by the reader's calendar."""
    if not isinstance(value, str):
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(in_digits(value, language))
    try:
        return day_in_words(date.fromisoformat(value), language) if _DAY.fullmatch(value) else value
    except ValueError:
        return value
