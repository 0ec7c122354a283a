"""An identity card as its reader is told it: in one language, whatever format it was published in."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.domain.card_formats import channel_names, raised
from panjareh_catalog.domain.checks.once_only import overrides
from panjareh_catalog.domain.smartness import is_smart

# As the authority wrote it, under the name that it has in the card.
_AS_WRITTEN = (
    "sample",
    "guide",
    "audience",
    "for_groups",
    "eligibility",
    "fits",
    "renews",
    "retention",
    "appointment",
    "payment",
    "review",
    "campaign",
)
_AND = (
    "hours",
    "steps",
    "evidence",
    "rules",
    "output",
    "appeal",
    "appeal_days",
    "legal_basis",
    "when_time_passes",
)


def in_language(value: Any, language: str) -> Any:
    """Every `{fa, en}` in it as the text in that language; beside other keys the text is called `text`."""
    if isinstance(value, list):
        return [in_language(each, language) for each in value]
    if not isinstance(value, dict):
        return value
    rest = {
        key: in_language(each, language) for key, each in value.items() if key not in ("fa", "en")
    }
    if "fa" not in value:
        return {key: in_language(each, language) for key, each in value.items()}
    if isinstance(value["fa"], list):  # keywords
        return value.get(language) or value["fa"]
    text = value.get(language) or value["fa"]
    return {"text": text} | rest if rest else text


def row(found: dict[str, Any], language: str) -> dict[str, Any]:
    """A public service in a list. `found` has the columns of `public_service` and its authority's name."""
    card = raised(found["card"])
    return {
        "code": found["code"],
        "version": found["version"],
        "status": found["standing"],
        "name": in_language(card["name"], language),
        "description": in_language(card["description"], language),
        "authority": {
            "code": found["authority"],
            "name": in_language(found["authority_name"], language),
        },
        "required_loa": card["required_loa"],
        "decision_mode": card["decision_mode"],
        "smart": is_smart(card),
        "time_limit_days": card["time_limit_days"],
        "fee": in_language(card["fee"], language),
        "life_events": card["life_events"],
        "channels": channel_names(card),
    }


def whole(
    found: dict[str, Any], language: str, *, parts: list[dict[str, Any]], use: dict[str, Any]
) -> dict[str, Any]:
    """The whole card. `parts`: the services that are a part of this one; `use`: how it is used and liked.

    How rules decide is in the open: anyone may read it before they ask (R5). The form keeps both languages.
    """
    card = raised(found["card"])
    told = {name: in_language(card.get(name), language) for name in (*_AS_WRITTEN, *_AND)}
    return (
        row(found, language)
        | told
        | {
            "keywords": in_language(card["keywords"], language),
            "channel_hours": in_language(card["channels"], language),
            "form": card["form"],
            "applicants": _applicants(card.get("applicants"), language),
            "once_only_overrides": [
                {"pointer": pointer, "title": in_language(title, language) or None}
                | {name: in_language(ground[name], language) for name in ("law", "reason")}
                for pointer, title, ground in overrides(card)
            ],
            "parent": card["parent"],
            "parts": [
                {"code": part["code"], "name": in_language(part["name"], language)}
                for part in parts
            ],
            "use": use,
            "status_reason": in_language(found["reason"], language),
            "suspended_until": found["suspended_until"],
            "successor": found["successor"],
            "published_at": found["published_at"],
        }
    )


def _applicants(applicants: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
    """Who may ask and who has to join; a party's form keeps both languages, as the card's does."""
    if not applicants:
        return None
    parties = []
    for party in applicants.get("parties") or []:
        told = in_language({**party, "form": None}, language)
        parties.append(told | {"form": party.get("form")})
    return dict(applicants) | {"parties": parties}
