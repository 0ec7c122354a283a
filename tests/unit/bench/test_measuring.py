"""Cells are measured in turns, and goals are judged by the worse end of the interval."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.model import Cell, Comparison, Rounds, judge, judge_all, measure, order

OURS, PEER = ("ours", "load"), ("peer", "load")


def recording(turns: list[str], who: str, value: float) -> Cell:
    def run() -> dict[str, float]:
        turns.append(who)
        return {"rate": value}

    return Cell(who, "load", run)


def cells(turns: list[str]) -> list[Cell]:
    return [recording(turns, who, float(number)) for number, who in enumerate("abcd", start=1)]


def rounds_of(ours: list[float], peers: list[float]) -> Rounds:
    return Rounds({OURS: [{"rate": v} for v in ours], PEER: [{"rate": v} for v in peers]})


def test_every_round_measures_every_cell_once():
    turns: list[str] = []

    measure(cells(turns), rounds=3)

    rounds = [turns[start : start + 4] for start in range(0, len(turns), 4)]
    assert [sorted(round_) for round_ in rounds] == [list("abcd")] * 4  # one of them warms up


def test_the_order_of_the_cells_changes_from_round_to_round():
    orders = {tuple(order(5, number)) for number in range(9)}

    assert len(orders) > 5


def test_every_run_has_the_same_orders():
    assert [order(5, number) for number in range(9)] == [order(5, number) for number in range(9)]


def test_the_round_that_warms_up_is_not_counted():
    taken = measure(cells([]), rounds=3)

    assert taken.values(("a", "load"), "rate") == [1.0] * 3


def test_a_reading_goes_to_the_cell_that_was_measured():
    taken = measure(cells([]), rounds=2)

    values = [taken.values((who, "load"), "rate")[0] for who in "abcd"]
    assert values == [1.0, 2.0, 3.0, 4.0]


def test_what_is_done_is_told_round_by_round():
    told: list[str] = []

    measure(cells([]), rounds=2, say=told.append)

    assert [text.partition(":")[0] for text in told] == ["warm-up", "round 1 of 2", "round 2 of 2"]


def goal_met(ours: list[float], goal: float, *, at_most: bool = False) -> Callable[[], bool | None]:
    comparison = Comparison("rate", OURS, PEER, goal, at_most)
    return judge(comparison, rounds_of(ours, [1.0] * len(ours))).met


def test_a_goal_is_met_when_the_low_end_reaches_it():
    assert goal_met([2.0] * 9, 2.0) is True


def test_a_goal_that_only_the_median_reaches_is_missed():
    assert goal_met([1.0] * 4 + [3.0] * 5, 2.0) is False


def test_a_bound_that_only_the_median_keeps_is_missed():
    assert goal_met([1.0] * 5 + [3.0] * 4, 2.0, at_most=True) is False


def test_a_bound_is_kept_when_the_high_end_keeps_it():
    assert goal_met([1.0] * 9, 1.0, at_most=True) is True


def test_without_a_goal_there_is_nothing_to_miss():
    verdict = judge(Comparison("rate", OURS, PEER), rounds_of([2.0] * 3, [1.0] * 3))

    assert verdict.met is None
    assert verdict.interval.middle == 2.0


def test_a_figure_may_be_judged_as_it_is():
    verdict = judge(Comparison("rate", OURS, goal=25, at_most=True), rounds_of([20.0] * 3, []))

    assert verdict.met is True
    assert verdict.interval.middle == 20.0


def test_a_peer_that_is_not_here_is_left_out():
    taken = rounds_of([2.0] * 3, [1.0] * 3)
    missing = Comparison("rate", OURS, ("nobody", "load"), 2)

    verdicts = list(judge_all([missing, Comparison("rate", OURS, PEER, 2)], taken))

    assert [verdict.comparison.against for verdict in verdicts] == [PEER]
