"""Rows of a CSV log, each with the physical line that it starts on; a bad one does not take good ones with it."""

from __future__ import annotations

import csv
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from panjareh_cli.cases.rows import Row

BOM = b"\xef\xbb\xbf"
_LONGEST_LINE = 1 << 20
#: A quote that is opened and never closed would swallow the rest of the file; a row longer than
#: this many lines is taken for that fault.
_LONGEST_ROW = 200


@dataclass(frozen=True)
class Line:
    number: int
    text: str
    fault: str | None = None


class Lines:
    """Physical lines, decoded one by one, with the power to give some back."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._number = 0
        self._given_back: deque[Line] = deque()
        self.taken: list[Line] = []
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

    def give_back(self, lines: list[Line]) -> None:
        self._given_back.extendleft(reversed(lines))

    def _next_of_file(self) -> Line | None:
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
            raw = raw.removeprefix(BOM)
        if too_long:
            return Line(self._number, "\n", "the line is longer than 1 MiB")
        try:
            return Line(self._number, raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            return Line(
                self._number,
                raw.decode("utf-8", errors="replace"),
                f"the row is not UTF-8 (byte {error.start + 1} of line {self._number})",
            )


class _RowTooLong(Exception):
    """Raised through the CSV parser, which starts afresh on its next row."""


class CsvRows:
    """Rows as the CSV parser sees them, each with the physical line it starts on."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        # strict: a malformed quote is told, not guessed at
        self._parser = csv.reader(lines, delimiter=delimiter, strict=True)
        self.width = 0

    def next(self) -> Row | None:
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
        return Row(taken[0].number, cells, fault)

    def _parse_fault(self, error: Exception) -> str:
        if isinstance(error, _RowTooLong):
            return f"a quote is opened and not closed within {_LONGEST_ROW} lines"
        if "unexpected end of data" in str(error):
            return "a quote is opened and not closed before the file ends"
        if "field limit" in str(error):
            return "a cell is longer than the reader takes (128 KiB)"
        return f"the row is not well-formed CSV ({error})"

    def _recover(self, taken: list[Line]) -> None:
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
