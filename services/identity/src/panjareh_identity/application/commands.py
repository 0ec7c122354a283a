"""What may be asked of identity, as frozen orders; text is as it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class SignUp:
    national_id: str
    mobile: str
    given_name: str
    family_name: str
    birth_date: str
    password: str = field(repr=False)
    language: str | None = None


@dataclass(frozen=True)
class SignIn:
    national_id: str
    password: str = field(repr=False)


class StepUpMethod(StrEnum):
    ONE_TIME_CODE = "one_time_code"
    CIVIL_REGISTRY = "civil_registry"


@dataclass(frozen=True)
class StepUp:
    method: StepUpMethod
    code: str | None = None


@dataclass(frozen=True)
class AppointOfficer:
    """An authority vouches for its officer and gives them roles."""

    person: SignUp
    authority: str
    roles: Sequence[str]
