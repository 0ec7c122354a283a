"""Issued documents: what they say, where they stand, and why one may be revoked (R4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

LIST_BITS = 131_072
"""Documents of one status list: the least that the specification asks for, so that nobody stands alone in one."""

Bilingual = Mapping[str, str]
"""One text in both languages: {fa, en}."""


class DocumentState(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class RevocationGround(StrEnum):
    """Why a document was revoked, as anyone may know who has its number. What it means for its holder they alone are told."""

    ISSUED_IN_ERROR = "issued_in_error"
    CONDITIONS_ENDED = "conditions_ended"
    REPLACED = "replaced"
    HOLDER_ASKED = "holder_asked"
    COURT_ORDER = "court_order"
    DECIDED_ANEW = "decided_anew"


@dataclass(frozen=True)
class ShownTerms:
    """One line that a document shows: the name of its value, as rules name it; its title; words for codes."""

    source: str
    title: Bilingual
    words: Mapping[str, Bilingual]


@dataclass(frozen=True)
class IssuedDocument:
    """One issued document as it is shown to whoever may see all of it.

    `shows` are its lines, `{name, value}` each bilingual; None once its holder was erased. `code` stands in the
    printed QR code: whoever has it holds the document. `status_index` is its bit in the status lists.
    """

    number: str
    request_id: UUID
    holder: UUID
    kind: str
    title: Bilingual
    authority: str
    authority_name: Bilingual
    issued_at: datetime
    valid_until: datetime
    status_index: int
    code: str | None
    shows: Sequence[Mapping[str, Bilingual]] | None
    revoked_at: datetime | None = None
    revoked_because: str | None = None

    def state(self, now: datetime) -> DocumentState:
        return state_of(self.revoked_at, self.valid_until, now)


def state_of(revoked_at: datetime | None, valid_until: datetime, now: datetime) -> DocumentState:
    """A revoked document is revoked, whether its time has passed or not."""
    if revoked_at is not None:
        return DocumentState.REVOKED
    return DocumentState.VALID if now < valid_until else DocumentState.EXPIRED


def lines_of(shown: Sequence[ShownTerms], known: Mapping[str, Any]) -> list[dict[str, Bilingual]]:
    """The lines of a document from what is known about its request; what is not known has no line.

    The words are kept, not the codes: a document says for ever what it said when it was issued.
    """
    return [
        {"name": dict(line.title), "value": _worded(known[line.source], line.words)}
        for line in shown
        if known.get(line.source) is not None
    ]


def _worded(value: Any, words: Mapping[str, Bilingual]) -> Bilingual:
    if isinstance(value, list):
        told = [_worded(each, words) for each in value]
        return {"fa": "، ".join(t["fa"] for t in told), "en": ", ".join(t["en"] for t in told)}
    if str(value) in words:
        return dict(words[str(value)])
    if isinstance(value, bool):
        return {"fa": "بله", "en": "yes"} if value else {"fa": "خیر", "en": "no"}
    if isinstance(value, int | float):
        return {"fa": in_persian_digits(str(value)), "en": str(value)}
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return {"fa": str(value), "en": str(value)}
    return {"fa": day_in_words(day, "fa"), "en": day_in_words(day, "en")}


def day_in_words(day: date, language: str) -> str:
    """۹ آذر ۱۴۰۵, or 30 November 2026: each reader's own calendar."""
    if language != "fa":
        return f"{day.day} {day:%B %Y}"
    solar = JalaliDate(day)  # type: ignore[no-untyped-call]
    return in_persian_digits(f"{solar.day} {solar.strftime('%B', locale='fa')} {solar.year}")


def day_of(moment: datetime | None, language: str) -> str | None:
    """The day of a moment where the law counts days, in words."""
    return day_in_words(moment.astimezone(_TEHRAN).date(), language) if moment else None


_TEHRAN = ZoneInfo("Asia/Tehran")
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def in_persian_digits(text: str) -> str:
    return text.translate(_PERSIAN)
