"""What is too much for memory, kept in a file of SQLite's own that has no name and goes with the process."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any, overload

_OF_NO_NAME = ""  # to SQLite: a temporary file, deleted when it is opened, in TMPDIR


def _open(*tables: str) -> sqlite3.Connection:
    # One thread uses it; another may be the one that clears it away.
    database = sqlite3.connect(_OF_NO_NAME, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = OFF")  # what breaks off is read anew
    for table in tables:
        database.execute(f"CREATE TABLE {table}")
    database.execute("BEGIN")  # never committed: nobody else reads it
    return database


class RowsOfCases:
    """Rows put in as they come, and taken out case by case, in the order in which cases first appeared."""

    def __init__(self) -> None:
        self._database = _open(
            "row (place INTEGER PRIMARY KEY, name TEXT NOT NULL, line INTEGER NOT NULL, cells TEXT NOT NULL)"
        )

    def __del__(self) -> None:
        self._database.close()

    def add(self, name: str, line: int, cells: Sequence[str]) -> None:
        self._database.execute(
            "INSERT INTO row (name, line, cells) VALUES (?, ?, ?)",
            (name, line, json.dumps(cells, ensure_ascii=False)),
        )

    def has(self, name: str) -> bool:
        """Asked once the rows are in: of the first question an index is made."""
        self._database.execute("CREATE INDEX IF NOT EXISTS of_case ON row (name, place)")
        found = self._database.execute("SELECT 1 FROM row WHERE name = ? LIMIT 1", (name,))
        return found.fetchone() is not None

    def cases(self) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
        """Each case with its rows, as (line, cells), in the order of the file."""
        self._database.execute("CREATE INDEX IF NOT EXISTS of_case ON row (name, place)")
        rows = self._database.execute(
            "SELECT row.name, line, cells FROM row"
            " JOIN (SELECT name, min(place) AS first FROM row GROUP BY name) AS begun ON begun.name = row.name"
            " ORDER BY first, place"
        )
        for name, of_case in itertools.groupby(rows, key=lambda row: str(row[0])):
            yield name, ((line, json.loads(cells)) for _, line, cells in of_case)


class KeptCases(Sequence[dict[str, Any]]):
    """Cases in their order. To be filled, and then read as often as one likes."""

    def __init__(self) -> None:
        self._database = _open("kept (place INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        self._count = 0

    def __del__(self) -> None:
        self._database.close()

    def add(self, case: dict[str, Any]) -> None:
        text = json.dumps(case, ensure_ascii=False)
        self._database.execute("INSERT INTO kept VALUES (?, ?)", (self._count, text))
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for (text,) in self._database.execute("SELECT body FROM kept ORDER BY place"):
            yield json.loads(text)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self._count))]
        wanted = place + self._count if place < 0 else place
        found = self._database.execute("SELECT body FROM kept WHERE place = ?", (wanted,))
        row = found.fetchone()
        if row is None:
            raise IndexError(place)
        return dict(json.loads(row[0]))

    def __eq__(self, other: object) -> bool:
        """As a tuple of the same cases would."""
        if not isinstance(other, Sequence) or len(other) != len(self):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


class KeptResults(MutableMapping[str, dict[str, Any]]):
    """What came of each case, by its name."""

    def __init__(self) -> None:
        self._database = _open("kept (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID")

    def __del__(self) -> None:
        self._database.close()

    def __getitem__(self, name: str) -> dict[str, Any]:
        found = self._database.execute("SELECT body FROM kept WHERE name = ?", (name,))
        row = found.fetchone()
        if row is None:
            raise KeyError(name)
        return dict(json.loads(row[0]))

    def __setitem__(self, name: str, result: dict[str, Any]) -> None:
        text = json.dumps(result, ensure_ascii=False)
        self._database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, text))

    def __delitem__(self, name: str) -> None:
        if not self._database.execute("DELETE FROM kept WHERE name = ?", (name,)).rowcount:
            raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        for (name,) in self._database.execute("SELECT name FROM kept ORDER BY name"):
            yield str(name)

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM kept").fetchone()[0])
