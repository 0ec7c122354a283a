"""The words a public service is told in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

Card = Mapping[str, Any]
"""The identity card of a public service (شناسنامه خدمت), as its authority wrote it."""


class DecisionMode(StrEnum):
    RULES = "rules"
    OFFICERS = "officers"


def stream_of(service_code: str) -> UUID:
    """The stream of a public service: its code decides, so publishing twice meets the same one."""
    return uuid5(NAMESPACE_URL, f"panjareh:service/{service_code}")


@dataclass(frozen=True)
class Fault:
    """One point of a publication that does not fit: where (a JSON Pointer, RFC 6901) and what is wrong.

    `message` is an English sentence with named places, which `values` fill; its Persian is in locale/fa.po.
    """

    pointer: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """The sentence in English."""
        return self.message.format(**self.values) if self.values else self.message


@dataclass(frozen=True)
class Publication:
    """What publishing a card came to. `is_new` is False when the same content stood there already."""

    service_code: str
    version: int
    is_new: bool


class VersionState(StrEnum):
    """Where one version of a card stands."""

    DRAFT = "draft"
    CONSULTATION = "consultation"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class Standing(StrEnum):
    """Where a public service stands."""

    UNPUBLISHED = "unpublished"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    RETIRED = "retired"
