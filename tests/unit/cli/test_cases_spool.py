"""A log may be larger than memory: what is gathered of it lies on disk, and comes back as it was put in."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from tests.unit.cli.test_cases_log import MAPPING, a_row, as_csv
from tests.unit.cli.test_cases_xes import TRACE, a_log, event

from panjareh_cli.cases import log as logs
from panjareh_cli.cases.spool import KeptCases, KeptResults, RowsOfCases


def test_rows_come_back_case_by_case_in_the_order_of_first_appearance() -> None:
    rows = RowsOfCases()
    for line, name in enumerate(["b", "a", "b", "c", "a", "b"], start=2):
        rows.add(name, line, [name, "نشانی"])

    found = [(name, list(of_case)) for name, of_case in rows.cases()]

    assert found == [
        ("b", [(2, ["b", "نشانی"]), (4, ["b", "نشانی"]), (7, ["b", "نشانی"])]),
        ("a", [(3, ["a", "نشانی"]), (6, ["a", "نشانی"])]),
        ("c", [(5, ["c", "نشانی"])]),
    ]
    assert (rows.has("a"), rows.has("d")) == (True, False)


def test_cases_are_a_sequence_that_may_be_read_again_and_at_once() -> None:
    cases = KeptCases()
    for number in range(5):
        cases.add({"case": str(number)})

    assert (len(cases), cases[-1], cases[1:3]) == (
        5,
        {"case": "4"},
        [{"case": "1"}, {"case": "2"}],
    )
    assert [(a["case"], b["case"]) for a, b in zip(cases, cases, strict=True)][3] == ("3", "3")
    assert cases == tuple({"case": str(number)} for number in range(5))
    assert cases != ({"case": "0"},)
    with pytest.raises(IndexError):
        cases[5]


def test_results_are_a_mapping() -> None:
    results = KeptResults()
    results.update({"b": {"change": "created"}, "a": {"change": "created"}})
    results["a"] = {"change": "extended"}

    assert (dict(results), len(results), "c" in results) == (
        {"a": {"change": "extended"}, "b": {"change": "created"}},
        2,
        False,
    )
    del results["a"]
    with pytest.raises(KeyError):
        results["a"]
    with pytest.raises(KeyError):
        del results["a"]


def csv_of(cases: int) -> bytes:
    """Every case has a row at the beginning and one at the end of the file."""
    names = [f"plan-{number}" for number in range(cases)]
    return as_csv(
        *(a_row(case=name, instance="1") for name in names),
        *(a_row(case=name, instance="2") for name in names),
    )


def xes_of(cases: int) -> bytes:
    return a_log(
        *(
            TRACE.replace("plan-1", f"plan-{n}") + event(number=1) + event(number=2) + "</trace>"
            for n in range(cases)
        )
    )


@pytest.mark.parametrize("log_of", [csv_of, xes_of])
def test_memory_does_not_follow_the_size_of_the_log(tmp_path: Path, log_of) -> None:
    def peak(cases: int) -> int:
        path = tmp_path / f"{cases}.log"
        path.write_bytes(log_of(cases))
        tracemalloc.start()
        log = logs.read(path, MAPPING)
        assert (len(log.cases), log.events) == (cases, 2 * cases)
        assert sum(len(case["steps"]) for case in log.cases) == 2 * cases
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)  # whatever is made once
    grown = peak(6_000) - peak(600)  # some is rubbish that nobody has collected yet
    longer = len(log_of(6_000)) - len(log_of(600))
    assert grown < longer / 4
