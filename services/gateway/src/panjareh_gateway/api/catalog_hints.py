"""Hints: which public services may be of use to a person now (I8)."""

from __future__ import annotations

from panjareh_gateway.api import shapes_catalog_hints as hints
from panjareh_gateway.operations import Operation

_HINTS = "/api/v1/hints"

HINTS = (
    Operation(
        "GET",
        _HINTS,
        "catalog",
        "list_hints",
        "Services that may be of use to me now, and why",
        "catalog",
        gives=hints.Hints,
    ),
    Operation(
        "GET",
        f"{_HINTS}/choice",
        "catalog",
        "get_hint_choice",
        "What my hints are made of",
        "catalog",
        gives=hints.HintChoice,
    ),
    Operation(
        "PUT",
        f"{_HINTS}/choice",
        "catalog",
        "choose_hints",
        "Choose what my hints are made of, or none",
        "catalog",
        gives=hints.HintChoice,
        body=hints.ChooseHints,
        keyed=True,
    ),
)
