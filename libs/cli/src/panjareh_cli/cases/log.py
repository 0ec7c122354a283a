"""Read an authority's log of past cases, row by row, and say precisely what could not be read."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from panjareh_cli.cases.mapping import Columns, LogMapping

_BOM = b"\xef\xbb\xbf"
_LONGEST_LINE = 1 << 20
#: A quote that is opened and never closed would swallow the rest of the file; a row longer than
#: this many lines is taken for that fault.
_LONGEST_ROW = 200
_LONGEST_INSTANCE = 180  # the platform takes 200 signs; a number may follow
_SNIFFED = (",", ";", "\t", "|")


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
    """What a log holds: its good cases in order of first appearance, and its problems."""

    file: str
    rows: int
    cases: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]

    @property
    def events(self) -> int:
        return sum(len(case["steps"]) for case in self.cases)


class LogUnreadable(Exception):
    """The file as a whole is not a log that this mapping can read."""


def read(path: Path, mapping: LogMapping) -> Log:
    """Read the log; one row is held at a time, and the cases until the file ends."""
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        if packed:
            with gzip.open(raw) as unpacked:
                return _Reading(path.name, mapping).of(cast(IO[bytes], unpacked))
        return _Reading(path.name, mapping).of(raw)


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    fault: str | None = None


class _Lines:
    """Physical lines, decoded one by one, with the power to give some back."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._number = 0
        self._given_back: deque[_Line] = deque()
        self.taken: list[_Line] = []
        self.damage: str | None = None

    @property
    def reached(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _LONGEST_ROW:
            raise _RowTooLong
        line = self._given_back.popleft() if self._given_back else self._next_of_file()
        if line is None:
            raise StopIteration
        self.taken.append(line)
        return line.text

    def give_back(self, lines: list[_Line]) -> None:
        self._given_back.extendleft(reversed(lines))

    def _next_of_file(self) -> _Line | None:
        try:
            raw = self._file.readline(_LONGEST_LINE)
            too_long = len(raw) == _LONGEST_LINE and not raw.endswith(b"\n")
            rest = raw
            while too_long and rest and not rest.endswith(b"\n"):
                rest = self._file.readline(_LONGEST_LINE)
        except (EOFError, OSError, zlib.error) as error:
            self.damage = str(error) or "the file breaks off"
            return None
        if not raw:
            return None
        self._number += 1
        if self._number == 1:
            raw = raw.removeprefix(_BOM)
        if too_long:
            return _Line(self._number, "\n", "the line is longer than 1 MiB")
        try:
            return _Line(self._number, raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            return _Line(
                self._number,
                raw.decode("utf-8", errors="replace"),
                f"the row is not UTF-8 (byte {error.start + 1} of line {self._number})",
            )


class _RowTooLong(Exception):
    """Raised through the CSV parser, which starts afresh on its next row."""


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]
    fault: str | None = None


class _Rows:
    """Rows as the CSV parser sees them, each with the physical line it starts on."""

    def __init__(self, lines: _Lines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        # strict: a malformed quote is told, not guessed at
        self._parser = csv.reader(lines, delimiter=delimiter, strict=True)
        self.width = 0

    def next(self) -> _Row | None:
        """The next row; None at the end of the file."""
        self._lines.taken = []
        cells: list[str] = []
        fault = None
        try:
            cells = next(self._parser)
        except StopIteration:
            return None
        except (csv.Error, _RowTooLong) as error:
            fault = self._parse_fault(error)
        taken = self._lines.taken
        fault = next((line.fault for line in taken if line.fault), None) or fault
        if fault is None and cells and self.width and len(cells) != self.width:
            fault = f"the row has {len(cells)} columns where the heading has {self.width}"
        if fault is not None and len(taken) > 1:
            self._recover(taken)
        return _Row(taken[0].number, cells, fault)

    def _parse_fault(self, error: Exception) -> str:
        if isinstance(error, _RowTooLong):
            return f"a quote is opened and not closed within {_LONGEST_ROW} lines"
        if "unexpected end of data" in str(error):
            return "a quote is opened and not closed before the file ends"
        if "field limit" in str(error):
            return "a cell is longer than the reader takes (128 KiB)"
        return f"the row is not well-formed CSV ({error})"

    def _recover(self, taken: list[_Line]) -> None:
        """A stray quote may have pulled good rows into the bad one: give those back."""
        for index in range(1, len(taken)):
            if self._stands_alone(taken[index].text):
                self._lines.give_back(taken[index:])
                return

    def _stands_alone(self, text: str) -> bool:
        try:
            cells = next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return False
        return len(cells) == self.width


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
    def __init__(self, file: str, mapping: LogMapping) -> None:
        self._file = file
        self._mapping = mapping
        self._columns: Columns = mapping.columns
        self._place: dict[str, int] = {}
        self._cases: dict[str, _Case] = {}
        #: cases named by bad rows, with the line of the first: told if nothing of them goes in
        self._bad: dict[str, int] = {}
        self._problems: list[Problem] = []

    def of(self, file: IO[bytes]) -> Log:
        lines = _Lines(file)
        rows = self._open(lines)
        count = 0
        while (row := rows.next()) is not None:
            if row.fault is None and not row.cells:
                continue  # an empty line separates nothing and says nothing
            count += 1
            self._take(row)
        if lines.damage is not None:
            self._tell(
                max(lines.reached, 1),
                None,
                f"the file is damaged after this line and was read no further ({lines.damage})",
            )
        self._tell_lost_cases()
        cases = tuple(self._as_json(case) for case in self._cases.values())
        problems = tuple(sorted(self._problems, key=lambda problem: problem.line))
        return Log(self._file, count, cases, problems)

    def _open(self, lines: _Lines) -> _Rows:
        first = next(lines, None)
        if first is None:
            why = f" ({lines.damage})" if lines.damage else ""
            raise LogUnreadable(f"{self._file} is empty: not even a heading can be read{why}.")
        if first.startswith("\ufffd\ufffd") and "\x00" in first:
            raise LogUnreadable(f"{self._file} is UTF-16. Save it as UTF-8 and try again.")
        lines.give_back(lines.taken)
        delimiter = self._mapping.delimiter or self._sniff(first)
        rows = _Rows(lines, delimiter)
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

    def _take(self, row: _Row) -> None:
        if row.fault is not None:
            self._tell(row.line, None, row.fault)
            return
        name = self._cell(row, self._columns.case)
        try:
            if name is None:
                raise _Unfit(self._columns.case, "the row names no case")
            self._check_signs(row)
            told = self._told_of_case(row)
            step = self._step(row)
            known = self._cases.get(name)
            case = known or _Case(name)
            self._check_agrees(case, told)
            if step.instance is not None and step.instance in case.instances:
                raise _Unfit(
                    self._columns.instance,
                    f"the step {step.instance} stands already in line "
                    f"{case.instances[step.instance]}",
                )
        except _Unfit as unfit:
            self._tell(row.line, unfit.column, unfit.text)
            if name is not None:
                self._bad.setdefault(name, row.line)
            return
        for key, value in told.items():
            if value is not None:
                case.told.setdefault(key, (value, row.line))
        case.steps.append(step)
        if step.instance is not None:
            case.instances[step.instance] = row.line
        self._cases[name] = case

    def _cell(self, row: _Row, column: str | None) -> str | None:
        if column is None:
            return None
        text = row.cells[self._place[column]].strip()
        return None if text == "" or text in self._mapping.meaningless else text

    def _check_signs(self, row: _Row) -> None:
        for column in self._columns.named():
            if "\x00" in row.cells[self._place[column]]:
                raise _Unfit(column, "the cell holds a NUL character")

    def _told_of_case(self, row: _Row) -> dict[str, Any]:
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

    def _channel(self, row: _Row) -> str:
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

    def _step(self, row: _Row) -> _Step:
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

    def _time(self, row: _Row, column: str | None, *, needed: bool = False) -> datetime | None:
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
            if name not in self._cases:
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
