"""How long a wait that failed is left alone: longer each time, never for ever, never all at once."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.due import retry_after

LONGEST = timedelta(minutes=5)


def test_the_first_retry_comes_within_a_second():
    assert retry_after(1, lambda: 0.0) == timedelta(seconds=0.5)
    assert retry_after(1, lambda: 1.0) == timedelta(seconds=1)


def test_each_failure_doubles_the_wait_until_five_minutes():
    waits = [retry_after(attempts, lambda: 1.0) for attempts in range(1, 13)]

    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
    assert waits[-1] == LONGEST


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_no_number_of_failures_waits_for_ever_or_not_at_all(attempts, chance):
    wait = retry_after(attempts, lambda: chance)

    assert timedelta(seconds=0.5) <= wait <= LONGEST


def test_two_that_failed_together_do_not_come_back_together():
    assert retry_after(5, lambda: 0.1) != retry_after(5, lambda: 0.9)
