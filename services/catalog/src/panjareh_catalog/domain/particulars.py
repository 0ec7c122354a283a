"""Numbers and addresses by which a person can be found, seen in a text that is to be published without their name.

It sees what has a form of its own, not names; nor does it look for numbers that are not valid ones.
"""

from __future__ import annotations

import re

_TO_LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
# Within a number people write spaces and dashes.
_NUMBER = re.compile(r"\d(?:[ -]?\d)*")
_MOBILE = re.compile(r"(?:0098|98|0)?9\d{9}")
_BANK_ACCOUNT = re.compile(r"IR[ -]?\d(?:[ -]?\d){23}", re.IGNORECASE)
_CARD_LENGTH, _NATIONAL_ID_LENGTH = 16, 10


def names_person(text: str) -> bool:
    """Whether a text holds an e-mail address, a mobile number, a national id, a bank card or account."""
    plain = text.translate(_TO_LATIN)
    if _EMAIL.search(plain) or _BANK_ACCOUNT.search(plain):
        return True
    numbers = (re.sub(r"[ -]", "", found[0]) for found in _NUMBER.finditer(plain))
    return any(
        _MOBILE.fullmatch(number) or _is_national_id(number) or _is_card(number)
        for number in numbers
    )


def _is_national_id(number: str) -> bool:
    """Ten digits, the last of which is a check digit (modulo 11); those that are all the same are given to nobody."""
    if len(number) != _NATIONAL_ID_LENGTH or len(set(number)) == 1:
        return False
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9])) % 11
    return int(number[9]) == (rest if rest < 2 else 11 - rest)


def _is_card(number: str) -> bool:
    """Sixteen digits that pass the Luhn check (ISO/IEC 7812-1)."""
    if len(number) != _CARD_LENGTH or len(set(number)) == 1:
        return False
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(number)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
