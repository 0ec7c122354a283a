"""What a smart service is (glossary of the requirements, R2), as far as its card says it.

The same is said in SQL where rows are made (migration 0005, `service_facet.smart`); a test holds them together.
"""

from __future__ import annotations

from typing import Any

from panjareh_catalog.domain.values import Card, DecisionMode

FILE_FORMAT = "panjareh-file"


def is_smart(card: Card) -> bool:
    """Rules decide every case, so nobody is in the process and every inquiry is online; and no document is taken.

    Rules that leave some cases to officers say so by `otherwise`.
    """
    rules = card.get("rules") or {}
    return (
        card["decision_mode"] == DecisionMode.RULES
        and rules.get("otherwise") is None
        and not _asks_for_file(card["form"])
    )


def _asks_for_file(schema: Any) -> bool:
    if isinstance(schema, dict):
        return schema.get("format") == FILE_FORMAT or any(map(_asks_for_file, schema.values()))
    return isinstance(schema, list) and any(map(_asks_for_file, schema))
