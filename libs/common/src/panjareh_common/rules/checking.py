"""Whether a rule set may be published: it can be evaluated, its rows fit together, and its own tests pass."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from panjareh_common.rules.coverage import Coverage, Example, TooManyRegions
from panjareh_common.rules.kinds import read_value, to_json
from panjareh_common.rules.reading import OFFICERS
from panjareh_common.rules.table import Table
from panjareh_common.rules.verdict import RuleFault, RulesInvalid

MOST_PAIRS = 10  # overlaps that are told at a time; there is no use in more


def faults_of_table(source: Mapping[str, Any]) -> list[RuleFault]:
    """Every fault of a rule set of format 2; empty where it may be published.

    What stands on something faulty is not looked at: a table that cannot be evaluated is not tested.
    """
    try:
        table = Table(source)
    except RulesInvalid as invalid:
        return list(invalid.faults)
    faults = [*_unused(table), *_coverage_faults(table)]
    return faults or list(_test_faults(table, source["tests"]))


def _unused(table: Table) -> Iterator[RuleFault]:
    """What nobody looks at must not be asked for: looked-at values are kept with every decision."""
    used = {name for row in table.rows for name in row.cells}
    while (
        more := {n for one in used & table.formulas.keys() for n in table.formulas[one].names}
        - used
    ):
        used |= more
    for name in sorted(table.kinds.keys() - used):
        part = "derived" if name in table.formulas else "inputs"
        message = "No row looks at {name}. Leave it out."
        yield RuleFault(f"/{part}/{name}", message, {"name": name})


def _coverage_faults(table: Table) -> Iterator[RuleFault]:
    try:
        coverage = Coverage(table)
        impossible = {n for n in range(len(table.rows)) if coverage.impossible(n)}
        for place in sorted(impossible):
            message = "No values fit the row {row}: its conditions exclude each other, or the values that are possible."
            yield RuleFault(f"/rows/{place}/when", message, {"row": table.rows[place].id})
        told = set(impossible)
        for fault, place in _disagreements(table, coverage, impossible):
            told.add(place)
            yield fault
        for place, row in enumerate(table.rows):
            if place not in told and coverage.reached(place, range(place)) is None:
                message = "The row {row} is never reached: whatever fits it fits a row above it."
                yield RuleFault(f"/rows/{place}", message, {"row": row.id})
        if table.otherwise is None and (example := coverage.gap()) is not None:
            message = (
                "No row fits these values: {example}. Add a row, or say under `otherwise` "
                "why an officer decides."
            )
            yield RuleFault("/rows", message, {"example": told_values(example)})
    except TooManyRegions:
        message = "These rows are too many and too interwoven to be checked. Divide them, or derive a value that they share."
        yield RuleFault("/rows", message)


def _disagreements(
    table: Table, coverage: Coverage, skipped: set[int]
) -> Iterator[tuple[RuleFault, int]]:
    """Rows that fit the same values and decide differently, with the place of the later one."""
    count = 0
    for one, other in combinations(range(len(table.rows)), 2):
        first, second = table.rows[one], table.rows[other]
        if first.outcome == second.outcome or skipped & {one, other}:
            continue
        values: dict[str, object] = {"first": first.id, "second": second.id}
        if coverage.same(one, other):
            message = (
                "The rows {first} and {second} have the same conditions and contradict each other."
            )
        elif not table.order_decides and (example := coverage.overlap(one, other)) is not None:
            message = (
                "The rows {first} and {second} decide differently and both fit these values: {example}. "
                "Exclude them in one of the rows, or write `hit: first` if the order is meant to decide."
            )
            values["example"] = told_values(example)
        else:
            continue
        count += 1
        if count > MOST_PAIRS:
            return
        yield RuleFault(f"/rows/{other}", message, values), other


def _test_faults(table: Table, tests: list[Mapping[str, Any]]) -> Iterator[RuleFault]:
    rows = {row.id for row in table.rows}
    decided: set[str | None] = set()
    for place, test in enumerate(tests):
        pointer, then = f"/tests/{place}/then", test["then"]
        verdict = table.decide(test["given"])
        decided.add(verdict.row)
        outcome = verdict.outcome or OFFICERS
        if then.get("row") is not None and then["row"] not in rows:
            yield RuleFault(f"{pointer}/row", "There is no row {row}.", {"row": then["row"]})
        elif (then["outcome"], then.get("row")) != (outcome, verdict.row):
            message = "This test does not pass. What comes out is {outcome}, by {row}."
            values: dict[str, object] = {"outcome": outcome, "row": verdict.row or "—"}
            yield RuleFault(pointer, message, values)
        for name, wanted in then.get("derived", {}).items():
            given = verdict.derived.get(name)
            if name not in verdict.derived or given != _as_kept(table, name, wanted):
                message = "This test does not pass. {name} comes out as {given}."
                values = {"name": name, "given": json.dumps(given, ensure_ascii=False)}
                yield RuleFault(f"{pointer}/derived/{name}", message, values)
    for place, row in enumerate(table.rows):
        if row.id not in decided:
            message = "The row {row} decides no test. Add one that it decides."
            yield RuleFault(f"/rows/{place}", message, {"row": row.id})


def _as_kept(table: Table, name: str, wanted: Any) -> Any:
    return to_json(read_value(table.kinds[name].type, wanted))


def told_values(example: Example) -> str:
    """Values as an author reads them: `form.workers = 6, form.activity = "sewing"`."""
    told = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in example.items())
    return ", ".join(told) or "—"
