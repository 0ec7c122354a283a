"""Cards from a table: one row a card, one column a place in it.

The header names places by dots: `name.fa`, `fee.amount`, `steps.1.minutes` (counted from 1). An empty cell is a place
that the card does not have. Lists of words are written with `;` between them, whole numbers as digits, and what is
larger than a word (`form`, `rules`, `evidence` …) as JSON.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from panjareh_catalog.adapters.strict_json import read_json
from panjareh_catalog.domain.values import Fault

_WORDS = {"life_events", "channels", "for_groups", "keywords.fa", "keywords.en"}
_NUMBERS = {
    "format",
    "required_loa",
    "time_limit_days",
    "amount",
    "minutes",
    "valid_days",
    "days",
    "min_age",
    "max_age",
}
_FLAGS = {"sample": {"true": True, "false": False}}
_JSON = {"form", "rules", "evidence", "steps", "eligibility", "output", "parts", "exemptions"}
# Where no column says otherwise: a service without a form, without evidence.
_UNSAID: dict[str, Any] = {
    "form": {"type": "object", "additionalProperties": False, "properties": {}},
    "evidence": [],
}
_MOST_PARTS = 50  # of a list that is written in columns
_LONGEST = 131_072  # characters of one cell
# More than any card has; what is beyond costs time for nothing.
_MOST_ROWS, _MOST_COLUMNS, _MOST_STEPS = 2000, 500, 10


@dataclass(frozen=True)
class Row:
    """One card of a table, and where it stands. With faults there is no card."""

    line: int
    card: dict[str, Any] | None
    faults: list[Fault] = field(default_factory=list)


def read_table(text: str) -> Iterator[Row]:
    """Every row as a card. The separator is the one that the header has most of: comma, semicolon or tab."""
    csv.field_size_limit(_LONGEST)
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    line = 1
    try:
        names = [name.strip() for name in next(rows, [])]
        if "code" not in names:
            yield Row(
                1, None, [Fault("", "The first line names the columns, and one of them is `code`.")]
            )
            return
        if faults := list(_header_faults(names)):
            yield Row(1, None, faults)
            return
        line, read = rows.line_num + 1, 0
        for cells in rows:
            if any(cell.strip() for cell in cells):
                read += 1
                if read > _MOST_ROWS:
                    yield Row(line, None, [_too_many("rows", _MOST_ROWS)])
                    return
                yield _row(line, names, cells)
            line = rows.line_num + 1
    except csv.Error as cause:
        yield Row(line, None, [Fault("", "This is no table: {said}.", {"said": str(cause)})])


def _header_faults(names: Sequence[str]) -> Iterator[Fault]:
    if len(names) > _MOST_COLUMNS:
        yield _too_many("columns", _MOST_COLUMNS)
        return
    for name, count in sorted(Counter(names).items()):
        if name and count > 1:
            yield Fault("", "The column {name} is there twice.", {"name": name})
        if name.count(".") >= _MOST_STEPS:
            message = "The column {column} leads deeper than a card goes."
            yield Fault("", message, {"column": f"{name[:40]}…"})


def _too_many(what: str, most: int) -> Fault:
    message = (
        "A table has at most {most} rows. Divide it into several files."
        if what == "rows"
        else "A table has at most {most} columns."
    )
    return Fault("", message, {"most": most})


def _row(line: int, names: list[str], cells: list[str]) -> Row:
    if len(cells) > len(names):
        values = {"cells": len(cells), "columns": len(names)}
        return Row(
            line,
            None,
            [Fault("", "This row has {cells} cells, and there are {columns} columns.", values)],
        )
    card: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, cell in zip(names, cells, strict=False):
        if not name or not cell.strip():
            continue
        steps = name.split(".")
        try:
            _put(card, steps, _value(name, cell.strip()))
        except _Misplaced as misplaced:
            faults.append(Fault("/" + "/".join(steps), misplaced.message, {"column": name}))
    for name, value in _UNSAID.items():
        card.setdefault(name, value)
    return Row(line, None if faults else card, faults)


class _Misplaced(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _value(name: str, cell: str) -> Any:
    """A cell as its column wants it; what does not look like it stays a text, and the card's check says so."""
    last = name.rpartition(".")[2]
    if cell[0] in "{[" or last in _JSON:
        try:
            return read_json(cell)
        except (ValueError, RecursionError) as cause:
            raise _Misplaced("The cell of {column} is no JSON.") from cause
    if name in _WORDS:
        return [word.strip() for word in cell.split(";") if word.strip()]
    if last in _NUMBERS and cell.isascii() and cell.isdigit():
        return int(cell[:20])
    return _FLAGS.get(name, {}).get(cell.lower(), cell)


def _put(card: dict[str, Any], steps: list[str], value: Any) -> None:
    """Puts a value where its column says. Raises _Misplaced."""
    here: Any = card
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        inner: Any = value if following is None else [] if following.isdigit() else {}
        if isinstance(here, list):
            place = int(step) - 1 if step.isascii() and step.isdigit() else -1
            if not 0 <= place < _MOST_PARTS:
                raise _Misplaced("The column {column} counts from 1 to 50.")
            # A gap between two parts is a part that says nothing, which the card's check names.
            here.extend({} for _ in range(place + 1 - len(here)))
            if following is None or not here[place]:
                here[place] = inner
            here = here[place]
        elif isinstance(here, dict):
            if following is None and step in here:
                raise _Misplaced("The column {column} says again what another column says.")
            here = here.setdefault(step, inner)
        else:
            raise _Misplaced("The column {column} leads into what another column fills.")
