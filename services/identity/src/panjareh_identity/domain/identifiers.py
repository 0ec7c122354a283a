"""What a person is found by: a national id, a foreign national's id, or a passport (I1, I4).

Each has one canonical text, and no two kinds can write the same one: `9900000013`, `123456789012`,
`IR/A1234567`. So one field can be typed into, and one keyed hash finds whoever it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from babel import Locale

from panjareh_identity.domain.values import Unfit, read_digits, read_national_id

_FOREIGNER_ID = re.compile(r"[0-9]{12}")
_PASSPORT_NUMBER = re.compile(r"(?=[A-Z0-9]*[0-9])[A-Z0-9]{5,9}")  # ICAO 9303-3: nine at most
_TYPED_PASSPORT = re.compile(r"\s*([A-Za-z]{2})\s*[/ -]\s*(.+)", re.DOTALL)
# Regions that CLDR lists and no state issues passports for: unions, and codes kept for private use.
_NO_STATES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


class IdentifierKind(StrEnum):
    NATIONAL_ID = "national_id"
    FOREIGNER_ID = "foreigner_id"
    PASSPORT = "passport"


@dataclass(frozen=True)
class Identifier:
    """`country` is of a passport only: where it was issued, ISO 3166-1 alpha-2."""

    kind: IdentifierKind
    number: str
    country: str | None = None

    @property
    def text(self) -> str:
        """The canonical text: what is stored, sealed, and looked up by its keyed hash."""
        return f"{self.country}/{self.number}" if self.country else self.number


@dataclass(frozen=True)
class PersonDetails:
    """What a person says about themself when they register, in stored form."""

    identifier: Identifier
    mobile: str
    given_name: str
    family_name: str
    birth_date: date
    language: str


def read_identifier(text: str) -> Identifier:
    """Whichever of the three was typed; a passport as country and number, `IR A1234567`. Raises Unfit."""
    passport = _TYPED_PASSPORT.fullmatch(text)
    if passport:
        return read_passport(passport[2], passport[1])
    if _FOREIGNER_ID.fullmatch(read_digits(text)):
        return read_foreigner_id(text)
    return Identifier(IdentifierKind.NATIONAL_ID, read_national_id(text))


def read_foreigner_id(text: str) -> Identifier:
    """Twelve ASCII digits; its issuer publishes no check digit. Raises Unfit."""
    number = read_digits(text)
    if not _FOREIGNER_ID.fullmatch(number) or len(set(number)) == 1:
        raise Unfit("This is not a foreign national's id. It has twelve digits.")
    return Identifier(IdentifierKind.FOREIGNER_ID, number)


def read_passport(number: str, country: str) -> Identifier:
    """Letters in capitals, digits in ASCII, nothing between them. Raises Unfit."""
    plain = read_digits(number).upper()
    if not _PASSPORT_NUMBER.fullmatch(plain):
        raise Unfit("This is not a passport number. It has five to nine Latin letters and digits.")
    return Identifier(IdentifierKind.PASSPORT, plain, read_country(country))


def read_country(text: str) -> str:
    """An ISO 3166-1 alpha-2 code in capitals. Raises Unfit."""
    code = text.strip().upper()
    if code not in _countries():
        raise Unfit("Write the country that issued the passport by its two letters, like IR or DE.")
    return code


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code)) - _NO_STATES
