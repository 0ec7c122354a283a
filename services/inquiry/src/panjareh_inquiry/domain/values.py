"""The words of the exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class InquiryStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"


@dataclass(frozen=True)
class Offer:
    """How an authority is asked for one evidence type.

    `url` is the provider's base address, `schema` the JSON Schema that its facts must fit,
    `timeout` in seconds. `asked_with` names what of the person is told beside their id: `mobile`.
    One that was `withdrawn` is not asked for any more.
    """

    name: str
    provider: str
    url: str
    timeout: float
    schema: Mapping[str, Any]
    asked_with: tuple[str, ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True)
class EvidenceTerms:
    """What others may know of an evidence type. `authority` is its code in the catalogue's tree."""

    provider: str
    authority: str
    titles: Mapping[str, str]
    synonyms: Mapping[str, Sequence[str]]
    facts: Sequence[Mapping[str, Any]]
    personal: bool
    required_loa: int
    legal_basis: Mapping[str, str]

    def content(self) -> dict[str, Any]:
        """As it is stored and told: plain JSON."""
        return {
            "provider": self.provider,
            "authority": self.authority,
            "titles": dict(self.titles),
            "synonyms": {language: list(words) for language, words in self.synonyms.items()},
            "facts": [{"name": fact["name"], "title": dict(fact["title"])} for fact in self.facts],
            "personal": self.personal,
            "required_loa": self.required_loa,
            "legal_basis": dict(self.legal_basis),
        }


Subject = Mapping[str, Any]
"""The person as the authority knows them: one of `national_id`, `foreigner_id`, `passport`, and what is asked with."""


@dataclass(frozen=True)
class Answer:
    """What an authority said: facts, or a reason in fa and en for having or giving none."""

    status: InquiryStatus
    facts: Mapping[str, Any] | None = None
    reason: Mapping[str, str] | None = None


NO_LONGER_OFFERED = Answer(
    InquiryStatus.REFUSED,
    reason={
        "fa": "این دستگاه دیگر این مدرک را از راه مرکز تبادل نمی‌دهد. کارشناس دستگاه خدمت‌دهنده درخواست شما را بررسی می‌کند.",
        "en": "The authority does not give this evidence through the exchange any more. An officer looks at your request.",
    },
)
"""What is answered to whoever asks for an evidence type that was withdrawn."""
