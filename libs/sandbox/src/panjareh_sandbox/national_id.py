"""Iranian national ids: is this one well formed, and a supply of made-up ones for tests."""

# Made-up ids lie between 9000000000 and 9899999999; the personas keep 99xxxxxxxx for themselves,
# so a load test never meets a persona by accident.
_FIRST = 900_000_000
_SUPPLY = 90_000_000


def is_national_id(text: str) -> bool:
    """Ten ASCII digits, not all the same, the last one agreeing with the other nine."""
    if len(text) != 10 or not (text.isascii() and text.isdigit()) or len(set(text)) == 1:
        return False
    return text[9] == _check_digit(text[:9])


def make_national_id(n: int) -> str:
    """The n-th made-up national id; the same n gives the same id, another n another id."""
    if not 0 <= n < _SUPPLY:
        raise ValueError(f"made-up national ids are numbered from 0 to {_SUPPLY - 1}; got {n}")
    first_nine = str(_FIRST + n)
    return with_check_digit(first_nine)


def with_check_digit(first_nine: str) -> str:
    return first_nine + _check_digit(first_nine)


def _check_digit(first_nine: str) -> str:
    total = sum(
        int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True)
    )
    remainder = total % 11
    return str(remainder if remainder < 2 else 11 - remainder)
