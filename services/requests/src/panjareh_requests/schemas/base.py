"""What every schema of requests' doors is made of."""

from __future__ import annotations

from marshmallow import RAISE, Schema


class Strict(Schema):
    """Coming in: a misspelt field is an error."""

    class Meta:
        unknown = RAISE
