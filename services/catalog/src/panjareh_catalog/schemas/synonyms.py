"""The file of synonyms, as operators write it."""

from __future__ import annotations

from marshmallow import fields, validate

from panjareh_catalog.schemas.base import NO_NUL, Strict

# One word each: searches look words up one by one. A half-space inside would be two of them.
_ONE_WORD = validate.Regexp(r"[^\W_]{2,40}\Z", error="This is not one word of 2 to 40 letters.")


class SynonymsSchema(Strict):
    synonyms = fields.Dict(
        required=True,
        keys=fields.String(validate=[NO_NUL, _ONE_WORD]),
        values=fields.List(fields.String(validate=[NO_NUL, _ONE_WORD])),
    )
