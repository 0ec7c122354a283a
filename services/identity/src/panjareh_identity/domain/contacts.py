"""Where a person is reached: a mobile at home or abroad, and an e-mail address, in stored form."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from email_validator import EmailNotValidError, validate_email
from persiantools import digits
from persiantools.jdatetime import JalaliDate

from panjareh_identity.domain.values import Unfit, read_digits, read_mobile

_ABROAD = re.compile(r"(?:\+|00)(?!98)([1-9][0-9]{6,14})")  # ITU-T E.164: fifteen digits at most
_TEHRAN = timezone(timedelta(hours=3, minutes=30))
COMES_OF_AGE = 18  # in solar years: Act on the Majority of Contracting Parties, 1313 (1934)


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"


def read_any_mobile(text: str) -> str:
    """`09…` for Iran, `+…` (E.164) for abroad, where expatriates are reached (I4). Raises Unfit."""
    number = _ABROAD.fullmatch(read_digits(text))
    return f"+{number[1]}" if number else read_mobile(text)


def read_email(text: str) -> str:
    """An address in its normal form; what comes before the @ keeps its case. Raises Unfit.

    Digits of a Persian or Arabic keyboard are those of ours, and invisible marks are left out.
    """
    plain = digits.fa_to_en(digits.ar_to_fa(text))
    visible = "".join(ch for ch in plain if unicodedata.category(ch) != "Cf")
    try:
        return validate_email(visible.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise Unfit("This is not an e-mail address. Write it like name@example.org.") from None


def mask_email(address: str) -> str:
    """Enough for the owner to know which address it is."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def majority(birth_date: date) -> datetime:
    """The first moment, in Tehran, of the day on which somebody born then is eighteen solar years old."""
    born = _solar(birth_date)
    try:
        day = born.replace(year=born.year + COMES_OF_AGE)
    except ValueError:  # 30 Esfand, which not every year has: the day after its last
        day = born.replace(year=born.year + COMES_OF_AGE + 1, month=1, day=1)
    midnight = datetime.combine(day.to_gregorian(), datetime.min.time(), _TEHRAN)
    return midnight.astimezone(UTC)


def age(birth_date: date, now: datetime) -> int:
    """Whole solar years, in Tehran."""
    born, today = _solar(birth_date), _solar(now.astimezone(_TEHRAN).date())
    before = (today.month, today.day) < (born.month, born.day)
    return int(today.year - born.year - before)


def _solar(day: date) -> Any:
    return JalaliDate(day)  # type: ignore[no-untyped-call]
