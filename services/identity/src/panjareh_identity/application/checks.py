"""Makes values of what was typed, and names every point that does not fit in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import DEFAULT_LANGUAGE, text
from panjareh_identity.application.commands import SignIn, SignUp
from panjareh_identity.domain.contacts import read_any_mobile
from panjareh_identity.domain.identifiers import (
    Identifier,
    IdentifierKind,
    PersonDetails,
    read_country,
    read_foreigner_id,
    read_identifier,
    read_passport,
)
from panjareh_identity.domain.values import (
    Unfit,
    read_birth_date,
    read_name,
    read_national_id,
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


ReadPassword = Callable[[str, Sequence[str]], str]
"""Makes the one form of a password of what was typed and what others may know of the person. Raises Unfit."""


def check_sign_up(
    command: SignUp, now: datetime, language: str, read_password: ReadPassword
) -> tuple[PersonDetails, str]:
    """The person's details and the password. Raises InvalidInput."""
    points = _Points(language)
    details = PersonDetails(
        identifier=_identifier(points, command),
        mobile=points.read("mobile", read_any_mobile, command.mobile),
        given_name=points.read("given_name", read_name, command.given_name),
        family_name=points.read("family_name", read_name, command.family_name),
        birth_date=points.read(
            "birth_date", lambda typed: read_birth_date(typed, now), command.birth_date
        ),
        language=command.language or language or DEFAULT_LANGUAGE,
    )
    password = points.read(
        "password", lambda typed: read_password(typed, _known_of(command)), command.password
    )
    points.settle()
    return details, password


def check_sign_in(command: SignIn, language: str) -> str:
    """The canonical text of what the person is found by. Raises InvalidInput for one that nobody can have."""
    return check_identifier(command.national_id, language)


def check_identifier(typed: str, language: str) -> str:
    """The canonical text of an id of whichever kind. Raises InvalidInput for one that nobody can have."""
    points = _Points(language)
    identifier: Identifier = points.read("national_id", read_identifier, typed)
    points.settle()
    return identifier.text


def _identifier(points: _Points, command: SignUp) -> Any:
    """Of whichever kind was given; the door lets in exactly one."""
    passport, foreigner_id = command.passport, command.foreigner_id
    if passport is not None:
        country = points.read("passport/country", read_country, passport.country)
        return points.read(
            "passport/number", lambda typed: read_passport(typed, country or "IR"), passport.number
        )
    if foreigner_id is not None:
        return points.read("foreigner_id", read_foreigner_id, foreigner_id)
    return points.read(
        "national_id",
        lambda typed: Identifier(IdentifierKind.NATIONAL_ID, read_national_id(typed)),
        command.national_id or "",
    )


def _known_of(command: SignUp) -> list[str]:
    """What others may know of who signs up, as it was typed."""
    number = command.passport.number if command.passport else None
    known = (
        command.national_id or command.foreigner_id or number,
        command.mobile,
        command.given_name,
        command.family_name,
        command.birth_date.replace("-", ""),
        command.birth_date[:4],
    )
    return [word for word in known if word]
