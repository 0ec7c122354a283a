"""Loading what came through a door: completely, or not at all with every fault named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.refusals import InvalidInput


class Timestamp(fields.Field[datetime]):
    """A moment: RFC 3339 with its zone coming in, UTC going out (design part 5)."""

    def _serialize(self, value: datetime | None, attr: Any, obj: Any, **_: Any) -> str | None:
        return None if value is None else to_wire(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> datetime:
        try:
            return from_wire(value)
        except (ValueError, TypeError, OverflowError) as cause:
            raise ValidationError("Not a time with its zone (RFC 3339).") from cause


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
