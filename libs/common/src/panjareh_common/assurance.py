"""How surely the platform knows who asks: levels 1 to 4 (design part 5, requirement I2)."""

from __future__ import annotations

from enum import IntEnum

_URN = "urn:panjareh:loa:"


class AssuranceLevel(IntEnum):
    """LOA: the smaller of what was proved about the person and how they signed in. Compare "at least"."""

    SELF_ASSERTED = 1
    LOW = 2
    SUBSTANTIAL = 3
    HIGH = 4

    @property
    def acr(self) -> str:
        """The `acr` value in tokens."""
        return f"{_URN}{self.value}"

    @classmethod
    def from_acr(cls, acr: str) -> AssuranceLevel:
        """Raises ValueError for anything but the four known values, so that a stranger's acr fails closed."""
        for level in cls:
            if level.acr == acr:
                return level
        raise ValueError(f"not an assurance level: {acr}")
