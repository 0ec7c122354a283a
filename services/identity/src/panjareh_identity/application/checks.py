"""Makes values of what was typed, and names every point that does not fit in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import DEFAULT_LANGUAGE, text
from panjareh_identity.application.commands import SignIn, SignUp
from panjareh_identity.domain.values import (
    PersonDetails,
    Unfit,
    read_birth_date,
    read_mobile,
    read_name,
    read_national_id,
    read_password,
)

_PACKAGE = "panjareh_identity"


class _Points:
    """Reads field by field and keeps what does not fit."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._errors: list[dict[str, str]] = []

    def read(self, field: str, read: Callable[[str], Any], typed: str) -> Any:
        try:
            return read(typed)
        except Unfit as unfit:
            detail = text(_PACKAGE, str(unfit), self._language)
            self._errors.append({"pointer": f"/{field}", "detail": detail})
            return None

    def settle(self) -> None:
        if self._errors:
            raise InvalidInput(self._errors)


def check_sign_up(command: SignUp, now: datetime, language: str) -> tuple[PersonDetails, str]:
    """The person's details and the password. Raises InvalidInput."""
    points = _Points(language)
    details = PersonDetails(
        national_id=points.read("national_id", read_national_id, command.national_id),
        mobile=points.read("mobile", read_mobile, command.mobile),
        given_name=points.read("given_name", read_name, command.given_name),
        family_name=points.read("family_name", read_name, command.family_name),
        birth_date=points.read(
            "birth_date", lambda typed: read_birth_date(typed, now), command.birth_date
        ),
        language=command.language or language or DEFAULT_LANGUAGE,
    )
    password = points.read("password", read_password, command.password)
    points.settle()
    return details, password


def check_sign_in(command: SignIn, language: str) -> str:
    """The national id. Raises InvalidInput for one that nobody can have."""
    points = _Points(language)
    national_id: str = points.read("national_id", read_national_id, command.national_id)
    points.settle()
    return national_id
