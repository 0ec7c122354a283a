"""Rules come to requests through the database as they were published: same hash, same verdicts (R5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import yaml
from psycopg.types.json import Jsonb
from tests.unit.common.golden_verdicts import FILES, as_json

from panjareh_common.database import Database
from panjareh_common.rules import faults_of_table, read_rules
from panjareh_sandbox.demo import services_dir

CARDS = [yaml.safe_load(file.read_text("utf-8")) for file in sorted(services_dir().glob("*.yaml"))]
GOLDEN = [
    case for file in sorted(FILES.glob("*.json")) for case in json.loads(file.read_text("utf-8"))
]


@pytest.fixture
def stored(make_database_url: Callable[[str], str]) -> Iterator[Callable[[object], object]]:
    """What becomes of a JSON value in a jsonb column, where requests keeps its terms."""
    database = Database(make_database_url("requests"))
    database.open()

    def keep(value: object) -> object:
        with database.connection() as connection:
            row = connection.execute("SELECT %s AS kept", (Jsonb(value),)).fetchone()
        assert row is not None
        return row["kept"]

    yield keep
    database.close()


def test_every_verdict_is_the_same_after_the_database(stored: Callable[..., dict]) -> None:
    for case in GOLDEN:
        kept = stored(case["rules"])
        for one in case["verdicts"]:
            verdict = read_rules(kept).decide(one["inputs"])
            assert as_json(verdict, kept) == one["verdict"]


def test_the_shipped_rules_keep_their_hash_and_pass_their_tests(
    stored: Callable[..., dict],
) -> None:
    shipped = [card["rules"] for card in CARDS if card.get("rules")]
    assert len(shipped) > 5
    for rules in shipped:
        kept = stored(rules)
        assert read_rules(kept).hash == read_rules(rules).hash
        if rules.get("format") == 2:
            assert faults_of_table(kept) == []


@pytest.mark.parametrize(
    "number", [0.1, 1e-7, 123456.789, 999999999999999.9, 3.0, -2.5, 0.0, 10**15]
)
def test_every_number_that_rules_may_hold_comes_back_as_it_was(
    stored: Callable[..., object], number: float
) -> None:
    assert repr(stored(number)) == repr(number)
