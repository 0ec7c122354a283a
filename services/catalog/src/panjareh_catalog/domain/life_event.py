"""The life events under which people look for public services (CPSV-AP): birth, marriage, a move …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LifeEvent:
    """One word of the vocabulary; `code` is written in identity cards and never changes."""

    code: str
    name: Mapping[str, str]  # by language, fa and en
