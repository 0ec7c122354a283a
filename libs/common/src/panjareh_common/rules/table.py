"""Decision tables of format 2: typed inputs, derived values in CEL, and rows whose overlaps were thought of (R5).

A table is a function of its inputs alone. It reads no clock, no setting and no order of a mapping,
so a decision replays from its stored inputs for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panjareh_common.rules.formulas import Formula, FormulaInvalid
from panjareh_common.rules.hashing import content_hash
from panjareh_common.rules.kinds import Cell, Kind, NotKnown, Value, to_json
from panjareh_common.rules.reading import kind_of, writing_faults
from panjareh_common.rules.tracing import TracedCondition, TracedRow
from panjareh_common.rules.verdict import Inputs, RuleFault, RulesInvalid, Verdict


@dataclass(frozen=True)
class Row:
    """One row: when all cells hold, `outcome` is decided for `reason`, under `law`."""

    id: str
    cells: Mapping[str, Cell]
    when: Mapping[str, Mapping[str, Any]]  # the cells as they are written
    outcome: str
    reason: Mapping[str, str]
    law: Mapping[str, str]

    def fits(self, known: Mapping[str, Value]) -> bool | None:
        """None where it depends on a value that is not known."""
        if not all(cell.holds(known[name]) for name, cell in self.cells.items() if name in known):
            return False
        return True if self.cells.keys() <= known.keys() else None


@dataclass(frozen=True)
class Reading:
    """The values of one evaluation: those that are known, and why each of the others is not.

    A reason is a key of kinds.WHY_NOT_KNOWN.
    """

    known: Mapping[str, Value]
    unknown: Mapping[str, str]


class Table:
    """A decision table that can be evaluated. Whether it may be published is what checking.py says."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        """Raises RulesInvalid with every fault and its place."""
        _raise(list(writing_faults(source)))
        self.version: int = source["version"]
        self.law: Mapping[str, str] = source["law"]
        self.order_decides: bool = source.get("hit", "any") == "first"
        self.otherwise: Mapping[str, str] | None = source.get("otherwise")
        self.inputs = {name: kind_of(entry) for name, entry in sorted(source["inputs"].items())}
        entries = source.get("derived", {})
        self.kinds: Mapping[str, Kind] = self.inputs | {
            name: kind_of(entry) for name, entry in sorted(entries.items())
        }
        self.formulas = self._formulas(entries)
        self.rows = tuple(self._row(row) for row in source["rows"])
        self.hash = content_hash(source)

    @property
    def names(self) -> frozenset[str]:
        """Every input that the table may look at."""
        return frozenset(self.inputs)

    def read(self, inputs: Inputs) -> Reading:
        """Reads the inputs and computes the derived values, each once and after what it needs."""
        known: dict[str, Value] = {}
        unknown: dict[str, str] = {}
        for name, kind in self.inputs.items():
            try:
                if name not in inputs or inputs[name] is None:
                    raise NotKnown("missing")
                known[name] = kind.read(inputs[name])
            except NotKnown as cause:
                unknown[name] = cause.why
        for name, formula in self.formulas.items():
            try:
                known[name] = self.kinds[name].admit(formula.evaluate(known))
            except NotKnown as cause:
                unknown[name] = cause.why
        return Reading(known, unknown)

    def decide(self, inputs: Inputs) -> Verdict:
        """The first row that fits decides.

        Rows that fit and disagree decide nothing. Where order decides they may disagree; but a row above,
        of which it is not known whether it fits, decides neither for nor against, and ends the matter.
        """
        reading = self.read(inputs)
        fits = [row.fits(reading.known) for row in self.rows]
        fitting = [row for row, fit in zip(self.rows, fits, strict=True) if fit]
        row, because = self._deciding(fits, fitting)
        return Verdict(
            outcome=row.outcome if row else None,
            row=row.id if row else None,
            reason=row.reason if row else self._otherwise(because),
            law=row.law if row else self.law,
            version=self.version,
            hash=self.hash,
            inputs={name: inputs[name] for name in self.inputs if name in inputs},
            derived={
                name: to_json(reading.known[name])
                for name in sorted(self.formulas)
                if name in reading.known
            },
            matched=tuple(row.id for row in fitting),
            because=because,
        )

    def _deciding(
        self, fits: Sequence[bool | None], fitting: Sequence[Row]
    ) -> tuple[Row | None, str | None]:
        open_rows = fits[: fits.index(True)] if True in fits and self.order_decides else fits
        if not fitting or (self.order_decides and None in open_rows):
            return None, "values_not_known" if None in open_rows else "no_rule_matched"
        if not self.order_decides and len({row.outcome for row in fitting}) > 1:
            return None, "rules_disagree"
        return fitting[0], None

    def _otherwise(self, because: str | None) -> Mapping[str, str]:
        return (self.otherwise or {}) if because == "no_rule_matched" else {}

    def trace(self, inputs: Inputs) -> tuple[TracedRow, ...]:
        """How each row met the inputs."""
        reading = self.read(inputs)

        def condition(row: Row, name: str) -> TracedCondition:
            if name in reading.unknown:
                why = reading.unknown[name]
                return TracedCondition(name, row.when[name], inputs.get(name), False, why)
            value = reading.known[name]
            return TracedCondition(
                name, row.when[name], to_json(value), row.cells[name].holds(value)
            )

        return tuple(
            TracedRow(row.id, row.outcome, tuple(condition(row, name) for name in row.cells))
            for row in self.rows
        )

    def _formulas(self, entries: Mapping[str, Any]) -> Mapping[str, Formula]:
        """Compiled, each after those that it looks at."""
        types = {name: kind.type for name, kind in self.kinds.items()}
        faults: list[RuleFault] = []
        found: dict[str, Formula] = {}
        for name, entry in sorted(entries.items()):
            try:
                found[name] = Formula(entry["cel"], types[name], types)
            except FormulaInvalid as cause:
                faults.append(RuleFault(f"/derived/{name}/cel", cause.message, cause.values))
        _raise(faults)
        _raise(list(_circles(found)))
        ordered: dict[str, Formula] = {}
        while len(ordered) < len(found):
            for name, formula in found.items():
                if name not in ordered and not (formula.names & found.keys()) - ordered.keys():
                    ordered[name] = formula
        return ordered

    def _row(self, source: Mapping[str, Any]) -> Row:
        return Row(
            id=source["id"],
            cells={
                name: Cell.read(self.kinds[name], tests)
                for name, tests in sorted(source["when"].items())
            },
            when=source["when"],
            outcome=source["outcome"],
            reason=source["reason"],
            law=source.get("law", self.law),
        )


def _circles(formulas: Mapping[str, Formula]) -> Iterator[RuleFault]:
    for name in formulas:
        reached: set[str] = set()
        waiting = {name}
        while waiting:
            above = formulas[waiting.pop()].names & formulas.keys()
            waiting |= above - reached
            reached |= above
        if name in reached:
            message = "The formula of {name} comes back to {name} itself."
            yield RuleFault(f"/derived/{name}/cel", message, {"name": name})


def _raise(faults: list[RuleFault]) -> None:
    if faults:
        raise RulesInvalid(f"{faults[0].pointer or '/'}: {faults[0]}", faults)
