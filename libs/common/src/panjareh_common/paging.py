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


def from_cursor(cursor: str | None, *readers: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """The key a cursor holds, each part read by its reader, or None for the first page.

    Raises InvalidInput for a cursor that is not ours.
    """
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(key, list) or b"\0" in "".join(key).encode():
            raise ValueError("not one of our keys")
        return tuple(read(part) for read, part in zip(readers, key, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError) as cause:
        detail = "Use the value of `next` from the page before, as it is."
        raise InvalidInput([{"pointer": "/after", "detail": detail}]) from cause


def whole(text: str) -> int:
    """A reader for numbers. Raises ValueError for one that no bigint of the database holds."""
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError("too large")
    return number


def page(
    rows: Sequence[dict[str, Any]], limit: int, key: Callable[[dict[str, Any]], Sequence[str]]
) -> dict[str, Any]:
    """`{items, next}` from limit + 1 rows; `next` is None on the last page."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return {"items": items, "next": to_cursor(*key(items[-1])) if more else None}
