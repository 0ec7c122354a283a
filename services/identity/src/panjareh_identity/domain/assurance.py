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
    PASSWORD_AND_CODE = 2  # by SMS or e-mail, or of an authenticator app (TOTP)
    PASSKEY = 3
    SMART_CARD = 4


# RFC 8176; "mfa" wherever two factors were used, as with a passkey that knows its holder.
BY_PASSWORD = ("pwd",)
BY_SMS_CODE = ("pwd", "otp", "sms", "mfa")
BY_CODE = ("pwd", "otp", "mfa")
BY_PASSKEY = ("pop", "user", "mfa")
BY_SMART_CARD = ("sc", "pin", "mfa")


def assurance_level(proofing: Proofing, authenticator: Authenticator) -> AssuranceLevel:
    """The smaller of the two: a strong password says nothing about who holds it, nor the other way round."""
    return AssuranceLevel(min(proofing, authenticator))
