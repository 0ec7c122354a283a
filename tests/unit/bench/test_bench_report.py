"""The tables of the benchmarks, and what is kept of earlier runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.bench.model import Bench, Cell, Check, Comparison, Rounds, judge
from tests.bench.report import BEGIN, END, goal, number, result, save, tables_of, what, write_tables

OURS, PEER = ("ours", "1 writer"), ("peer", "1 writer")
MACHINE = {
    "taken_at": "2026-03-21T08:00:00+00:00",
    "commit": "abc1234",
    "uncommitted_changes": False,
    "cpu": "Some CPU",
    "cores": 2,
    "memory_gib": 24.0,
    "kernel": "6.1",
    "python": "3.11.7",
    "postgresql": {"server_version": "15.18 (Debian)"},
    "rabbitmq": "3.10.8",
    "fdatasync_8kb_ms": 0.1,
    "load_average_before": 0.5,
}


def one(ours: float, wanted: float | None, *, ok: bool = True) -> dict[str, object]:
    cells = [Cell(*OURS, dict), Cell(*PEER, dict)]
    comparison = Comparison("rate", OURS, PEER, wanted)
    bench = Bench("B0", "a trial", cells, [comparison], figures=("rate",), notes=("a note",))
    taken = Rounds({OURS: [{"rate": ours}] * 9, PEER: [{"rate": 1000.0}] * 9})
    checks = [Check("stored = acknowledged", ok, "9 = 9")]
    return result(bench, taken, [judge(comparison, taken)], checks, MACHINE)


def table(**results: object) -> str:
    return "\n".join(tables_of(results))


def test_the_table_says_who_was_how_fast_and_whether_the_goal_was_met():
    text = table(B0=one(3000.0, 2.5))

    assert "| rate of ours ÷ peer, 1 writer | 3 | 3 to 3 | ≥ 2.5 | met |" in text
    assert "| ours | 1 writer | 3,000 |" in text
    assert "9 rounds, 2026-03-21, commit abc1234; 2 cores of Some CPU" in text


def test_a_goal_that_was_missed_is_said_to_be_missed():
    assert "| ≥ 2.5 | **missed** |" in table(B0=one(2000.0, 2.5))


def test_a_check_that_failed_stands_out():
    assert "**WRONG**: stored = acknowledged (9 = 9)" in table(B0=one(1.0, None, ok=False))


def test_notes_are_told():
    assert "- a note" in table(B0=one(1.0, None))


@pytest.mark.parametrize(
    ("comparison", "words", "bound"),
    [
        (Comparison("rate", OURS, PEER, 0.7), "rate of ours ÷ peer, 1 writer", "≥ 0.7"),
        (Comparison("p50_ms", OURS, PEER, 1.3, True), "p50 of ours ÷ peer, 1 writer", "≤ 1.3"),
        (Comparison("p99_ms", OURS, goal=25, at_most=True), "p99 of ours, 1 writer", "≤ 25 ms"),
        (
            Comparison("rate", OURS, ("ours", "16 writers")),
            "rate of ours, 1 writer ÷ 16 writers",
            "",
        ),
    ],
)
def test_a_comparison_in_words(comparison, words, bound):
    assert what(comparison) == words
    assert goal(comparison) == bound


@pytest.mark.parametrize(
    ("value", "shown"), [(12345.6, "12,346"), (99.96, "100"), (1.2345, "1.23"), (0.0123, "0.0123")]
)
def test_numbers_are_shown_with_three_digits(value, shown):
    assert number(value) == shown


def test_a_run_of_one_benchmark_keeps_what_is_known_of_the_others(tmp_path: Path):
    file = tmp_path / "folder" / "bench.json"
    save(file, {"B3": {"title": "older"}, "B1": {"title": "older"}})

    everything = save(file, {"B1": {"title": "newer"}})

    assert everything == {"B1": {"title": "newer"}, "B3": {"title": "older"}}
    assert json.loads(file.read_text("utf-8")) == everything


def test_only_what_stands_between_the_marks_is_written_anew(tmp_path: Path):
    file = tmp_path / "performance.md"
    file.write_text(f"before\n{BEGIN}\nold table\n{END}\nafter\n", encoding="utf-8")

    write_tables(file, {"B0": one(3000.0, 2.5)})
    write_tables(file, {"B0": one(2000.0, 2.5)})

    text = file.read_text("utf-8")
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old table" not in text
    assert text.count("### B0: a trial") == 1


def test_a_file_without_the_marks_is_not_touched(tmp_path: Path):
    file = tmp_path / "performance.md"
    file.write_text("nothing here", encoding="utf-8")

    with pytest.raises(ValueError, match="no place"):
        write_tables(file, {})
    assert file.read_text("utf-8") == "nothing here"
