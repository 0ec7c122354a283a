"""What people type, made into the one form in which it is stored, compared and looked up by."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from persiantools import characters, digits

_NAME_MOST = 100
_EARLIEST_BIRTH = date(1880, 1, 1)  # a Persian year typed as it is (1364) lies far before
_TEHRAN = timezone(timedelta(hours=3, minutes=30))  # no summer time since 2022

_ZERO_WIDTH_NON_JOINER = "\u200c"
_TATWEEL = "\u0640"
_SAME_LETTER = str.maketrans({"أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و", "ة": "ه", "ۀ": "ه"})


class Unfit(ValueError):
    """What was typed cannot be meant. Says, in English, what would fit."""


@dataclass(frozen=True)
class RegistryRecord:
    """What the civil registry holds about a person."""

    given_name: str
    family_name: str
    birth_date: str
    alive: bool


class NoRecord(StrEnum):
    """How the civil registry answers when it does not answer with a record."""

    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"


RegistryAnswer = RegistryRecord | NoRecord
MobileAnswer = bool | NoRecord
"""Whether the mobile registry says that a person's own id holds their number."""


def read_national_id(text: str) -> str:
    """Ten ASCII digits whose check digit is right. Raises Unfit."""
    number = read_digits(text)
    if not re.fullmatch(r"[0-9]{10}", number) or len(set(number)) == 1 or not _checks(number):
        raise Unfit("This is not a national id. It has ten digits; check them one by one.")
    return number


def _checks(number: str) -> bool:
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
    remainder = total % 11
    return int(number[9]) == (remainder if remainder < 2 else 11 - remainder)


def read_mobile(text: str) -> str:
    """`09` and nine digits, however the country code was written. Raises Unfit."""
    number = re.fullmatch(r"(?:\+98|0098|98)?0?(9[0-9]{9})", read_digits(text))
    if number is None:
        raise Unfit("This is not a mobile number of Iran. Write it like 09121234567.")
    return f"0{number[1]}"


def mask_mobile(mobile: str) -> str:
    """Enough for the owner to know which phone it is, and for nobody else to call it."""
    return f"{mobile[:4]}***{mobile[-4:]}"


def read_digits(text: str) -> str:
    """Persian and Arabic digits as ASCII ones; spaces, punctuation and invisible marks left out."""
    plain = digits.fa_to_en(digits.ar_to_fa(text))
    return "".join(ch for ch in plain if unicodedata.category(ch)[0] not in "CZP")


def read_name(text: str) -> str:
    """A name in Persian letters (ی and ک, not the Arabic ones), single spaces. Raises Unfit."""
    name = " ".join(characters.ar_to_fa(unicodedata.normalize("NFC", text)).split())
    strange = any(
        unicodedata.category(ch).startswith("C") and ch != _ZERO_WIDTH_NON_JOINER for ch in name
    )
    if strange or len(name) > _NAME_MOST or not any(ch.isalpha() for ch in name):
        raise Unfit("Write the name as it stands on the identity card, at most 100 letters.")
    return name


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: spaces, joiners, vowel marks and Arabic letters do not count."""
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    composed = characters.ar_to_fa(unicodedata.normalize("NFC", name)).translate(_SAME_LETTER)
    kept = (ch for ch in composed if unicodedata.category(ch)[0] not in "MCZP" and ch != _TATWEEL)
    return "".join(kept).casefold()


def read_birth_date(text: str, now: datetime) -> date:
    """A Gregorian date that has come in Tehran. Raises Unfit."""
    plain = digits.fa_to_en(digits.ar_to_fa(text)).strip()
    try:
        born = (
            date.fromisoformat(plain)
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", plain)
            else None
        )
    except ValueError:
        born = None
    if born is None or born < _EARLIEST_BIRTH:
        raise Unfit(
            "Write the date of birth as year-month-day of the Gregorian calendar: 1985-03-21."
        )
    if born > now.astimezone(_TEHRAN).date():
        raise Unfit("The date of birth lies in the future.")
    return born
