"""Asking the catalogue's view as its door does, with what is left out filled in."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.schemas.services import ListServicesSchema

Found = dict[str, Any]


def find(view: ServicesView, q: str | None = None, *, language: str = "fa", **asked: Any) -> Found:
    """One page of what the door would give for these parameters."""
    query = ListServicesSchema().load({"q": q, **asked})
    return view.find(**query, language=language)


def codes(found: Found) -> list[str]:
    return [item["code"] for item in found["items"]]


def walk(view: ServicesView, q: str | None = None, **asked: Any) -> list[str]:
    """Every page, one after the other."""
    after, seen = None, []
    while True:
        found = find(view, q, after=after, **asked)
        seen += codes(found)
        after = found["next"]
        if after is None:
            return seen
