"""What processes tell at their health doors: `/readyz` in JSON, `/metrics` in Prometheus' text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Sample(NamedTuple):
    name: str
    labels: dict[str, str]
    value: float


def samples(text: str) -> Iterator[Sample]:
    """The samples of a scrape; lines that are none are let be."""
    for line in text.splitlines():
        found = _SAMPLE.match(line)
        if found is None:
            continue
        try:
            value = float(found[3])
        except ValueError:
            continue
        yield Sample(found[1], dict(_LABEL.findall(found[2] or "")), value)


def not_ready(text: str) -> list[str]:
    """Which checks of a /readyz do not hold, with what each says; nothing where all do."""
    try:
        checks = _checks(text)
    except ValueError:
        return ["its answer is no JSON"]
    return [f"{name}: {_word(each)}" for name, each in checks.items() if not _holds(each)]


def database_of(text: str) -> str | None:
    """What a /readyz says of migrations: `applied`, or which is missing; None where it does not say."""
    try:
        checks = _checks(text)
    except ValueError:
        return None
    said = checks.get("database")
    if said == "ok":
        return "applied"
    if isinstance(said, str) and said.startswith("not migrated"):
        return said
    return "not migrated" if checks.get("start") == "waits for migrate" else None


def _checks(text: str) -> dict[str, Any]:
    """Raises ValueError for what is no JSON."""
    said = json.loads(text)
    checks = said.get("checks") if isinstance(said, dict) else None
    return checks if isinstance(checks, dict) else {}


def _holds(check: Any) -> bool:
    if isinstance(check, dict):
        return bool(check.get("ok", check.get("status") in ("ok", "ready", "up")))
    return check is True or check in ("ok", "ready", "up")


def _word(check: Any) -> str:
    if isinstance(check, dict):
        return str(check.get("detail") or check.get("status") or check)
    return str(check)
