"""The parts of an identity card fit together: sums, orders, and nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault


def faults(card: Card, known: Known) -> Iterator[Fault]:
    if card["authority"] not in known.authorities:
        yield Fault(
            "/authority",
            "There is no authority with the code {authority}. Publish the authorities first.",
            {"authority": card["authority"]},
        )
    yield from _evidence_faults(card)
    yield from _fee_faults(card)
    yield from _channel_faults(card)
    fits = card.get("fits") or {}
    if "min_age" in fits and "max_age" in fits and fits["min_age"] > fits["max_age"]:
        yield Fault("/fits/max_age", "The highest age is below the lowest one.")


def _evidence_faults(card: Card) -> Iterator[Fault]:
    types = [wanted["type"] for wanted in card["evidence"]]
    for place, name in enumerate(types):
        if name in types[:place]:
            yield Fault(
                f"/evidence/{place}/type",
                "The evidence {type} is listed twice. List it once.",
                {"type": name},
            )


def _fee_faults(card: Card) -> Iterator[Fault]:
    fee = card["fee"]
    parts = fee.get("parts") or []
    total = sum(part["amount"] for part in parts)
    if parts and total != fee["amount"]:
        yield Fault(
            "/fee/parts",
            "The parts of the fee come to {total}, and the fee is {amount}. Correct one of them.",
            {"total": total, "amount": fee["amount"]},
        )


def _channel_faults(card: Card) -> Iterator[Fault]:
    for place, channel in enumerate(card["channels"]):
        hours = channel.get("open")
        if isinstance(hours, dict) and hours["from"] >= hours["to"]:
            yield Fault(f"/channels/{place}/open/to", "It closes before it opens.")
