"""The formats of an identity card. Stored events keep what they hold; who reads a card raises it to the newest."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.domain.values import Card

NEWEST = 2

# What a card of format 2 says where it says nothing.
_UNSAID: dict[str, Any] = {
    "parent": None,
    "sample": False,
    "guide": None,
    "for_groups": [],
    "eligibility": [],
    "renews": None,
    "retention": None,
    "applicants": None,
    "appointment": None,
    "payment": None,
    "review": None,
    "campaign": None,
    "hours": None,
    "rules": None,
    "output": None,
}


_APPEAL_DAYS = 30
"""That a person has for an appeal, where the card says no other number."""


def raised(card: Card) -> dict[str, Any]:
    """A card of any format as a whole one of format 2: every key of the format is there.

    Format 1 named its channels only, so of their hours nothing is known but the words in `hours`. Raising a
    raised card changes nothing.
    """
    fee = {"parts": [], "exemptions": []} | card["fee"]
    keywords: dict[str, Any] = {"fa": [], "en": []} | dict(card.get("keywords") or {})
    return (
        _UNSAID
        | dict(card)
        | {
            "format": NEWEST,
            "fee": fee,
            "keywords": keywords,
            "fits": dict(card.get("fits") or {}),
            "when_time_passes": card.get("when_time_passes") or {"what": "escalated"},
            "appeal_days": card.get("appeal_days") or _APPEAL_DAYS,
            "channels": [_channel(channel) for channel in card["channels"]],
        }
    )


def written(card: Card) -> dict[str, Any]:
    """A card as an authority wrote it, in the form in which it is stored: its format said, channels as objects."""
    return {"format": NEWEST} | dict(card) | {"channels": [_stored(c) for c in card["channels"]]}


def channel_names(card: Card) -> list[str]:
    """By which channels a service is given, each once, in the order of the card."""
    return list(dict.fromkeys(_channel(channel)["channel"] for channel in card["channels"]))


def _stored(channel: Any) -> dict[str, Any]:
    return {"channel": channel, "open": None} if isinstance(channel, str) else dict(channel)


def _channel(channel: Any) -> dict[str, Any]:
    return {"open": None, "on_holidays": False} | _stored(channel)
