"""Where rows overlap, where they leave a gap, and which are never reached: each with values as an example.

The values of a name fall into pieces within which no cell of any row changes. A row is then a box of
pieces, and the questions are about boxes. Derived values and the inputs that they are computed from
vary together: where those inputs have few values, all of them are computed, and the answers are exact.
Where they have many, a derived value is taken to vary by itself within its stated limits: then an
overlap or a gap may be named that cannot come about, and none is missed among values that are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product
from typing import Any

from panjareh_common.rules.kinds import DATES, INT64, Kind, Value, ValueType, to_json
from panjareh_common.rules.table import Row, Table

MOST_COMPUTED = 1_500_000  # cells and formulas that are tried with computed values: about a second
MOST_TRIED = 1_500_000  # cells that are tried with values of one name: less than that
MOST_STEPS = 2_000_000  # comparisons of two sides of boxes, in all searches of one table: the same

Example = Mapping[str, Any]
"""Values by name, as JSON holds them."""


class TooManyRegions(Exception):
    """The rows cut the values into more regions than can be looked through."""


@dataclass(frozen=True)
class Dimension:
    """Values that vary together, in pieces: by row the set of pieces that fit it (a bit each), and an example a piece."""

    fits: Sequence[int]
    examples: Sequence[Example]


class Coverage:
    """What the rows of one table cover."""

    def __init__(self, table: Table) -> None:
        """Raises TooManyRegions."""
        self._dimensions = list(_dimensions(table))
        self._boxes = [
            tuple(dimension.fits[place] for dimension in self._dimensions)
            for place in range(len(table.rows))
        ]
        self._all = tuple((1 << len(d.examples)) - 1 for d in self._dimensions)
        self._steps = 0

    def impossible(self, row: int) -> bool:
        """No values fit this row."""
        return not all(self._boxes[row])

    def same(self, one: int, other: int) -> bool:
        """Whatever fits one row fits the other."""
        return self._boxes[one] == self._boxes[other]

    def overlap(self, one: int, other: int) -> Example | None:
        """Values that fit both rows."""
        both = tuple(a & b for a, b in zip(self._boxes[one], self._boxes[other], strict=True))
        return self._example(both) if all(both) else None

    def reached(self, row: int, above: Iterable[int]) -> Example | None:
        """Values that fit a row and none of those above it. Raises TooManyRegions."""
        return self._outside(self._boxes[row], above)

    def gap(self) -> Example | None:
        """Known values that fit no row. Raises TooManyRegions."""
        return self._outside(self._all, range(len(self._boxes)))

    def _outside(self, box: tuple[int, ...], rows: Iterable[int]) -> Example | None:
        """An example in a box and outside of all rows."""
        others = [self._boxes[row] for row in rows]
        waiting = [(box, 0)] if all(box) else []
        while waiting:
            rest, place = waiting.pop()
            while place < len(others) and not _meet(rest, others[place]):
                place += 1
                self._step()
            if place == len(others):
                return self._example(rest)
            other = others[place]
            for at, pieces in enumerate(rest):
                # What is outside of that row in this dimension; the remainder is inside in it.
                if outside := pieces & ~other[at]:
                    waiting.append(((*rest[:at], outside, *rest[at + 1 :]), place + 1))
                    rest = (*rest[:at], pieces & other[at], *rest[at + 1 :])
                    self._step()
            self._step()
        return None

    def _step(self) -> None:
        self._steps += len(self._dimensions)
        if self._steps > MOST_STEPS:
            raise TooManyRegions

    def _example(self, box: tuple[int, ...]) -> Example:
        found: dict[str, Any] = {}
        for dimension, pieces in zip(self._dimensions, box, strict=True):
            lowest = (pieces & -pieces).bit_length() - 1
            found |= dimension.examples[lowest]
        return dict(sorted(found.items()))


def _meet(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(a & b for a, b in zip(one, other, strict=True))


def _dimensions(table: Table) -> Iterator[Dimension]:
    """Raises TooManyRegions."""
    used = {name for row in table.rows for name in row.cells}
    free = set(used)
    computed = tried = 0
    for group in _groups(table):
        cost = _cost(table, group)
        if group & table.formulas.keys() & used and computed + cost <= MOST_COMPUTED:
            computed += int(cost)
            free -= group
            yield _computed(table, group)
    for name in sorted(free):
        points = list(_pieces(table.kinds[name], _literals(table, name)))
        tried += len(points) * _cells(table.rows, {name})
        if tried > MOST_TRIED:
            raise TooManyRegions
        examples = [{name: to_json(point)} for point in points]
        known = [{name: point} for point in points]
        yield _dimension(table.rows, {name}, known, examples)


def _groups(table: Table) -> list[set[str]]:
    """Names that hang together through formulas."""
    groups: list[set[str]] = []
    for name, formula in table.formulas.items():
        joined = {name} | formula.names
        apart = [group for group in groups if not group & joined]
        groups = [*apart, joined.union(*(group for group in groups if group & joined))]
    return groups


def _cost(table: Table, group: set[str]) -> float:
    """Of computing all values of a group: infinite where an input has no end of them."""
    domains = [_domain(table.inputs[name]) for name in group & table.inputs.keys()]
    sizes = [math.inf if domain is None else _size(domain) for domain in domains]
    return math.prod(sizes) * (_cells(table.rows, group) + 10 * len(table.formulas))


def _computed(table: Table, group: set[str]) -> Dimension:
    """All values of a group, computed from all of its inputs'."""
    names = sorted(group & table.inputs.keys())
    domains = [_domain(table.inputs[name]) or () for name in names]
    known: list[Mapping[str, Value]] = []
    examples: list[Example] = []
    for values in product(*domains):
        given = {name: to_json(value) for name, value in zip(names, values, strict=True)}
        reading = table.read(given)
        known.append({name: reading.known[name] for name in group if name in reading.known})
        examples.append(given)
    return _dimension(table.rows, group, known, examples)


def _domain(kind: Kind) -> Sequence[Value] | None:
    """All values that a kind has; None where they are not few."""
    if kind.choices is not None:
        return kind.choices
    if kind.type is ValueType.BOOLEAN:
        return (False, True)
    if kind.type is ValueType.INTEGER and kind.least is not None and kind.most is not None:
        return range(_whole(kind.least), _whole(kind.most) + 1)
    return None


def _dimension(
    rows: Sequence[Row],
    names: set[str],
    known: Sequence[Mapping[str, Value]],
    examples: Sequence[Example],
) -> Dimension:
    """Pieces that all rows see alike are one piece."""
    looking = [
        (1 << place, cells)
        for place, row in enumerate(rows)
        if (cells := [(name, cell) for name, cell in row.cells.items() if name in names])
    ]
    others = (1 << len(rows)) - 1 - sum(place for place, _ in looking)
    seen: dict[int, Example] = {}
    for values, example in zip(known, examples, strict=True):
        alike = others
        for place, cells in looking:
            if all(name in values and cell.holds(values[name]) for name, cell in cells):
                alike |= place
        seen.setdefault(alike, example)
    fits = [
        sum(1 << piece for piece, alike in enumerate(seen) if alike >> place & 1)
        for place in range(len(rows))
    ]
    return Dimension(fits, list(seen.values()))


def _cells(rows: Sequence[Row], names: Set[str]) -> int:
    """How many cells look at these names."""
    return sum(len(row.cells.keys() & names) for row in rows)


def _literals(table: Table, name: str) -> set[Value]:
    return {
        value for row in table.rows if name in row.cells for value in row.cells[name].literals()
    }


def _pieces(kind: Kind, literals: set[Value]) -> Iterator[Value]:
    """A value from each piece: the literals themselves, and one between every two that are not neighbours."""
    if kind.choices is not None:
        yield from kind.choices
    elif kind.type is ValueType.BOOLEAN:
        yield from (False, True)
    elif kind.type is ValueType.TEXT:
        yield from sorted(map(str, literals))
        yield next(word for word in _other_texts() if word not in literals)
    elif kind.type is ValueType.NUMBER:
        yield from _numbers(kind, set(map(_number, literals)))
    elif kind.type is ValueType.DATE:
        ends = (kind.least or DATES[0], kind.most or DATES[1])
        least, most = map(_whole, ends)
        yield from map(date.fromordinal, _wholes(least, most, set(map(_whole, literals))))
    else:
        least = INT64[0] if kind.least is None else _whole(kind.least)
        most = INT64[1] if kind.most is None else _whole(kind.most)
        yield from _wholes(least, most, set(map(_whole, literals)))


def _other_texts() -> Iterator[str]:
    yield "…"
    count = 1
    while True:
        count += 1
        yield "…" * count


def _whole(value: Value) -> int:
    """A whole number as it is, a date as the number of its day."""
    if isinstance(value, date):
        return value.toordinal()
    assert isinstance(value, int)
    return value


def _number(value: Value) -> float:
    assert isinstance(value, float)
    return value


def _size(domain: Sequence[Value]) -> int:
    # len() of a range gives up above 2**63.
    return domain.stop - domain.start if isinstance(domain, range) else len(domain)


def _wholes(least: int, most: int, literals: set[int]) -> Iterator[int]:
    """Each literal and its neighbours: they stand for all that lies beyond."""
    near = {at for one in literals for at in (one - 1, one, one + 1) if least <= at <= most}
    yield from sorted(near or {least})


def _numbers(kind: Kind, literals: set[float]) -> Iterator[float]:
    """The literals, the limits, one between every two of them, and one on either side. Plain ones come first."""
    least = -math.inf if kind.least is None else _number(kind.least)
    most = math.inf if kind.most is None else _number(kind.most)
    points = sorted(literals | {end for end in (least, most) if math.isfinite(end)}) or [0.0]
    between = [low / 2 + high / 2 for low, high in pairwise(points)]
    beyond = [points[-1] + 1, points[0] - 1]
    # Where numbers are so large that adding one changes nothing.
    beyond += [math.nextafter(points[0], -math.inf), math.nextafter(points[-1], math.inf)]
    for point in dict.fromkeys([*points, *between, *beyond]):
        if math.isfinite(point) and least <= point <= most:
            yield point
