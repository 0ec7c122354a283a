"""A person's hints (I8, I6): nothing is asked of anybody before they chose, and their choice is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests import big_catalogue
from tests.integration.catalog.publishers import refused

from panjareh_catalog.application.hints import Hints
from panjareh_catalog.domain.hint_refusals import UnknownLifeEvent
from panjareh_catalog.domain.hints import Choice, HeldDocument
from panjareh_catalog.read_model.hints import PostgresHintChoices, PostgresOffers
from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import InvalidInput, KeyReused, Unavailable
from panjareh_common.security import Caller, CallerKind

CAUSE = Cause("person", "person", "web")
EVERYTHING = Choice(on=True, life_events=("birth",), age=True, documents=True)


@dataclass
class Knowledge:
    """What identity and requests would say, and whom they were asked about."""

    age: int = 18
    documents: list[HeldDocument] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    asked: list[tuple[str, UUID]] = field(default_factory=list)

    def age_of(self, person_id):
        return self._said("age", person_id, self.age)

    def documents_of(self, person_id, language):
        return self._said("documents", person_id, self.documents)

    def _said(self, what, person_id, answer):
        self.asked.append((what, person_id))
        if what in self.away:
            raise Unavailable()
        return answer


@dataclass
class Person:
    hints: Hints
    knowledge: Knowledge
    log: EventLog
    database: Database
    id: UUID = field(default_factory=uuid4)

    def asking(self, key: str | None = None) -> Asking:
        caller = Caller(CallerKind.PERSON, self.id, AssuranceLevel(2))
        return Asking(caller, caller.cause("web"), key or str(uuid4()), "en")

    def choose(self, choice: Choice, key: str | None = None):
        return self.hints.choose(self.asking(key), choice)

    def hinted(self):
        return self.hints.of(self.id, CAUSE, "en")

    def codes(self) -> list[str]:
        return [hint.service_code for hint in self.hinted().hints]


@pytest.fixture
def person(empty_catalogue: Database, catalog_database_url: str) -> Iterator[Person]:
    """Four services: one for a birth, one that renews a licence, one from 18 on, one for organisations."""
    every = [
        card | change
        for card, change in zip(
            big_catalogue.cards(4),
            [
                {"life_events": ["birth"], "audience": "anyone"},
                {"life_events": [], "renews": "licence", "audience": "persons"},
                {"life_events": [], "fits": {"min_age": 18}, "audience": "persons"},
                {"life_events": ["birth"], "audience": "organisations"},
            ],
            strict=True,
        )
    ]
    big_catalogue.fill(catalog_database_url, iter(every))
    with empty_catalogue.connection() as connection:
        name = Jsonb({"fa": "تولد", "en": "Birth"})
        connection.execute("INSERT INTO life_event VALUES ('birth', %s, 1)", (name,))
    log = EventLog(empty_catalogue, Keyring(b"k" * 32, empty_catalogue))
    knowledge = Knowledge()
    hints = Hints(
        log,
        choices=PostgresHintChoices(log.keyring),
        offers=PostgresOffers(),
        knowledge=knowledge,
    )
    yield Person(hints, knowledge, log, empty_catalogue)


def licence(days: int) -> HeldDocument:
    return HeldDocument("licence", "Licence", date.today() + timedelta(days=days))


def test_who_was_never_asked_has_no_hints_and_nobody_is_asked_about_them(person):
    hinted = person.hinted()

    assert (hinted.choice, hinted.hints, person.knowledge.asked) == (None, [], [])


def test_everything_that_was_chosen_gives_hints(person):
    person.knowledge.documents = [licence(30)]
    person.choose(EVERYTHING)

    assert person.codes() == ["CERT-002", "CERT-001", "CERT-003"]
    assert person.knowledge.asked == [("age", person.id), ("documents", person.id)]


def test_only_what_was_chosen_is_asked_for(person):
    person.choose(Choice(on=True, life_events=("birth",)))

    assert person.codes() == ["CERT-001"]
    assert person.knowledge.asked == []


def test_off_forgets_what_was_chosen_and_asks_nobody(person):
    person.choose(EVERYTHING)

    answer = person.choose(Choice(on=False, life_events=("birth",), age=True, documents=True))

    assert answer == {"on": False, "life_events": [], "age": False, "documents": False}
    assert (person.codes(), person.knowledge.asked) == ([], [])
    assert person.hints.choice_of(person.id, CAUSE) == Choice(on=False)


def test_while_a_service_is_away_the_rest_is_given_and_it_is_said(person):
    person.knowledge.documents = [licence(30)]
    person.knowledge.away = {"documents"}
    person.choose(EVERYTHING)

    hinted = person.hinted()

    assert hinted.missing == ["documents"]
    assert person.codes() == ["CERT-001", "CERT-003"]


def test_a_suspended_service_is_no_hint(person):
    person.choose(Choice(on=True, life_events=("birth",)))
    with person.database.connection() as connection:
        connection.execute("UPDATE public_service SET standing = 'suspended'")

    assert person.codes() == []


def test_a_life_event_that_there_is_not_is_refused_by_name_and_nothing_is_kept(person):
    with refused(UnknownLifeEvent):
        person.choose(Choice(on=True, life_events=("birth", "coronation")))

    assert person.hints.choice_of(person.id, CAUSE) is None


def test_a_repeat_of_the_same_key_changes_nothing_and_another_content_is_refused(person):
    first = person.choose(EVERYTHING, "key")
    person.choose(Choice(on=False))

    assert person.choose(EVERYTHING, "key") == first
    assert person.hints.choice_of(person.id, CAUSE) == Choice(on=False), "it was not done again"
    with pytest.raises(KeyReused):
        person.choose(Choice(on=True), "key")


def test_a_choice_without_a_key_is_not_taken(person):
    caller = Caller(CallerKind.PERSON, person.id, AssuranceLevel(2))

    with pytest.raises(InvalidInput):
        person.hints.choose(Asking(caller, caller.cause("web"), None, "en"), EVERYTHING)


def test_a_choice_is_sealed_and_opens_for_its_person_only(person):
    person.choose(EVERYTHING)
    other = uuid4()
    with person.database.connection() as connection:
        (row,) = connection.execute("SELECT * FROM hint_choice").fetchall()
        connection.execute("UPDATE hint_choice SET person_id = %s", (other,))

    assert b"birth" not in bytes(row["box"])
    assert person.hints.choice_of(other, CAUSE) is None


def test_an_erased_person_is_as_one_who_was_never_asked(person):
    person.choose(EVERYTHING)

    person.log.keyring.erase(person.id)

    assert person.hints.choice_of(person.id, CAUSE) is None
    assert (person.codes(), person.knowledge.asked) == ([], [])
