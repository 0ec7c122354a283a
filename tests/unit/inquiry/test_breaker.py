"""The circuit breaker: an authority that keeps failing is left alone, and tried again by one call at a time."""

import pytest

from panjareh_inquiry.adapters.breaker import Breakers


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breakers(clock):
    return Breakers(clock)


def fail(breakers, times, provider="welfare"):
    for _ in range(times):
        breakers.failed(provider)


def test_an_authority_nobody_has_tried_may_be_tried(breakers):
    assert breakers.closed("welfare")


def test_four_failures_are_borne(breakers):
    fail(breakers, 4)

    assert breakers.closed("welfare")


def test_after_five_failures_in_a_row_the_authority_rests(breakers, clock):
    fail(breakers, 5)

    assert not breakers.closed("welfare")
    clock.now += 4.9
    assert not breakers.closed("welfare")


def test_after_the_rest_one_try_is_let_through(breakers, clock):
    fail(breakers, 5)
    clock.now += 5.1

    assert breakers.closed("welfare")
    assert not breakers.closed("welfare"), "the others wait for how that one ends"


def test_a_try_that_fails_begins_another_rest(breakers, clock):
    fail(breakers, 5)
    clock.now += 5.1
    breakers.closed("welfare")
    clock.now += 3

    fail(breakers, 1)

    clock.now += 4.9
    assert not breakers.closed("welfare")
    clock.now += 0.2
    assert breakers.closed("welfare")


def test_a_try_whose_end_nobody_heard_of_does_not_block_for_ever(breakers, clock):
    fail(breakers, 5)
    clock.now += 5.1
    breakers.closed("welfare")

    clock.now += 5.1

    assert breakers.closed("welfare")


def test_a_success_forgets_the_failures_before_it(breakers):
    fail(breakers, 4)

    breakers.succeeded("welfare")

    fail(breakers, 4)
    assert breakers.closed("welfare")


def test_one_authoritys_failures_are_not_anothers(breakers):
    fail(breakers, 9)

    assert breakers.closed("civil_registry")


def test_it_says_which_authority_is_left_alone(breakers, clock):
    fail(breakers, 5)
    fail(breakers, 4, "civil_registry")

    assert breakers.open() == {("welfare",): 1, ("civil_registry",): 0}
    clock.now += 6
    assert breakers.closed("welfare")
    breakers.succeeded("welfare")
    assert breakers.open() == {("welfare",): 0, ("civil_registry",): 0}
