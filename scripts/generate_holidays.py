"""Writes Iran's public holidays, as the library `holidays` knows them, into libs/common: once, not in every process.

The library loads the calendars of all countries, 45 MiB and more than a second, for one of them. `--check`
writes nothing and ends with 1 when the file is not as it would be written: run it after a new version of the library.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from holidays.countries.iran import Iran

FILE = Path(__file__).parents[1] / "libs/common/src/panjareh_common/calendar/holidays.json"
YEARS = range(1980, 2077)  # of which it knows the lunar holidays, too

_ESTIMATED = {"fa": " (تخمینی)", "en": " (estimated)"}
_LANGUAGES = {"fa": "fa_IR", "en": "en_US"}
_SEPARATOR = "; "  # between two holidays of one day
# Spaces that the library leaves out.
_TYPOGRAPHY = {"؛": "؛ ", "عیدنوروز": "عید نوروز"}
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def made() -> dict[str, Any]:
    """`days` by year: month and day, which of the `names`, and whether it may still move."""
    names: list[dict[str, str]] = []
    days: dict[str, list[tuple[str, int, bool]]] = {}
    for year in YEARS:
        told = {short: Iran(years=year, language=long) for short, long in _LANGUAGES.items()}
        days[str(year)] = []
        for day in sorted(told["fa"]):
            said = {short: told[short][day] for short in _LANGUAGES}
            name, estimated = _plain(said), _estimated(said["fa"])
            if name not in names:
                names.append(name)
            days[str(year)].append((f"{day:%m-%d}", names.index(name), estimated))
    return {"source": f"holidays {version('holidays')}, MIT", "names": names, "days": days}


def _estimated(said: str) -> bool:
    """A lunar holiday that falls on a solar one moves nothing: the day is certain all the same."""
    return all(name.endswith(_ESTIMATED["fa"]) for name in said.split(_SEPARATOR))


def _plain(said: dict[str, str]) -> dict[str, str]:
    names = {short: text.replace(_ESTIMATED[short], "") for short, text in said.items()}
    for typed, meant in _TYPOGRAPHY.items():
        names["fa"] = names["fa"].replace(typed, meant)
    return names | {"fa": names["fa"].translate(_PERSIAN_DIGITS)}


def text() -> str:
    """A line for each name and each year, so that a new version of the library can be read as a difference."""
    content = made()
    names = ",\n".join(json.dumps(name, ensure_ascii=False) for name in content["names"])
    days = ",\n".join(
        f"{json.dumps(year)}: {json.dumps(row)}" for year, row in content["days"].items()
    )
    source = json.dumps(content["source"])
    return f'{{"source": {source},\n"names": [\n{names}],\n"days": {{\n{days}}}}}\n'


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(0 if FILE.read_text(encoding="utf-8") == text() else 1)
    FILE.write_text(text(), encoding="utf-8")
