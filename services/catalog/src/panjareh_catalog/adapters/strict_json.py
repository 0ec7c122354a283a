"""JSON as others write it: a name that is there twice (of which Python would quietly keep the last) is a fault."""

from __future__ import annotations

import json
from typing import Any


def read_json(text: str) -> Any:
    """Raises ValueError, and RecursionError for what is nested without end."""
    return json.loads(text, object_pairs_hook=_each_once, parse_constant=_none_of_ours)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError(f"the name {name} is there twice")
        made[name] = value
    return made


def _none_of_ours(constant: str) -> Any:
    """Python reads NaN and Infinity; JSON has neither."""
    raise ValueError(f"it has no value {constant}")
