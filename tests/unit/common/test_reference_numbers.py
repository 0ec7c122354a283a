"""Reference numbers: a slip of the tongue or of the finger is always noticed."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from panjareh_common.reference import grouped, is_reference, new_reference, plain

references = st.builds(new_reference)


@given(references)
def test_a_new_reference_is_one(number):
    assert is_reference(number)
    assert len(number) == 12


@given(references)
def test_every_single_wrong_digit_is_noticed(number):
    for place, digit in enumerate(number):
        for wrong in "0123456789".replace(digit, ""):
            assert not is_reference(number[:place] + wrong + number[place + 1 :])


@given(references, st.integers(0, 10))
def test_two_neighbours_changed_round_are_noticed(number, place):
    assume(number[place] != number[place + 1])

    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert not is_reference(swapped)


@given(references)
def test_what_is_shown_in_groups_is_read_as_it_was(number):
    shown = grouped(number)

    assert [len(group) for group in shown.split(" ")] == [4, 4, 4]
    assert plain(shown) == number
    assert plain(shown.replace(" ", "-")) == number
    assert plain(f"\u200e{number}\u200f") == number


@pytest.mark.parametrize(
    "text", ["", "1", "000000000000 ", "۰۰۰۰۰۰۰۰۰۰۰۰", "00000000000a", "0" * 13, "²" * 12]
)
def test_what_is_no_reference_is_told_apart(text):
    assert not is_reference(text)
