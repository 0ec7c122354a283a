"""What may be asked of identity, as frozen orders; text is as it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from panjareh_identity.application.authenticator_ports import SmartCardProof
from panjareh_identity.domain.contacts import Channel


@dataclass(frozen=True)
class Passport:
    """As it was typed: the number, and the two letters of the country that issued it."""

    number: str
    country: str


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """By one of the three: a national id, a foreign national's id, a passport (I1, I4)."""

    national_id: str | None = None
    foreigner_id: str | None = None
    passport: Passport | None = None
    mobile: str
    given_name: str
    family_name: str
    birth_date: str
    password: str = field(repr=False)
    language: str | None = None
    privacy_statement: int | None = None
    """The version that they have taken note of; None where an authority appoints them."""


@dataclass(frozen=True)
class SignIn:
    national_id: str
    password: str = field(repr=False)


class StepUpMethod(StrEnum):
    ONE_TIME_CODE = "one_time_code"
    TOTP = "totp"
    PASSKEY = "passkey"
    SMART_CARD = "smart_card"
    CIVIL_REGISTRY = "civil_registry"


@dataclass(frozen=True)
class StepUp:
    """`code` is of a one-time code or an app, `passkey` what the browser answered, `smart_card` what the card signed."""

    method: StepUpMethod
    code: str | None = field(default=None, repr=False)
    channel: Channel = Channel.SMS
    passkey: Mapping[str, Any] | None = field(default=None, repr=False)
    smart_card: SmartCardProof | None = field(default=None, repr=False)


@dataclass(frozen=True)
class FinishSignIn:
    """The second half of a sign-in: by a one-time code or a code of the app."""

    ticket: str = field(repr=False)
    method: StepUpMethod
    code: str | None = field(default=None, repr=False)
    channel: Channel = Channel.SMS


@dataclass(frozen=True)
class AppointOfficer:
    """An authority vouches for its officer and gives them roles."""

    person: SignUp
    authority: str
    roles: Sequence[str]
