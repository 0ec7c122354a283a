import pytest

from panjareh_sandbox.national_id import is_national_id, make_national_id


@pytest.mark.parametrize("national_id", ["0123456789", "0013542419", "9900000013"])
def test_ten_digits_with_the_right_check_digit_are_a_national_id(national_id):
    assert is_national_id(national_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789",
        "01234567890",
        "0123456780",
        "012345678a",
        "۰۱۲۳۴۵۶۷۸۹",
        "1111111111",
        "0000000000",
        "0123456789\n",
        " 123456789",
    ],
)
def test_anything_else_is_not(text):
    assert not is_national_id(text)


def test_every_single_wrong_digit_is_noticed():
    right = (
        "9900000013"  # a check digit of 1 would stand for two remainders, and let a few slips pass
    )

    for place, digit in enumerate(right[:9]):
        for other in set("0123456789") - {digit}:
            assert not is_national_id(right[:place] + other + right[place + 1 :])


def test_made_up_national_ids_are_valid_and_differ():
    numbers = [*range(500), 12_345_678, 89_999_999]

    made = [make_national_id(n) for n in numbers]

    assert all(is_national_id(national_id) for national_id in made)
    assert len(set(made)) == len(numbers)


@pytest.mark.parametrize("n", [-1, 90_000_000])
def test_the_supply_of_made_up_national_ids_has_an_end_and_says_so(n):
    with pytest.raises(ValueError, match="numbered from 0 to 89999999"):
        make_national_id(n)
