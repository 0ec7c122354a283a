"""What the catalogue knows beside a card: what a card is checked against when it is published."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from panjareh_catalog.domain.values import Card

Bilingual = Mapping[str, str]
"""One text in both languages: {fa, en}."""


@dataclass(frozen=True)
class OfferedEvidence:
    """An evidence type of the exchange, as inquiry told of it. `facts` are its facts' titles by name."""

    type: str
    authority: str
    titles: Bilingual
    facts: Mapping[str, Bilingual] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownService:
    """Another public service, as far as a card may refer to it."""

    authority: str
    parent: str | None = None
    standing: str = "published"


@dataclass(frozen=True)
class Known:
    """Everything outside a card that its checks look at. Empty where nothing is known.

    `life_events` is the vocabulary, title by code; while it is empty (none was brought in yet) life events
    are not checked. `media` is the kind (image, audio, video) of everything that is stored, by its sha256.
    """

    authorities: Collection[str] = frozenset()
    services: Mapping[str, KnownService] = field(default_factory=dict)
    evidence: Mapping[str, OfferedEvidence] = field(default_factory=dict)
    life_events: Mapping[str, Bilingual] = field(default_factory=dict)
    media: Mapping[str, str] = field(default_factory=dict)

    def with_card(self, card: Card) -> Known:
        """As it is once that card is published: cards that come together may refer to each other."""
        return self.with_cards([card])

    def with_cards(self, cards: Collection[Card]) -> Known:
        coming = {c["code"]: KnownService(c["authority"], c.get("parent")) for c in cards}
        return replace(self, services={**self.services, **coming})
