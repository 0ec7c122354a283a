"""Opaque cursors: a page tells where the next one begins, and rows that come meanwhile are neither lost nor repeated."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from panjareh_common.refusals import InvalidInput


def to_cursor(*key: str) -> str:
    text = json.dumps(key, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, length: int) -> list[str] | None:
    """The key a cursor holds, or None for the first page. Raises InvalidInput for one that is not ours."""
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if not (
        isinstance(key, list) and len(key) == length and all(isinstance(part, str) for part in key)
    ):
        detail = "Use the value of `next` from the page before, as it is."
        raise InvalidInput([{"pointer": "/after", "detail": detail}])
    return key


def page(
    rows: Sequence[dict[str, Any]], limit: int, key: Callable[[dict[str, Any]], Sequence[str]]
) -> dict[str, Any]:
    """`{items, next}` from limit + 1 rows; `next` is None on the last page."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return {"items": items, "next": to_cursor(*key(items[-1])) if more else None}
