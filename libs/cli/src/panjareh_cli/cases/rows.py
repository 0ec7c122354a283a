"""What a log of any form is read as: rows of cells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Cells by the places of their columns, and the physical line where they stand; or why it cannot be read."""

    line: int
    cells: list[str]
    fault: str | None = None
