"""Makes a value of one typed field, and says in the reader's language what would fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import text
from panjareh_identity.domain.values import Unfit

T = TypeVar("T")


def read_typed(field: str, read: Callable[[Any], T], typed: Any, language: str) -> T:
    """Raises InvalidInput pointing at the field."""
    try:
        return read(typed)
    except Unfit as unfit:
        detail = text("panjareh_identity", str(unfit), language)
        raise InvalidInput([{"pointer": f"/{field}", "detail": detail}]) from unfit
