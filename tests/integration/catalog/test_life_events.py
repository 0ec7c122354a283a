"""The vocabulary of life events: kept in its order, renamed in place, and never taken from under a card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from panjareh_catalog.domain.life_event import LifeEvent
from panjareh_catalog.read_model.life_events import PostgresLifeEvents
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring

OPERATOR = Cause("operator", "operator", "internal")
BIRTH = LifeEvent("having_a_child", {"fa": "بچه‌دار شدن", "en": "Having a child"})
MOVE = LifeEvent("moving_home", {"fa": "جابه‌جایی خانه", "en": "Moving home"})

life_events = PostgresLifeEvents()


@pytest.fixture
def log(catalog_database_url: str) -> Iterator[EventLog]:
    database = Database(catalog_database_url)
    database.open()
    yield EventLog(database, Keyring(b"k" * 32, database))
    database.close()


def keep(log: EventLog, *words: LifeEvent) -> list[tuple[str, bool]]:
    with log.unit_of_work(OPERATOR) as unit:
        return life_events.keep(unit, words)


def codes(log: EventLog) -> list[str]:
    with log.unit_of_work(OPERATOR) as unit:
        return [word.code for word in life_events.all(unit)]


def test_they_come_in_the_order_of_the_file(log: EventLog) -> None:
    keep(log, MOVE, BIRTH)
    assert codes(log) == ["moving_home", "having_a_child"]

    keep(log, BIRTH, MOVE)
    assert codes(log) == ["having_a_child", "moving_home"]


def test_each_says_whether_it_is_new_or_renamed(log: EventLog) -> None:
    renamed = LifeEvent(MOVE.code, {"fa": "اسباب‌کشی", "en": "Moving house"})

    assert keep(log, BIRTH, MOVE) == [("having_a_child", True), ("moving_home", True)]
    assert keep(log, BIRTH, MOVE) == [("having_a_child", False), ("moving_home", False)]
    assert keep(log, BIRTH, renamed) == [("having_a_child", False), ("moving_home", True)]


def test_a_word_that_a_file_leaves_out_stays_for_the_cards_that_name_it(log: EventLog) -> None:
    keep(log, BIRTH, MOVE)

    keep(log, BIRTH)

    assert set(codes(log)) == {"having_a_child", "moving_home"}
