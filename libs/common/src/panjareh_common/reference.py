"""Numbers that people read over the phone: twelve digits, the last one a Damm check digit (design part 5)."""

from __future__ import annotations

import secrets

from stdnum import damm


def new_reference() -> str:
    """Eleven random digits and a check digit; it tells nothing about whom or when."""
    number = f"{secrets.randbelow(10**11):011d}"
    return number + str(damm.calc_check_digit(number))


def is_reference(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit() and bool(damm.is_valid(text))


def plain(text: str) -> str:
    """What a person typed, without the spaces and dashes between groups."""
    return "".join(ch for ch in text if ch not in " -\u00a0\u200c\u200e\u200f")


def grouped(number: str) -> str:
    """Three groups of four, as it is shown."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
