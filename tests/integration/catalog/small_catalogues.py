"""Catalogues of a few services, of which everything that a list is narrowed by is said."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Json, Jsonb
from tests.big_catalogue import Card

from panjareh_common.database import Database

# A small tree, and words that stand for nothing else and look like no other.
PARENTS = {"top": None, "left": "top", "right": "top", "leaf": "left", "alone": None}
WORDS = ["زرافه", "پلنگ", "طاووس", "کرگدن"]


def card_of(number: int, drawn: dict[str, Any]) -> Card:
    name = " ".join(drawn["words"])
    field = {"type": "string"} | ({"format": "panjareh-file"} if drawn["file"] else {})
    channels = drawn["channels"]
    return {
        "code": f"TEST-{number:03}",
        "authority": drawn["authority"],
        "name": {"fa": name, "en": "x"},
        "description": {"fa": "-", "en": "-"},
        "life_events": drawn["life_events"],
        "audience": drawn["audience"],
        "channels": channels if drawn["old_format"] else [{"channel": each} for each in channels],
        "decision_mode": drawn["decision_mode"],
        "rules": drawn.get("rules"),
        "form": {"type": "object", "allOf": [{"then": {"properties": {"paper": field}}}]},
        "required_loa": drawn["required_loa"],
        "time_limit_days": 1,
        "fee": {"amount": 0, "currency": "IRR"},
        "steps": [],
    }


def keep(database: Database, drawn: list[dict[str, Any]]) -> list[tuple[Card, str]]:
    """Puts them in place of whatever stands there."""
    cards = [(card_of(number, one), one["standing"]) for number, one in enumerate(drawn)]
    with database.transaction() as connection:
        for table in ("public_service", "search_word", "service_use", "authority"):
            connection.execute(f"DELETE FROM {table}")
        for code, parent in PARENTS.items():
            name = Jsonb({"fa": code, "en": code})
            connection.execute(
                "INSERT INTO authority (code, name, parent) VALUES (%s, %s, %s)",
                (code, name, parent),
            )
        for card, standing in cards:
            connection.execute(
                "INSERT INTO public_service (code, version, authority, card, life_events, title, search, published_at, standing)"
                " VALUES (%s, 1, %s, %s, %s, '', '', now(), %s)",
                (card["code"], card["authority"], Json(card), card["life_events"], standing),
            )
    return cards
