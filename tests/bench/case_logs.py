"""Logs of past cases, as large as wanted: the project's sample again and again, with names of their own."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import quoteattr

from panjareh_cli.cases.sample.make_sample import COLUMNS, rows
from panjareh_cli.cases.xes import HEAD, TAIL

MAPPING = "permits-sample"
OF_ONE_SAMPLE = len({row["case:concept:name"] for row in rows()})
_CASE, _INSTANCE, _TIME = "case:concept:name", "concept:instance", "time:timestamp"
_OF_CASE = "case:"


def write_csv(path: Path, name: str, cases: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_rows(name, cases))
    return path


def write_xes(path: Path, name: str, cases: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for _, events in groupby(_rows(name, cases), key=lambda row: row[_CASE]):
            file.writelines(_trace(list(events)))
        file.write(TAIL)
    return path


def _rows(name: str, cases: int) -> Iterator[dict[str, str]]:
    """One an event; the last sample is begun only as far as it is wanted."""
    sample = rows()
    names = list(dict.fromkeys(row[_CASE] for row in sample))
    for first in range(0, cases, OF_ONE_SAMPLE):
        taken = set(names[: cases - first])
        mine = f"{name}-{first}"
        for row in sample:
            if row[_CASE] in taken:
                own = {column: f"{mine}-{row[column]}" for column in (_CASE, _INSTANCE)}
                yield row | own


def _trace(events: list[dict[str, str]]) -> Iterator[str]:
    yield "  <trace>\n"
    of_case = {name: value for name, value in events[0].items() if name.startswith(_OF_CASE)}
    yield from _attributes("    ", {k.removeprefix(_OF_CASE): v for k, v in of_case.items()})
    for event in events:
        yield "    <event>\n"
        yield from _attributes("      ", {k: v for k, v in event.items() if k not in of_case})
        yield "    </event>\n"
    yield "  </trace>\n"


def _attributes(indent: str, named: dict[str, str]) -> Iterator[str]:
    for name, value in named.items():
        kind, written = "string", value
        if name == _TIME:
            kind, written = "date", value.replace(" ", "T")
        if value:
            yield f"{indent}<{kind} key={quoteattr(name)} value={quoteattr(written)}/>\n"
