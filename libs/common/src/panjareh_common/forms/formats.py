"""The formats that a form may ask for: what people write down, checked as far as a text shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from stdnum.iso7064 import mod_97_10

from panjareh_common.forms.parts import FILE

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})\Z"
)
_EMAIL = re.compile(
    r"[^\s@\"<>()\[\],;:\\]{1,64}@([^\s@.\"<>()\[\],;:\\]+\.)+[^\s@.\"<>()\[\],;:\\]{2,}\Z"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_TEN_DIGITS = re.compile(r"[0-9]{10}\Z")
_ELEVEN_DIGITS = re.compile(r"[0-9]{11}\Z")
_MOBILE = re.compile(r"09[0-9]{9}\Z")
_POSTAL_CODE = re.compile(r"[1-9][0-9]{9}\Z")
_IBAN = re.compile(r"IR[0-9]{24}\Z")


class Format(NamedTuple):
    """How a text is checked, and what is said (in English; Persian in locale/fa.po) when it does not fit."""

    fits: Callable[[str], bool]
    sentence: str


def _is_date(text: str) -> bool:
    """A day of the calendar, RFC 3339 `full-date`."""
    try:
        return bool(_DATE.match(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_date_time(text: str) -> bool:
    """A moment with its zone, RFC 3339 `date-time`."""
    try:
        return bool(_DATE_TIME.match(text)) and bool(datetime.fromisoformat(text.upper()))
    except ValueError:
        return False


def _is_uri(text: str) -> bool:
    """An address that a browser opens: http or https, RFC 3986."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return known and text.isascii() and text.isprintable() and " " not in text


def is_national_id(text: str) -> bool:
    """Ten digits, not all the same, of which the last checks the others (weights 10 … 2, modulo 11)."""
    if not _TEN_DIGITS.match(text) or len(set(text)) == 1:
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(text, range(10, 1, -1))) % 11  # noqa: B905
    return int(text[9]) == (rest if rest < 2 else 11 - rest)


def is_company_id(text: str) -> bool:
    """Eleven digits, of which the last checks the others (each plus the tenth and 2, modulo 11)."""
    if not _ELEVEN_DIGITS.match(text) or len(set(text)) == 1:
        return False
    more = int(text[9]) + 2
    weights = (29, 27, 23, 19, 17) * 2
    rest = sum((int(d) + more) * w for d, w in zip(text, weights)) % 11  # noqa: B905
    return int(text[10]) == rest % 10


def _is_postal_code(text: str) -> bool:
    return bool(_POSTAL_CODE.match(text)) and len(set(text)) > 1


def _is_iban(text: str) -> bool:
    """An Iranian account (شبا), ISO 13616: IR, two check digits (modulo 97) and 22 digits."""
    return bool(_IBAN.match(text)) and bool(mod_97_10.is_valid(text[4:] + text[:4]))


FORMATS: dict[str, Format] = {
    "date": Format(_is_date, "Write a date as year-month-day, for example 1990-01-31."),
    "date-time": Format(
        _is_date_time, "Write a time with its zone, for example 2026-01-31T09:30:00Z."
    ),
    "email": Format(
        lambda text: len(text) <= 254 and bool(_EMAIL.match(text)),
        "This is not an e-mail address. It looks like name@example.org.",
    ),
    "uri": Format(_is_uri, "Write a whole web address that begins with https://."),
    "uuid": Format(lambda text: bool(_UUID.match(text)), "This is not an id of the platform."),
    "panjareh-national-id": Format(
        is_national_id,
        "This is not a national id. It has ten digits, and the last one checks the others: look for a typing error.",
    ),
    "panjareh-company-id": Format(
        is_company_id,
        "This is not a national company id. It has eleven digits, and the last one checks the others: look for a typing error.",
    ),
    "panjareh-postal-code": Format(
        _is_postal_code, "This is not a postal code. Write its ten digits, without a dash."
    ),
    "panjareh-mobile": Format(
        lambda text: bool(_MOBILE.match(text)),
        "This is not a mobile number. Write its eleven digits, beginning with 09.",
    ),
    "panjareh-iban": Format(
        _is_iban,
        "This is not a bank account number (IBAN). Write IR and its 24 digits, without spaces; look for a typing error.",
    ),
    FILE: Format(
        lambda text: bool(_UUID.match(text)),
        "Upload the file first, and send the id that it was given.",
    ),
}
