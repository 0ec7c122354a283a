"""Choosing a password: the rules, the slow hash, and what a new one makes an end of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import text
from panjareh_identity.application.authenticator_ports import (
    CommonPasswords,
    Guesses,
    KnownDevices,
)
from panjareh_identity.application.ports import Credentials, Passwords
from panjareh_identity.domain.authenticators import Authenticators, authenticators_id
from panjareh_identity.domain.passwords import read_new_password
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import Unfit

_PACKAGE = "panjareh_identity"


def opened(unit: UnitOfWork, person_id: UUID) -> Authenticators:
    """The person's authenticators, from the first use on."""
    found = unit.find(Authenticators, authenticators_id(person_id))
    return found or Authenticators.open(person_id, unit.now)


def about(person: Person) -> list[str]:
    """What others may know of a person, and guessers try."""
    number = person.identifier.number if person.identifier else None
    known: list[Any] = [
        number,
        person.mobile,
        person.email,
        person.given_name,
        person.family_name,
        person.birth_date and person.birth_date.replace("-", ""),
        person.birth_date and person.birth_date[:4],
    ]
    return [word for word in known if word]


class SettingPasswords:
    def __init__(
        self,
        *,
        credentials: Credentials,
        passwords: Passwords,
        common: CommonPasswords,
        guesses: Guesses,
        devices: KnownDevices,
    ) -> None:
        self._credentials = credentials
        self._passwords = passwords
        self._common = common
        self._guesses = guesses
        self._devices = devices

    def read(self, typed: str, known: Sequence[str]) -> str:
        """Raises Unfit."""
        return read_new_password(typed, is_common=self._common.__contains__, about=known)

    def prepare(self, typed: str, person: Person, language: str, field: str = "password") -> str:
        """The hash of a password that may be chosen; slow, so not inside a unit. Raises InvalidInput."""
        try:
            return self._passwords.hash(self.read(typed, about(person)))
        except Unfit as unfit:
            detail = text(_PACKAGE, str(unfit), language)
            raise InvalidInput([{"pointer": f"/{field}", "detail": detail}]) from unfit

    def set(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        password_hash: str,
        *,
        because: str,
        keep: str | None = None,
        only: bool = False,
    ) -> None:
        """From the commit on only the new one fits; `keep` is the sid of the session that asked,
        and with `only` there is no other way in any more.

        What was guessed about the old one counts no more, and devices that knew it are unknown
        again. Raises NotFound for a person who cannot sign in.
        """
        self._credentials.set_password(unit, person_id, password_hash)
        kept = opened(unit, person_id)
        if only:
            kept.drop_all(because, unit.now)
        kept.set_password(because, unit.now)
        unit.save(kept)
        self._guesses.forget(unit, person_id)
        self._devices.forget_all(unit, person_id, keep=keep)
