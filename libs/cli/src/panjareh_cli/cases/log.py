"""Read an authority's log of past cases, CSV or XES, row by row, and say precisely what could not be read."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

from panjareh_cli.cases.csv_rows import CsvRows, Lines
from panjareh_cli.cases.mapping import Columns, LogMapping
from panjareh_cli.cases.rows import Row
from panjareh_cli.cases.spool import KeptCases, RowsOfCases
from panjareh_cli.cases.xes_rows import XesRefused, XesRows

_LONGEST_INSTANCE = 180  # the platform takes 200 signs; a number may follow
_SNIFFED = (",", ";", "\t", "|")
#: How XML begins, in the writings that it may be in. No heading of a CSV log does.
_XML = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<")


@dataclass(frozen=True)
class Problem:
    """One thing in the log that could not be imported, and where: lines are physical lines."""

    file: str
    line: int
    column: str | None
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "column": self.column, "text": self.text}


@dataclass(frozen=True)
class Log:
    """What a log holds: its good cases in order of first appearance, with so many events, and its problems.

    Cases are kept on disk, so a log may be larger than memory; problems are not.
    """

    file: str
    rows: int
    cases: Sequence[dict[str, Any]]
    events: int
    problems: tuple[Problem, ...]


class LogUnreadable(Exception):
    """The file as a whole is not a log that this mapping can read."""


def read(
    path: Path, mapping: LogMapping, *, on_progress: Callable[[int], None] = lambda rows: None
) -> Log:
    """Read the log; one row is held at a time, and then one case. `on_progress` is told how many rows were read."""
    reading = _Reading(path.name, mapping, on_progress)
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        if not packed:
            return _of(raw, reading)
        with gzip.open(raw) as unpacked:
            return _of(unpacked, reading)


def _of(file: gzip.GzipFile | BufferedReader, reading: _Reading) -> Log:
    """XES by how it begins, whatever the file is called; CSV otherwise."""
    try:
        begins = file.peek(4)[:4]
    except (EOFError, OSError, zlib.error):
        begins = b""  # told, with the place, by whoever reads it
    opened = cast(IO[bytes], file)
    return reading.of_xes(opened) if begins.startswith(_XML) else reading.of(opened)


class _Unfit(Exception):
    """A cell that cannot be taken over."""

    def __init__(self, column: str | None, text: str) -> None:
        super().__init__(text)
        self.column = column
        self.text = text


@dataclass(frozen=True)
class _Step:
    name: str
    officer: str | None
    unit: str | None
    at: datetime
    instance: str | None
    line: int


@dataclass
class _Case:
    """One case as gathered so far; what it says of itself must stay the same in every row."""

    name: str
    told: dict[str, tuple[Any, int]] = field(default_factory=dict)
    steps: list[_Step] = field(default_factory=list)
    instances: dict[str, int] = field(default_factory=dict)


class _Reading:
    def __init__(self, file: str, mapping: LogMapping, on_progress: Callable[[int], None]) -> None:
        self._file = file
        self._mapping = mapping
        self._columns: Columns = mapping.columns
        self._place: dict[str, int] = {}
        self._rows = RowsOfCases()
        self._on_progress = on_progress
        #: cases named by bad rows, with the line of the first: told if nothing of them goes in
        self._bad: dict[str, int] = {}
        self._problems: list[Problem] = []

    def of(self, file: IO[bytes]) -> Log:
        lines = Lines(file)
        rows = self._open(lines)
        count = 0
        while (row := rows.next()) is not None:
            if row.fault is None and not row.cells:
                continue  # an empty line separates nothing and says nothing
            count += 1
            self._take(row)
            self._on_progress(count)
        if lines.damage is not None:
            self._tell(
                max(lines.reached, 1),
                None,
                f"the file is damaged after this line and was read no further ({lines.damage})",
            )
        return self._log(count)

    def of_xes(self, file: IO[bytes]) -> Log:
        columns = self._columns.named()
        rows = XesRows(file, columns)
        self._place = {name: place for place, name in enumerate(columns)}
        count = 0
        try:
            while (row := rows.next()) is not None:
                count += 1
                self._take(row)
                self._on_progress(count)
        except XesRefused as refused:
            raise LogUnreadable(f"{self._file} is not read: {refused}.") from refused
        if rows.damage is not None:
            line, why = rows.damage
            self._tell(
                line,
                None,
                f"the file is damaged here and was read no further ({why}); the trace that was "
                "being read is left out",
            )
        self._tell_of_xes(rows, count)
        return self._log(count)

    def _tell_of_xes(self, rows: XesRows, count: int) -> None:
        for transition, (events, line) in rows.passed_over.items():
            self._tell(
                line,
                None,
                f"{events} events are {transition} and not complete, and are left out: a step is "
                "imported when it was completed",
            )
        for column in rows.never_seen if count else ():
            self._tell(
                1,
                column,
                f"nothing in the log has it; where that is right, write null in the mapping "
                f"{self._mapping.name}",
            )

    def _log(self, count: int) -> Log:
        cases, events = KeptCases(), 0
        for name, rows in self._rows.cases():
            case = _Case(name)
            for line, cells in rows:
                self._add(case, Row(line, cells))
            cases.add(self._as_json(case))
            events += len(case.steps)
        self._tell_lost_cases()
        problems = tuple(sorted(self._problems, key=lambda problem: problem.line))
        return Log(self._file, count, cases, events, problems)

    def _open(self, lines: Lines) -> CsvRows:
        first = next(lines, None)
        if first is None:
            why = f" ({lines.damage})" if lines.damage else ""
            raise LogUnreadable(f"{self._file} is empty: not even a heading can be read{why}.")
        if first.startswith("\ufffd\ufffd") and "\x00" in first:
            raise LogUnreadable(f"{self._file} is UTF-16. Save it as UTF-8 and try again.")
        lines.give_back(lines.taken)
        delimiter = self._mapping.delimiter or self._sniff(first)
        rows = CsvRows(lines, delimiter)
        heading = rows.next()
        if heading is None or heading.fault is not None:
            fault = heading.fault if heading else "it is empty"
            raise LogUnreadable(f"The heading of {self._file} cannot be read: {fault}.")
        names = [name.strip() for name in heading.cells]
        twice = sorted({name for name in names if names.count(name) > 1})
        missing = [name for name in self._columns.named() if name not in names]
        if missing:
            raise LogUnreadable(
                f"{self._file} lacks the columns {', '.join(missing)}, which the mapping "
                f"{self._mapping.name} names. Its columns are {', '.join(names)}."
            )
        if any(name in twice for name in self._columns.named()):
            raise LogUnreadable(f"{self._file} names the columns {', '.join(twice)} twice.")
        self._place = {name: place for place, name in enumerate(names)}
        rows.width = len(names)
        return rows

    def _sniff(self, heading: str) -> str:
        """The delimiter under which the heading shows most of the columns asked for."""
        wanted = set(self._columns.named())

        def found(delimiter: str) -> int:
            cells = next(csv.reader([heading], delimiter=delimiter), [])
            return len(wanted & {cell.strip() for cell in cells})

        return max(_SNIFFED, key=found)  # of equals the first, the comma

    def _take(self, row: Row) -> None:
        if row.fault is not None:
            self._tell(row.line, None, row.fault)
            return
        name = self._cell(row, self._columns.case)
        try:
            if name is None:
                raise _Unfit(self._columns.case, "the row names no case")
            self._check_signs(row)
            self._told_of_case(row)
            self._step(row)
        except _Unfit as unfit:
            self._leave_out(name, row, unfit)
        else:
            self._rows.add(name, row.line, row.cells)

    def _leave_out(self, name: str | None, row: Row, unfit: _Unfit) -> None:
        self._tell(row.line, unfit.column, unfit.text)
        if name is not None:
            self._bad.setdefault(name, row.line)

    def _add(self, case: _Case, row: Row) -> None:
        """A row that can be read, to what the rows before said of its case."""
        told, step = self._told_of_case(row), self._step(row)
        try:
            self._check_agrees(case, told)
            if step.instance is not None and step.instance in case.instances:
                raise _Unfit(
                    self._columns.instance,
                    f"the step {step.instance} stands already in line "
                    f"{case.instances[step.instance]}",
                )
        except _Unfit as unfit:
            self._leave_out(case.name, row, unfit)
            return
        for key, value in told.items():
            if value is not None:
                case.told.setdefault(key, (value, row.line))
        case.steps.append(step)
        if step.instance is not None:
            case.instances[step.instance] = row.line

    def _cell(self, row: Row, column: str | None) -> str | None:
        if column is None:
            return None
        text = row.cells[self._place[column]].strip()
        return None if text == "" or text in self._mapping.meaningless else text

    def _check_signs(self, row: Row) -> None:
        for column in self._columns.named():
            if "\x00" in row.cells[self._place[column]]:
                raise _Unfit(column, "the cell holds a NUL character")

    def _told_of_case(self, row: Row) -> dict[str, Any]:
        columns = self._columns
        return {
            "channel": self._channel(row),
            "department": self._cell(row, columns.department),
            "responsible": self._cell(row, columns.responsible),
            "started_at": self._time(row, columns.start, needed=True),
            "planned_end_at": self._time(row, columns.planned_end),
            "ended_at": self._time(row, columns.end),
        }

    def _check_agrees(self, case: _Case, told: dict[str, Any]) -> None:
        """An end that comes in a later row is news; two different ends are a contradiction."""
        column_of: dict[str, str | None] = {
            "channel": self._columns.channel,
            "department": self._columns.department,
            "responsible": self._columns.responsible,
            "started_at": self._columns.start,
            "planned_end_at": self._columns.planned_end,
            "ended_at": self._columns.end,
        }
        for key, value in told.items():
            before = case.told.get(key)
            if value is not None and before is not None and before[0] != value:
                raise _Unfit(
                    column_of[key],
                    f"the row says {_shown(value)} of its case, "
                    f"where line {before[1]} says {_shown(before[0])}",
                )

    def _channel(self, row: Row) -> str:
        mapping = self._mapping
        word = self._cell(row, self._columns.channel)
        if word is not None:
            channel = mapping.channels.get(word)
            if channel is None:
                raise _Unfit(self._columns.channel, f"the channel {word!r} is not in the mapping")
            return channel
        if mapping.channel_otherwise is None:
            raise _Unfit(self._columns.channel, "the row names no channel")
        return mapping.channel_otherwise

    def _step(self, row: Row) -> _Step:
        columns = self._columns
        name = self._cell(row, columns.activity)
        if name is None:
            raise _Unfit(columns.activity, "the row names no activity")
        at = self._time(row, columns.time, needed=True)
        if at is None:
            raise AssertionError("a needed time is there or refused")
        return _Step(
            name=name,
            officer=self._cell(row, columns.officer),
            unit=self._cell(row, columns.unit),
            at=at,
            instance=self._cell(row, columns.instance),
            line=row.line,
        )

    def _time(self, row: Row, column: str | None, *, needed: bool = False) -> datetime | None:
        text = self._cell(row, column)
        if text is None:
            if needed and column is not None:
                raise _Unfit(column, "the row lacks this time")
            return None
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise _Unfit(column, f"the time {text!r} lacks its zone")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise _Unfit(column, f"the time {text!r} cannot be read as ISO 8601") from None

    def _tell(self, line: int, column: str | None, text: str) -> None:
        self._problems.append(Problem(self._file, line, column, text))

    def _tell_lost_cases(self) -> None:
        for name, line in self._bad.items():
            if not self._rows.has(name):
                self._tell(
                    line,
                    self._columns.case,
                    f"the case {name} is left out: none of its rows could be read",
                )

    def _as_json(self, case: _Case) -> dict[str, Any]:
        def said(key: str, write: Callable[[Any], str] = str) -> str | None:
            value = case.told.get(key)
            return None if value is None else write(value[0])

        steps = sorted(case.steps, key=lambda step: step.at)  # stable: equals keep file order
        return {
            "case": case.name,
            "channel": said("channel"),
            "department": said("department"),
            "responsible": said("responsible"),
            "started_at": said("started_at", rfc3339) or rfc3339(steps[0].at),
            "planned_end_at": said("planned_end_at", rfc3339),
            "ended_at": said("ended_at", rfc3339),
            "steps": _steps_as_json(steps),
        }


def _steps_as_json(steps: list[_Step]) -> list[dict[str, Any]]:
    made: dict[str, int] = {}
    written = []
    for step in steps:
        instance = step.instance
        if instance is None:
            # No number in the log: the step's own words name it, the same on every import.
            instance = f"{step.name} {rfc3339(step.at)} {step.officer or ''}".rstrip()
            if len(instance) > _LONGEST_INSTANCE:
                instance = hashlib.sha256(instance.encode()).hexdigest()
            made[instance] = made.get(instance, 0) + 1
            if made[instance] > 1:
                instance = f"{instance} #{made[instance]}"
        written.append(
            {
                "step": step.name,
                "officer": step.officer,
                "unit": step.unit,
                "completed_at": rfc3339(step.at),
                "instance": instance,
            }
        )
    return written


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _shown(value: object) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)
