"""The way in that no guesser can use up: a code too long to be guessed, to the owner's phone (decision 0019)."""

from __future__ import annotations

import secrets
from uuid import NAMESPACE_URL, UUID, uuid5

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_identity.application.authenticator_ports import KnownDevices, UnlockCodes
from panjareh_identity.application.checks import check_sign_in
from panjareh_identity.application.commands import SignIn
from panjareh_identity.application.messages import UNLOCK_MESSAGE, Messages, tell
from panjareh_identity.application.ports import Credentials
from panjareh_identity.application.proofs import Answer
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import UnlockCodeWrong
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import read_digits

SEND_UNLOCK_CODE = "send_unlock_code"
# Crockford's letters, without those that are taken for another; 16 of them hold 80 bits.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAKEN_FOR = str.maketrans("OIL", "011")
_LENGTH = 16


def new_unlock_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def in_groups(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, _LENGTH, 4))


def read_unlock_code(typed: str) -> str:
    """Spaces, dashes, small letters and Persian digits do not matter."""
    return read_digits(typed).upper().translate(_TAKEN_FOR)


class Unlocking:
    """Answers the same, and as fast, for known and unknown ids: the message is sent by the clock process."""

    def __init__(
        self,
        log: EventLog,
        *,
        credentials: Credentials,
        unlock_codes: UnlockCodes,
        devices: KnownDevices,
        messages: Messages,
    ) -> None:
        self._log = log
        self._credentials = credentials
        self._unlock_codes = unlock_codes
        self._devices = devices
        self._messages = messages

    def ask(self, national_id: str, *, cause: Cause, language: str) -> None:
        """Has a code sent, if somebody has that id. Raises InvalidInput for one that nobody can have."""
        identifier = check_sign_in(SignIn(national_id, ""), language)
        credential = self._credentials.find(identifier)
        # A wait about nobody is as much work, and ends with the first look.
        nobody = uuid5(NAMESPACE_URL, f"panjareh:nobody/{secrets.token_hex(16)}")
        subject = credential.person_id if credential else nobody

        def work(unit: UnitOfWork) -> None:
            unit.wait_until(unit.now, SEND_UNLOCK_CODE, subject)

        self._log.run(cause, work)

    def send(self, person_id: UUID, cause: Cause) -> None:
        """Done by the clock process. Raises MessageNotSent: it comes due again.

        At most three codes are good at a time; who asks for more has been sent one within the hour.
        """
        code = new_unlock_code()

        def work(unit: UnitOfWork) -> Person | None:
            unit.done(SEND_UNLOCK_CODE, person_id)
            person = unit.find(Person, person_id)
            if person is None or not person.known or person.died:
                return None
            return person if self._unlock_codes.keep(unit, person_id, code) else None

        with self._log.unit_of_work(cause) as unit:
            person = work(unit)
            if person is not None:
                # Inside the commit: a code that was not sent must not count as one of the three.
                tell(self._messages, person, Channel.SMS, UNLOCK_MESSAGE, code=in_groups(code))

    def use(self, national_id: str, code: str, *, cause: Cause, language: str) -> Answer:
        """`{known_device}`: from here the password may be tried now. Raises UnlockCodeWrong.

        Nothing limits the tries: guessing 80 bits is hopeless, and a limit could be used up by others.
        """
        identifier = check_sign_in(SignIn(national_id, ""), language)
        typed = read_unlock_code(code)

        def work(unit: UnitOfWork) -> str | None:
            person_id = self._unlock_codes.use(unit, identifier, typed)
            if person_id is None:
                raise UnlockCodeWrong()
            # The phone was there, which is more than a password shows.
            return self._devices.remember(
                unit,
                person_id,
                token=None,
                authenticator=Authenticator.PASSWORD_AND_CODE,
                sid=None,
            )

        return {"known_device": self._log.run(cause, work)}
