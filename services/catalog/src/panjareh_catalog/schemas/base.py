"""What every schema of the catalogue's doors is made of."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from panjareh_catalog.domain.checks.texts import text_faults

# The one character that a text in PostgreSQL cannot hold.
NO_NUL = validate.Regexp(r"[^\0]*\Z", error="This holds a character that no text has.")


class Strict(Schema):
    """Coming in: a misspelt field is an error."""

    class Meta:
        unknown = RAISE


def wanted(longest: int) -> fields.String:
    """A text that may be left out."""
    limits = [validate.Length(max=longest), NO_NUL]
    return fields.String(load_default=None, allow_none=True, validate=limits)


class PageSchema(Strict):
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = wanted(500)


def honest(value: str) -> None:
    """A text that reads as it is written, see `domain/checks/texts.py`."""
    for fault in text_faults(value):
        raise ValidationError(fault.detail)


def bilingual(longest: int, *, required: bool = True) -> fields.Nested:
    """One text in both languages, {fa, en}, that people will read."""
    says = validate.Regexp(r"\s*\S", error="Write the text.")

    def said() -> fields.String:
        return fields.String(required=True, validate=[validate.Length(max=longest), says, honest])

    class Bilingual(Strict):
        fa = said()
        en = said()

    optional: dict[str, Any] = {} if required else {"load_default": None, "allow_none": True}
    return fields.Nested(Bilingual, required=required, **optional)
