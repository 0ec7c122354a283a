"""Loading what came through a door: completely, or not at all with every fault named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import text


class Timestamp(fields.Field[datetime]):
    """A moment: RFC 3339 with its zone coming in, UTC going out (design part 5)."""

    def _serialize(self, value: datetime | None, attr: Any, obj: Any, **_: Any) -> str | None:
        return None if value is None else to_wire(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> datetime:
        try:
            return from_wire(value)
        except (ValueError, TypeError, OverflowError) as cause:
            raise ValidationError("Not a time with its zone (RFC 3339).") from cause


# Sentences of marshmallow that carry values; their Persian stands in locale/fa.po, as do the plain ones.
_WITH_VALUES = (
    "Shorter than minimum length {min}.",
    "Longer than maximum length {max}.",
    "Length must be between {min} and {max}.",
    "Must be greater than or equal to {min} and less than or equal to {max}.",
    "Must be greater than {min} and less than or equal to {max}.",
    "Must be greater than or equal to {min}.",
    "Must be one of: {choices}.",
)
_OTHER = "This does not fit."


def load(schema: Schema, payload: Any, language: str = "en") -> Any:
    """What a schema makes of a payload. Raises InvalidInput naming every point that does not fit."""
    try:
        return schema.load(payload)
    except ValidationError as cause:
        points = _points(cause.messages, "")
        errors = [{"pointer": at, "detail": _in_words(said, language)} for at, said in points]
        raise InvalidInput(errors) from cause


def _in_words(said: str, language: str) -> str:
    if language == "en":
        return said
    template, values = template_of(said)
    if values:
        return text(__package__, template, language, **values)
    told = text(__package__, said, language)
    return text(__package__, _OTHER, language) if told == said and said.isascii() else told


def template_of(said: str, own: tuple[str, ...] = ()) -> tuple[str, dict[str, int | float | str]]:
    """A sentence of a schema as it is translated: with named places, and the values that fill them.

    `own` are templates of the asking schema beside those of marshmallow.
    """
    for template in (*_WITH_VALUES, *own):
        values = re.fullmatch(_pattern(template), said)
        if values:
            found = values.groupdict()
            return template, {name: _number(name, each) for name, each in found.items()}
    return said, {}


def _number(name: str, value: str) -> int | float | str:
    """The bounds were numbers before marshmallow made a sentence of them; choices stay as they are typed."""
    if name not in ("min", "max"):
        return value
    try:
        return int(value) if value.lstrip("-").isdecimal() else float(value)
    except ValueError:
        return value


@lru_cache
def _pattern(template: str) -> str:
    return re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template))


def _points(messages: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _points(inner, pointer if name == "_schema" else f"{pointer}/{name}")
    elif isinstance(messages, list):
        for part in messages:
            if isinstance(part, dict):
                yield from _points(part, pointer)
            else:
                yield pointer, str(part)
    else:
        yield pointer, str(messages)
