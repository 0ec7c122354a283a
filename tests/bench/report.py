"""Results as JSON, which later runs add to, and as tables between two marks of a Markdown file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.model import Bench, Check, Comparison, Rounds, Verdict

BEGIN, END = "<!-- bench: written by `make bench` -->", "<!-- bench: end -->"
_UNITS = {
    "rate": "a second",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "mean_ms": "mean, ms",
    "us": "µs",
    "cores": "cores had",
    "events_rate": "events a second",
    "command_rate": "a second, the whole command",
    "mib_before": "MiB before",
    "mib_under_load": "MiB under load",
    "rss_before": "RSS before, MiB",
    "rss_after": "RSS after, MiB",
}


def result(
    bench: Bench,
    taken: Rounds,
    verdicts: Sequence[Verdict],
    checks: Sequence[Check],
    machine: Mapping[str, Any],
) -> dict[str, Any]:
    """All there is to keep of one benchmark, with every reading of every round."""
    return {
        "title": bench.title,
        "rounds": taken.count,
        "figures": list(bench.figures),
        "cells": [
            {"who": cell.who, "load": cell.load, "readings": list(taken.readings[cell.key])}
            for cell in bench.cells
        ],
        "comparisons": [_verdict(verdict) for verdict in verdicts],
        "checks": [vars(check) for check in checks],
        "notes": list(bench.notes),
        "machine": machine,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    comparison, interval = verdict.comparison, verdict.interval
    return {
        "what": what(comparison),
        "middle": interval.middle,
        "low": interval.low,
        "high": interval.high,
        "goal": goal(comparison),
        "met": verdict.met,
    }


def what(comparison: Comparison) -> str:
    """In words: which figure, of whom, under which load, against whom."""
    figure = comparison.figure.removesuffix("_ms")
    who, load = comparison.of
    if comparison.against is None:
        return f"{figure} of {who}, {load}"
    other, other_load = comparison.against
    whom = who if who == other else f"{who} ÷ {other}"
    under = load if load == other_load else f"{load} ÷ {other_load}"
    return f"{figure} of {whom}, {under}"


def goal(comparison: Comparison) -> str:
    if comparison.goal is None:
        return ""
    unit = " ms" if comparison.figure.endswith("_ms") and comparison.against is None else ""
    return f"{'≤' if comparison.at_most else '≥'} {comparison.goal:g}{unit}"


def save(file: Path, results: Mapping[str, Any]) -> dict[str, Any]:
    """Puts results into a file, in place of earlier ones of the same benchmarks. Gives all of them."""
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    everything = dict(sorted({**known, **results}.items()))
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(everything, indent=1, ensure_ascii=False, default=float)
    file.write_text(text + "\n", encoding="utf-8")
    return everything


def write_tables(file: Path, results: Mapping[str, Any]) -> None:
    """Replaces what stands between the marks. Raises ValueError for a file without them."""
    text = file.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file} has no place for the tables")
    tables = "\n".join(tables_of(results))
    file.write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}", encoding="utf-8")


def tables_of(results: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the tables, one section for each benchmark."""
    for name, one in results.items():
        yield f"### {name}: {one['title']}"
        yield ""
        yield _where(one)
        yield ""
        yield from _goals(one)
        yield from _cells(one)
        for note in one["notes"]:
            yield f"- {note}"
        for check in one["checks"]:
            yield f"- {'checked' if check['ok'] else '**WRONG**'}: {check['name']} ({check['seen']})"
        yield ""


def _where(one: Mapping[str, Any]) -> str:
    machine = one["machine"]
    changed = " with changes that are not committed" if machine["uncommitted_changes"] else ""
    return (
        f"{_rounds(one)}{machine['taken_at'][:10]}, commit {machine['commit']}{changed}; "
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}, Python {machine['python']}, "
        f"PostgreSQL {machine['postgresql']['server_version'].split()[0]}, "
        f"RabbitMQ {machine['rabbitmq']}; fdatasync of 8 kB {machine['fdatasync_8kb_ms']:.2f} ms; "
        f"load before {machine['load_average_before']:.1f}."
    )


def _rounds(one: Mapping[str, Any]) -> str:
    return f"{one['rounds']} rounds, " if one["rounds"] else ""


def _goals(one: Mapping[str, Any]) -> Iterator[str]:
    if not one["comparisons"]:
        return
    yield "| comparison | median | 95 % interval | goal | |"
    yield "| --- | --- | --- | --- | --- |"
    for verdict in one["comparisons"]:
        said = {True: "met", False: "**missed**", None: ""}[verdict["met"]]
        between = f"{number(verdict['low'])} to {number(verdict['high'])}"
        yield f"| {verdict['what']} | {number(verdict['middle'])} | {between} | {verdict['goal']} | {said} |"
    yield ""


def _cells(one: Mapping[str, Any]) -> Iterator[str]:
    """Medians over the rounds."""
    if not one["cells"]:
        return
    figures = one["figures"]
    yield f"| who | load | {' | '.join(_UNITS.get(name, name) for name in figures)} |"
    yield "| --- " * (len(figures) + 2) + "|"
    for cell in one["cells"]:
        shown = [_shown(cell["readings"], name) for name in figures]
        yield f"| {cell['who']} | {cell['load']} | {' | '.join(shown)} |"
    yield ""


def _shown(readings: Sequence[Mapping[str, float]], figure: str) -> str:
    values = [reading[figure] for reading in readings if figure in reading]
    return number(median(values)) if values else ""


def number(value: float) -> str:
    """Three significant digits, and no more than the value has."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
