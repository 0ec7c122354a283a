"""Sentences for people in their language: gettext catalogues, one a package, English in the code."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

from persiantools.digits import en_to_fa
from persiantools.jdatetime import JalaliDate

from panjareh_common.refusals import Refusal, RemoteRefusal

LANGUAGES = ("fa", "en")
DEFAULT_LANGUAGE = "fa"
_TEHRAN = ZoneInfo("Asia/Tehran")


@lru_cache(maxsize=64)
def catalogue(package: str, language: str) -> dict[str, str]:
    """Translations of one package, from `<package>/locale/<language>.po`; empty where it has none."""
    origin = import_module(package).__file__
    assert origin is not None
    path = Path(origin).parent / "locale" / f"{language}.po"
    if not path.exists():
        return {}
    from babel.messages.pofile import read_po  # only where something is said in another language

    with path.open("rb") as file:
        return {
            str(message.id): str(message.string)
            for message in read_po(file)
            if message.id and message.string
        }


def text(package: str, message: str, language: str, **details: object) -> str:
    """The message in a language, its named places filled; English where no translation is known.

    Numbers stand in the digits of the language. What is a text stays as it is: codes, ids and
    references are typed as they are read.
    """
    template = message if language == "en" else catalogue(package, language).get(message, message)
    if not details:
        return template
    return template.format(**{name: in_digits(each, language) for name, each in details.items()})


def in_digits(value: object, language: str) -> object:
    """A number in the digits of the language; anything else as it is."""
    if language != "fa" or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    # Whole numbers of a named kind, such as a level, are said as numbers, too.
    return en_to_fa(f"{value:d}" if isinstance(value, int) else str(value)).replace(".", "٫")


def day_in_words(day: date, language: str) -> str:
    """A day by the reader's calendar: ۹ آذر ۱۴۰۵ or 30 November 2026."""
    if language != "fa":
        return f"{day:%-d %B} {day.year}"
    solar = JalaliDate(day)  # type: ignore[no-untyped-call]
    return str(en_to_fa(f"{solar.day} {solar.strftime('%B', locale='fa')} {solar.year}"))


def moment_in_words(at: datetime, language: str) -> str:
    """A moment by the reader's calendar and the clock of Tehran: ۹ آذر ۱۴۰۵، ۱۴:۰۵ or 30 November 2026, 14:05."""
    local = at.astimezone(_TEHRAN)
    day = day_in_words(local.date(), language)
    return f"{day}، {en_to_fa(f'{local:%H:%M}')}" if language == "fa" else f"{day}, {local:%H:%M}"


def translate(refusal: Refusal, language: str) -> str:
    """What a refusal says to its reader. A remote refusal was translated where it was said."""
    if isinstance(refusal, RemoteRefusal):
        return refusal.text
    package = type(refusal).__module__.partition(".")[0]
    return text(package, refusal.message, language, **refusal.details)


def translate_errors(refusal: Refusal, language: str) -> list[dict[str, str]]:
    """The points of a refusal of input; what was put in the reader's language already stays so."""
    return [
        error | {"detail": text(__package__, error["detail"], language)}
        for error in getattr(refusal, "errors", [])
    ]


def choose_language(accept: str | None) -> str:
    """The best language we have for an Accept-Language header; Persian when it asks for none of ours."""
    best, weight = DEFAULT_LANGUAGE, 0.0
    for part in (accept or "").split(","):
        tag, _, parameter = part.strip().partition(";")
        name = tag.partition("-")[0].strip().lower()
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if name in LANGUAGES and quality > weight:
            best, weight = name, quality
    return best
