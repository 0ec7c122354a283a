"""What people call the values that rules look at: titles of names, and words for choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panjareh_common.rules.tracing import Wording

Titles = Mapping[str, Mapping[str, str]]
"""Titles in fa and en, by name."""

_OF_APPLICANT: Titles = {
    "applicant.loa": {"fa": "سطح اطمینان هویت", "en": "Assurance level"},
}


def titles_of(source: Mapping[str, Any], form: Mapping[str, Any], evidence: Titles) -> Titles:
    """Of every name that a rule set of any format looks at. `evidence` are the titles by evidence type.

    Format 1 has no titles of its own: the form's stand in, and the evidence's with the name of the fact.
    """
    if source.get("format", 1) != 1:
        entries = {**source["inputs"], **source.get("derived", {})}
        return {name: entry["title"] for name, entry in entries.items()}
    fields = form.get("properties", {})
    found = dict(_OF_APPLICANT) | {
        f"form.{name}": field["x-title"] for name, field in fields.items() if "x-title" in field
    }
    for name in {name for row in source["rows"] for name in row["when"]} - found.keys():
        kind, _, fact = name.partition(".")
        if kind in evidence:
            found[name] = {key: f"{text} ({fact})" for key, text in evidence[kind].items()}
    return found


def wording_of(source: Mapping[str, Any], form: Mapping[str, Any], language: str) -> Wording:
    """The words for choices in a language: those of the rules themselves, and else the form's."""
    fields = form.get("properties", {})
    # Format 1 has a list of names there, without words.
    entries = (
        {**source["inputs"], **source.get("derived", {})} if source.get("format", 1) != 1 else {}
    )

    def word(name: str, value: Any) -> str | None:
        field = fields.get(name.removeprefix("form."), {}) if name.startswith("form.") else {}
        words = entries.get(name, {}).get("enum_titles") or field.get("x-enum-titles", {})
        titles = words.get(str(value))
        return titles.get(language) if isinstance(titles, Mapping) else None

    return word
