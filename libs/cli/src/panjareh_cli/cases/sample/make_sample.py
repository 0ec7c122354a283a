"""Make the sample log: the permits of a municipality that does not exist, the same every time."""

from __future__ import annotations

import csv
import io
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

COLUMNS = (
    "case:channel",
    "case:concept:name",
    "case:deadline",
    "case:department",
    "case:enddate",
    "case:enddate_planned",
    "case:group",
    "case:responsible",
    "case:startdate",
    "concept:instance",
    "concept:name",
    "lifecycle:transition",
    "org:group",
    "org:resource",
    "time:timestamp",
)

_SEED = 1404
_CASES = 40
_ZONE = ZoneInfo("Asia/Tehran")
_FIRST_DAY = datetime(2021, 4, 3, tzinfo=_ZONE)
_CHANNELS = ("Internet", "Desk", "Post", "e-mail", "Intern")
_CHANNEL_WEIGHTS = (22, 9, 4, 3, 2)
_OFFICERS = tuple(f"Officer-{letter}" for letter in "ABCDEFGHJK")
_UNITS = ("Front office", "Plan review", "Site visits", "EMPTY")
_DEPARTMENTS = ("Building", "Heritage")
#: What is done, by whom, and how likely a case needs it.
_STEPS = (
    ("Register plan", "Front office", 1.0),
    ("Send receipt to applicant", "EMPTY", 1.0),
    ("Check drawings for completeness", "Plan review", 0.95),
    ("Ask for missing drawing", "Plan review", 0.35),
    ("Visit the plot", "Site visits", 0.6),
    ("Ask opinion of heritage office", "EMPTY", 0.2),
    ("Work out fee", "Front office", 0.7),
    ("Hand over to decision desk", "Plan review", 0.75),
)
_CLOSING = "Archive the file"


def rows() -> list[dict[str, str]]:
    """The events of every case, in the order in which they happened to each."""
    dice = random.Random(_SEED)
    made: list[dict[str, str]] = []
    for number in range(1, _CASES + 1):
        made += _case(dice, number, step_number=5000 + 20 * number)
    return made


def rows_with_faults() -> list[list[str]]:
    """A few good cases with five rows among them that cannot be taken over."""
    good = [[row[column] for column in COLUMNS] for row in rows()[:24]]
    place = {column: index for index, column in enumerate(COLUMNS)}

    def spoilt(index: int, column: str, value: str) -> list[str]:
        row = list(good[index])
        row[place["concept:instance"]] = f"{row[place['concept:instance']]}-bad"
        row[place[column]] = value
        return row

    return [
        *good[:3],
        spoilt(2, "case:concept:name", ""),
        *good[3:7],
        spoilt(6, "time:timestamp", "the day after the feast"),
        *good[7:11],
        spoilt(10, "time:timestamp", "2021-05-02 10:15:00"),
        *good[11:15],
        spoilt(14, "case:channel", "Pigeon"),
        *good[15:19],
        spoilt(18, "case:group", "")[:-1],
        *good[19:],
    ]


def _case(dice: random.Random, number: int, step_number: int) -> list[dict[str, str]]:
    start = _FIRST_DAY + timedelta(
        days=9 * number + dice.randrange(4), hours=8, seconds=dice.randrange(6 * 3600)
    )
    planned = start + timedelta(days=56)
    closed = dice.random() < 0.7
    channel = dice.choices(_CHANNELS, _CHANNEL_WEIGHTS)[0]
    department = dice.choices(_DEPARTMENTS, (5, 1))[0]
    responsible = dice.choice(_OFFICERS)
    moment = start
    steps = []
    for name, unit, likely in _STEPS:
        if dice.random() >= likely:
            continue
        moment += timedelta(minutes=dice.randrange(3, 7000), milliseconds=dice.randrange(1000))
        steps.append((name, unit, dice.choice((responsible, dice.choice(_OFFICERS))), moment))
    if closed:
        moment += timedelta(minutes=dice.randrange(60, 9000))
        steps.append((_CLOSING, "Front office", responsible, moment))
    return [
        {
            "case:channel": channel,
            "case:concept:name": f"plan-{1400 + number // 20}-{number:03}",
            "case:deadline": _write(planned),
            "case:department": department,
            "case:enddate": _write(moment) if closed else "",
            "case:enddate_planned": _write(planned),
            "case:group": "",
            "case:responsible": responsible,
            "case:startdate": _write(start),
            "concept:instance": f"act-{step_number + offset}",
            "concept:name": name,
            "lifecycle:transition": "complete",
            "org:group": unit,
            "org:resource": officer,
            "time:timestamp": _write(at),
        }
        for offset, (name, unit, officer, at) in enumerate(steps)
    ]


def _write(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="milliseconds")


def _csv(lines: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(COLUMNS), *lines])
    return text.getvalue().encode()


def files() -> dict[str, bytes]:
    """Name and content of every file of the sample."""
    good = [[row[column] for column in COLUMNS] for row in rows()]
    return {
        "permits-sample.csv": _csv(good),
        "permits-sample-with-faults.csv": _csv(rows_with_faults()),
    }


def main() -> None:
    folder = Path(__file__).parent
    for name, content in files().items():
        (folder / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content.splitlines()) - 1} rows\n")


if __name__ == "__main__":
    main()
