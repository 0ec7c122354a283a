"""The logs that a benchmark imports are as large as wanted, the same in both formats, and never met before."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bench.case_logs import MAPPING, OF_ONE_SAMPLE, write_csv, write_xes

from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings


def read(path: Path) -> logs.Log:
    return logs.read(path, mappings.find(MAPPING))


def names_in(log: logs.Log) -> list[str]:
    return [case["case"] for case in log.cases]


@pytest.mark.parametrize("cases", [1, OF_ONE_SAMPLE, 2 * OF_ONE_SAMPLE + 3])
def test_a_log_has_as_many_cases_as_are_wanted(tmp_path: Path, cases: int):
    log = read(write_csv(tmp_path / "log.csv", "first", cases))

    assert len(log.cases) == len(set(names_in(log))) == cases
    assert not log.problems


def test_both_formats_say_the_same(tmp_path: Path):
    as_csv = read(write_csv(tmp_path / "log.csv", "first", OF_ONE_SAMPLE + 1))
    as_xes = read(write_xes(tmp_path / "log.xes", "first", OF_ONE_SAMPLE + 1))

    assert not as_xes.problems
    assert list(as_xes.cases) == list(as_csv.cases)


def test_logs_of_different_names_share_no_case(tmp_path: Path):
    first = read(write_csv(tmp_path / "1.csv", "first", OF_ONE_SAMPLE))
    second = read(write_csv(tmp_path / "2.csv", "second", OF_ONE_SAMPLE))

    assert not set(names_in(first)) & set(names_in(second))
