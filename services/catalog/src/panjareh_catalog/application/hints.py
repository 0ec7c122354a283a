"""Hints for a person: their choice is kept, and what they chose is asked for when they look (I8, I6).

Nothing of it is collected beforehand. Without a choice, and with one that says no, nobody is asked anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from panjareh_catalog.domain.hint_refusals import UnknownLifeEvent
from panjareh_catalog.domain.hints import Candidate, Choice, HeldDocument, Hint, hints
from panjareh_common.asking import Asking
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Unavailable

_TEHRAN = ZoneInfo("Asia/Tehran")


class Choices(Protocol):
    """Each person's choice, sealed under their key."""

    def find(self, unit: UnitOfWork, person_id: UUID) -> Choice | None: ...

    def keep(self, unit: UnitOfWork, person_id: UUID, choice: Choice) -> None:
        """Raises PersonErased."""
        ...


class Offers(Protocol):
    """The published services, as far as hints look at them."""

    def candidates(
        self,
        unit: UnitOfWork,
        *,
        life_events: Collection[str],
        kinds: Collection[str],
        age: int | None,
        language: str,
    ) -> Sequence[Candidate]:
        """Those for persons that have one of the life events, renew one of the kinds, or begin at this age."""
        ...

    def life_events(self, unit: UnitOfWork) -> Collection[str]:
        """Every code of the vocabulary."""
        ...


class Knowledge(Protocol):
    """What other services know about a person; they record the look before they answer (design rule 9)."""

    def age_of(self, person_id: UUID) -> int | None:
        """In whole years; None where it is not known. Raises Unavailable."""
        ...

    def documents_of(self, person_id: UUID, language: str) -> Sequence[HeldDocument]:
        """Raises Unavailable."""
        ...


@dataclass(frozen=True)
class Hinted:
    """`choice` is None for a person who was never asked. `missing`: what could not be looked at just now."""

    choice: Choice | None
    hints: Sequence[Hint]
    missing: Sequence[str]


class Hints:
    def __init__(
        self, log: EventLog, *, choices: Choices, offers: Offers, knowledge: Knowledge
    ) -> None:
        self._log = log
        self._choices = choices
        self._offers = offers
        self._knowledge = knowledge

    def choice_of(self, person_id: UUID, cause: Cause) -> Choice | None:
        return self._log.run(cause, lambda unit: self._choices.find(unit, person_id))

    def choose(self, asking: Asking, choice: Choice) -> Mapping[str, Any]:
        """Keeps what a person wants; off forgets everything else that they had chosen.

        Raises UnknownLifeEvent, KeyReused, InvalidInput without a key.
        """
        kept = choice if choice.on else Choice(on=False)
        person_id = asking.caller.person

        def work(unit: UnitOfWork) -> dict[str, Any]:
            known = self._offers.life_events(unit)
            for code in kept.life_events:
                if code not in known:
                    raise UnknownLifeEvent(code=code)
            self._choices.keep(unit, person_id, kept)
            return as_told(kept)

        return asking.once(self._log, "choose_hints", asdict(choice), work)

    def of(self, person_id: UUID, cause: Cause, language: str) -> Hinted:
        """What the person may find useful now. What cannot be asked is said, and the rest is given."""
        choice = self.choice_of(person_id, cause)
        if choice is None or not choice.on:
            return Hinted(choice, [], [])
        missing: list[str] = []
        age: int | None = None
        documents: Sequence[HeldDocument] = []
        try:
            age = self._knowledge.age_of(person_id) if choice.age else None
        except Unavailable:
            missing.append("age")
        try:
            documents = (
                self._knowledge.documents_of(person_id, language) if choice.documents else []
            )
        except Unavailable:
            missing.append("documents")

        def work(unit: UnitOfWork) -> list[Hint]:
            offered = self._offers.candidates(
                unit,
                life_events=choice.life_events,
                kinds={held.kind for held in documents},
                age=age,
                language=language,
            )
            today = unit.now.astimezone(_TEHRAN).date()
            return hints(offered, choice, age=age, documents=documents, today=today)

        return Hinted(choice, self._log.run(cause, work), missing)


def as_told(choice: Choice) -> dict[str, Any]:
    return asdict(choice) | {"life_events": list(choice.life_events)}
