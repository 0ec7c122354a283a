"""A migration runs while the version before still does, so it only adds: what it takes away waits for a release
in which nobody asks for it any more (expand and contract).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MIGRATIONS = sorted(
    (
        *ROOT.glob("libs/common/src/*/migrations/*.sql"),
        *ROOT.glob("services/*/src/*/migrations/*.sql"),
    )
)
# What the version before would miss, or be refused.
TAKES_AWAY = {
    "drops a table, view or column": r"\bdrop\s+(table|view|materialized\s+view|column|schema|type|sequence)\b",
    "renames": r"\brename\s+(to|column|constraint|value)\b",
    "changes a type": r"\balter\s+column\s+\w+\s+(set\s+data\s+)?type\b",
    "asks for a value that the version before does not write": r"\bset\s+not\s+null\b",
    "adds a column that has to be written": r"\badd\s+column\s+(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null\b",
    "empties a table": r"\btruncate\s+(table\s+)?\w+\s*;",
}


def takes_away(sql: str) -> list[str]:
    """What of this is not safe beside the version before."""
    plain = re.sub(r"--[^\n]*", "", sql).lower()
    return [why for why, pattern in TAKES_AWAY.items() if re.search(pattern, plain)]


@pytest.mark.parametrize("file", MIGRATIONS, ids=lambda file: f"{file.parents[1].name}/{file.name}")
def test_a_migration_takes_nothing_away(file: Path) -> None:
    # The first of a service makes its database: there is no version before.
    if not file.name.startswith("0001"):
        assert takes_away(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("sql", "many"),
    [
        ("ALTER TABLE request DROP COLUMN status;", 1),
        ("DROP TABLE IF EXISTS request;", 1),
        ("ALTER TABLE request RENAME COLUMN a TO b;", 1),
        ("ALTER TABLE request ALTER COLUMN a TYPE bigint;", 1),
        ("ALTER TABLE request ALTER a SET NOT NULL;", 1),
        ("ALTER TABLE request ADD COLUMN a text NOT NULL;", 1),
        ("TRUNCATE request;", 1),
        ("ALTER TABLE request ADD COLUMN a text NOT NULL DEFAULT '', ADD COLUMN b text;", 0),
        ("-- DROP TABLE request\nCREATE INDEX i ON request (a);", 0),
        ("REVOKE TRUNCATE ON event FROM PUBLIC;", 0),
        ("DROP FUNCTION IF EXISTS f(int);", 0),
    ],
)
def test_what_takes_away_is_seen(sql: str, many: int) -> None:
    assert len(takes_away(sql)) == many


def test_there_are_migrations_to_look_at() -> None:
    assert len([file for file in MIGRATIONS if not file.name.startswith("0001")]) >= 5
