"""The words of the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class InquiryStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"


@dataclass(frozen=True)
class EvidenceType:
    """One kind of fact that an authority offers, and how it is asked for.

    `url` is the provider's base address, `schema` the JSON Schema that its facts must fit,
    `timeout` in seconds. `asked_with` names what of the person is told beside their id: `mobile`.
    """

    name: str
    provider: str
    url: str
    timeout: float
    schema: Mapping[str, Any]
    asked_with: tuple[str, ...] = ()


Subject = Mapping[str, Any]
"""The person as the authority knows them: one of `national_id`, `foreigner_id`, `passport`, and what is asked with."""


@dataclass(frozen=True)
class Answer:
    """What an authority said: facts, or a reason in fa and en for having or giving none."""

    status: InquiryStatus
    facts: Mapping[str, Any] | None = None
    reason: Mapping[str, str] | None = None
