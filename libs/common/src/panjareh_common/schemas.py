"""Loading what came through a door: completely, or not at all with every fault named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError

from panjareh_common.refusals import InvalidInput


def load(schema: Schema, payload: Any) -> Any:
    """What a schema makes of a payload. Raises InvalidInput naming every point that does not fit."""
    try:
        return schema.load(payload)
    except ValidationError as cause:
        raise InvalidInput(list(_points(cause.messages, ""))) from cause


def _points(messages: Any, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _points(inner, pointer if name == "_schema" else f"{pointer}/{name}")
    elif isinstance(messages, list):
        for part in messages:
            if isinstance(part, dict):
                yield from _points(part, pointer)
            else:
                yield {"pointer": pointer, "detail": str(part)}
    else:
        yield {"pointer": pointer, "detail": str(messages)}
