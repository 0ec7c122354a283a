"""What is kept for repeats goes after its time, in small commits; and what was handled long ago is not told again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from panjareh_common.database import Database
from panjareh_common.settings import ANSWERS_DAYS, INBOX_DAYS, Settings, SettingsMissing
from panjareh_common.sweeping import Sweeping, swept_to

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
ANSWERS, MESSAGES = timedelta(days=14), timedelta(days=60)


def sweeping(database: Database) -> Sweeping:
    return Sweeping(database, answers_for=ANSWERS, messages_for=MESSAGES)


def change(database: Database, sql: str, parameters: Any = ()) -> None:
    with database.connection() as connection:
        connection.execute(sql, parameters)


def answered(database: Database, at: datetime, many: int = 1) -> None:
    change(
        database,
        "INSERT INTO idempotency SELECT %s, 'submit', n::text, '', '', %s FROM generate_series(1, %s) AS n",
        (str(uuid4()), at, many),
    )


def handled(database: Database, listener: str, at: datetime, many: int = 1) -> None:
    change(
        database,
        "INSERT INTO inbox SELECT %s, gen_random_uuid()::text, %s FROM generate_series(1, %s)",
        (listener, at, many),
    )


def count(database: Database, table: str) -> int:
    return int(database.fetch(f"SELECT count(*) FROM {table}")[0][0])


def test_an_answer_is_forgotten_after_its_time_and_not_a_second_before(database: Database) -> None:
    answered(database, NOW - ANSWERS - timedelta(seconds=1), many=1_234)
    answered(database, NOW - ANSWERS, many=7)

    assert sweeping(database).answers(NOW) == 1_234
    assert count(database, "idempotency") == 7
    assert sweeping(database).answers(NOW) == 0


def test_a_message_is_forgotten_after_its_time_and_it_is_noted_for_whom(
    database: Database,
) -> None:
    handled(database, "requests.services", NOW - MESSAGES - timedelta(seconds=1), many=600)
    handled(database, "requests.outages", NOW - timedelta(days=1))

    assert sweeping(database).messages(NOW) == 600
    assert count(database, "inbox") == 1
    assert swept_to(database, "requests.services") == NOW - MESSAGES
    assert swept_to(database, "requests.outages") is None


@pytest.mark.parametrize("ended_at", [None, NOW - timedelta(hours=1)])
def test_nothing_is_forgotten_of_a_listener_that_catches_up(
    database: Database, ended_at: datetime | None
) -> None:
    handled(database, "requests.services", NOW - timedelta(days=400))
    change(
        database,
        "INSERT INTO catch_up (subscription, ended_at) VALUES ('requests.services', %s)",
        (ended_at,),
    )

    assert sweeping(database).messages(NOW) == 0


def test_what_is_in_another_hand_is_passed_over(database: Database) -> None:
    answered(database, NOW - timedelta(days=100), many=3)
    with database.transaction() as held:
        held.execute("SELECT 1 FROM idempotency WHERE key = '1' FOR UPDATE")
        assert sweeping(database).answers(NOW) == 2
    assert sweeping(database).answers(NOW) == 1


def test_the_index_finds_what_is_old(database: Database) -> None:
    answered(database, NOW, many=20_000)
    change(database, "ANALYZE idempotency")
    plan = database.fetch(
        "EXPLAIN SELECT 1 FROM idempotency WHERE answered_at < %s ORDER BY answered_at LIMIT 500",
        (NOW - ANSWERS,),
    )
    assert any("idempotency_answered_at" in line for (line,) in plan)


def test_nobody_may_set_a_time_that_is_shorter_than_repeats_take() -> None:
    with pytest.raises(SettingsMissing, match="needs 7"):
        Settings(ANSWERS_DAYS, environ={ANSWERS_DAYS.name: "6"})
    with pytest.raises(SettingsMissing, match="needs 30"):
        Settings(INBOX_DAYS, environ={INBOX_DAYS.name: "29"})
