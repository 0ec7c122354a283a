"""Checks a form for the person's sake, before it is sent: with the validator and the form that requests will use.

What a person types stays in the gateway; only the form is asked of the catalogue.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from panjareh_common.refusals import InvalidInput

_MOST = 256  # forms kept in memory

_known: OrderedDict[tuple[str, int], Any] = OrderedDict()
_lock = threading.Lock()


def check_form(kept: Mapping[str, Any], told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """`{service_code, version, fits, errors, files}`: what was `kept` of the body, against the form that was `told`.

    Raises FormUnusable.
    """
    validator = _validator(told)
    try:
        validator.check(kept["form"], language)
        errors = []
    except InvalidInput as unfit:
        errors = unfit.errors
    files = [] if errors else validator.files(kept["form"])
    return {
        "service_code": told["code"],
        "version": told["version"],
        "fits": not errors,
        "errors": errors,
        "files": [
            {"pointer": each.pointer, "types": [*each.types], "max_bytes": each.max_bytes}
            for each in files
        ],
    }


def _validator(told: Mapping[str, Any]) -> Any:
    """A published version never changes, so each form is read once."""
    key = (told["code"], told["version"])
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    # Here, so that the gateway starts without a schema library.
    from panjareh_common.forms import published_form  # noqa: PLC0415

    validator = published_form(told["form"])
    with _lock:
        _known[key] = validator
        if len(_known) > _MOST:
            _known.popitem(last=False)
    return validator
