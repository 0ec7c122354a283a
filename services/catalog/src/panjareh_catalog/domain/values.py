"""The words a public service is told in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    """One point of a publication that does not fit: where (a JSON Pointer) and what is wrong."""

    pointer: str
    detail: str


@dataclass(frozen=True)
class Publication:
    """What publishing a card came to. `is_new` is False when the same content stood there already."""

    service_code: str
    version: int
    is_new: bool
