"""The statistics of the benchmarks."""

from __future__ import annotations

import pytest
from tests.bench.intervals import bootstrap, percentile, ratio


def test_a_percentile_is_a_value_that_was_measured():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]

    assert percentile(values, 50) == 3.0
    assert percentile(values, 99) == 5.0
    assert percentile(values, 0) == 1.0


def test_of_a_hundred_values_the_ninety_ninth_is_the_last_but_one():
    assert percentile(range(1, 101), 99) == 99


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_rounds_that_agree_leave_no_doubt():
    interval = bootstrap([2.0] * 9)

    assert (interval.low, interval.middle, interval.high) == (2.0, 2.0, 2.0)


def test_the_interval_lies_around_the_median_and_grows_with_the_noise():
    quiet = bootstrap([9.9, 10.0, 10.1, 10.0, 9.9, 10.1, 10.0, 10.2, 9.8])
    noisy = bootstrap([5.0, 10.0, 15.0, 8.0, 12.0, 10.0, 6.0, 14.0, 9.0])

    assert quiet.low <= quiet.middle <= quiet.high
    assert noisy.low <= noisy.middle <= noisy.high
    assert noisy.high - noisy.low > quiet.high - quiet.low


def test_one_round_gone_wrong_does_not_move_the_median():
    assert bootstrap([10.0] * 8 + [1000.0]).high == 10.0


def test_the_same_rounds_give_the_same_interval():
    values = [1.0, 5.0, 2.0, 8.0, 3.0]

    assert bootstrap(values) == bootstrap(values)


def test_of_nine_rounds_the_interval_leaves_out_the_fastest_and_the_slowest():
    """Which holds the true median 96 times of 100: 1 - 2 · (1 + 9) / 2⁹, by the binomial distribution."""
    interval = bootstrap([float(value) for value in range(1, 10)])

    assert (interval.low, interval.high) == (2.0, 8.0)


def test_a_machine_that_slows_down_slows_both_sides_of_a_ratio():
    peers = [100.0, 50.0, 25.0, 80.0, 40.0]
    ours = [peer * 3 for peer in peers]

    assert ratio(ours, peers).low == pytest.approx(3.0)
    assert ratio(ours, peers).high == pytest.approx(3.0)


def test_a_ratio_needs_the_same_rounds():
    with pytest.raises(ValueError, match="same rounds"):
        ratio([1.0, 2.0], [1.0])
