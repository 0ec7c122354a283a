"""What every schema of identity's doors is made of."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

TEXT = validate.Length(max=400)  # a bound for what is read at all; the rules are stricter
CODE = validate.Regexp(r"[a-z][a-z0-9_]{1,49}\Z")


class Strict(Schema):
    """Coming in: a misspelt field is an error."""

    class Meta:
        unknown = RAISE


class NothingSchema(Strict):
    pass


class WhichPersonSchema(Strict):
    person_id = fields.UUID(required=True)
