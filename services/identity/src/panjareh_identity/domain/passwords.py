"""Which passwords may be chosen: long enough, known to no list of broken ones, and not about the person.

NIST SP 800-63B-4, section 3.1.1.2: no rules of composition, no regular changes, every character
allowed, and a comparison with what guessers try first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from persiantools import characters, digits

from panjareh_identity.domain.values import Unfit

LEAST, MOST = 8, 200
LEAST_ALONE = 15
"""Shorter ones are good only together with a second factor, at every sign-in."""

_TELLING = 4  # letters; a shorter word about a person says nothing
_OWN_WORDS = ("panjareh", "پنجره")

# ISIRI 9147: what a finger that means a Latin letter writes on a Persian keyboard.
_PERSIAN_KEYS = dict(
    zip("ضصثقفغعهخحشسیبلاتنمظطزرذدئوکگج", "qwertyuiopasdfghjklzxcvbnm,;'[", strict=True)
)
_AS_LATIN_KEYS = str.maketrans(_PERSIAN_KEYS)


def one_form(typed: str) -> str:
    """The same characters in one form on every keyboard and system; as it is hashed."""
    return unicodedata.normalize("NFKC", typed)


def is_good_alone(password: str) -> bool:
    """Whether it may be used without a second factor."""
    return len(password) >= LEAST_ALONE


def read_new_password(
    typed: str,
    *,
    is_common: Callable[[str], bool],
    about: Iterable[str] = (),
) -> str:
    """A password that may be chosen, in its one form.

    `is_common` tells of a spelling whether guessers try it; `about` is what others may know of the
    person: ids, numbers, names, dates. Raises Unfit.
    """
    password = one_form(typed)
    if not LEAST <= len(password) <= MOST:
        raise Unfit(
            "A password has at least 8 characters and at most 200. Long is better than odd."
        )
    if any(is_common(spelling) for spelling in spellings(password)):
        raise Unfit("This password is among the first that guessers try. Choose another.")
    if _is_about(password, about):
        raise Unfit(
            "This password is made of what others may know about you, or of our name. Choose another."
        )
    return password


def spellings(password: str) -> tuple[str, ...]:
    """How guessers would have written it: plain letters and digits, and the Latin keys under Persian ones."""
    plain = digits.fa_to_en(digits.ar_to_fa(characters.ar_to_fa(password))).casefold()
    keys = plain.translate(_AS_LATIN_KEYS)
    return (plain,) if keys == plain else (plain, keys)


def _is_about(password: str, about: Iterable[str]) -> bool:
    """Whether less than half of what has to be new is left without the words that are known."""
    rest = spellings(password)[0]
    for word in sorted({*about, *_OWN_WORDS}, key=len, reverse=True):
        known = spellings(word)[0]
        if len(known) >= _TELLING:
            rest = rest.replace(known, "")
    return len(rest) < LEAST // 2
