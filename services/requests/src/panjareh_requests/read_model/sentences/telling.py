"""What a sentence about an event may draw on, and in which language it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from panjareh_common.texts import text
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import ServiceTerms

PACKAGE = "panjareh_requests"
_ERASED = "(erased)"


def in_language(texts: Mapping[str, str] | None, language: str) -> str | None:
    """The text in a language, or in any that there is."""
    if not texts:
        return None
    return texts.get(language) or next(iter(texts.values()))


@dataclass(frozen=True)
class Reader:
    """As whom somebody reads: the office, which reads everything; else a party, or the first applicant (None)."""

    office: bool = False
    party: str | None = None


FIRST_APPLICANT = Reader()


@dataclass(frozen=True)
class Telling:
    """One event, told to one reader. `request` is as it stands after the last event."""

    event: Any
    request: ServiceRequest
    terms: ServiceTerms
    language: str
    reader: Reader = FIRST_APPLICANT

    def say(self, message: str, **places: object) -> str:
        """The message in the reader's language. Persian stands in locale/fa.po."""
        return text(PACKAGE, message, self.language, **places) if message else ""

    def of(self, texts: Mapping[str, str] | None) -> str:
        """A text that people wrote, in the reader's language; told as erased where its key is gone."""
        return in_language(texts, self.language) or self.say(_ERASED)

    def written(self, words: str | None) -> str:
        """What somebody wrote, in whatever language; told as erased where its key is gone."""
        return self.say(_ERASED) if words is None else words

    def field(self, name: str) -> str:
        """The title of a field of the form."""
        field = (self.terms.form.get("properties") or {}).get(name) or {}
        return in_language(field.get("x-title"), self.language) or name

    def party(self, key: str | None) -> str:
        """What a party is called by the card."""
        if key is None:
            return self.say("the applicant")
        titles = {party.key: party.title for party in self.terms.parties}
        return in_language(titles.get(key), self.language) or key

    @property
    def evidence(self) -> str:
        """The title of the evidence that the event is about."""
        wanted = self.event.evidence_type
        return in_language(self.terms.evidence_titles.get(wanted), self.language) or wanted


Sentence = Callable[[Telling], str]


def plain(message: str) -> Sentence:
    """A sentence that is the same for every event of its kind."""
    return lambda telling: telling.say(message)
