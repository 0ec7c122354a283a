"""How surely a person is known: what was proved about them, and how they signed in (I2, design part 5)."""

from __future__ import annotations

from enum import IntEnum

from panjareh_common.assurance import AssuranceLevel


class Proofing(IntEnum):
    """What was proved about the person. Compare "at least"."""

    SELF_ASSERTED = 1
    MOBILE_MATCHED = 2
    CIVIL_REGISTRY = 3
    IN_PERSON = 4


class Authenticator(IntEnum):
    """How the person signed in. Compare "at least"."""

    PASSWORD = 1
    PASSWORD_AND_CODE = 2


def assurance_level(proofing: Proofing, authenticator: Authenticator) -> AssuranceLevel:
    """The smaller of the two: a strong password says nothing about who holds it, nor the other way round."""
    return AssuranceLevel(min(proofing, authenticator))
