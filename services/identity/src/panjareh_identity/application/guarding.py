"""Keeps guessers from guessing, without letting them keep the owner out (decision 0019).

Who guesses comes from somewhere unknown, and all unknown places together have a hundred tries about
one person. The owner's own devices do not share in that; and who has none has ways in that take no
guessing, which nobody else can use up: a passkey, a card, an unlock code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panjareh_identity.application.authenticator_ports import Guesses, KnownDevice, KnownDevices
from panjareh_identity.application.origin import Origin
from panjareh_identity.application.ports import Limit, Throttle
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import TooManyGuesses

MOST_GUESSES = 100
"""NIST SP 800-63B-4, section 3.2.2: consecutive wrong tries, then more has to be proved."""

PASSWORD_TRIES = Limit("password", most=5, wait=timedelta(seconds=60))
# For one address, whoever is tried from there. Many people may share one (carrier-grade NAT).
ADDRESS_TRIES = Limit("address", most=200, wait=timedelta(minutes=10))
PASSWORD, CODE = "password", "code"


@dataclass(frozen=True)
class Try:
    """One try that was counted as wrong before it was made."""

    kind: str
    identifier: str
    network: str | None = None
    device: KnownDevice | None = None


class Guard:
    """`take` before a try; `right` after one that was."""

    def __init__(self, throttle: Throttle, guesses: Guesses, devices: KnownDevices) -> None:
        self._throttle = throttle
        self._guesses = guesses
        self._devices = devices

    def take_password(self, identifier: str, origin: Origin, now: datetime) -> Try:
        """Raises TooManyTries, TooManyGuesses: both the same whether the person exists or not."""
        device = self._devices.find(origin.known_device, identifier, now)
        if device is not None and self._devices.take(device):
            return Try(PASSWORD, identifier, device=device)
        network = origin.network
        if network is not None:
            self._throttle.take(ADDRESS_TRIES, network, now)
        self._throttle.take(PASSWORD_TRIES, _at(identifier, network), now)
        if not self._guesses.take(PASSWORD, identifier, now):
            raise TooManyGuesses()
        return Try(PASSWORD, identifier, network)

    def take_code(self, identifier: str, device: KnownDevice | None, now: datetime) -> Try:
        """A code, of somebody who has shown the password. Raises TooManyGuesses.

        Only a device on which a second factor was right before is spared: the password alone says
        nothing about who guesses codes.
        """
        trusted = device is not None and device.authenticator > Authenticator.PASSWORD
        if device is not None and trusted and self._devices.take(device):
            return Try(CODE, identifier, device=device)
        if not self._guesses.take(CODE, identifier, now):
            raise TooManyGuesses()
        return Try(CODE, identifier)

    def right(self, made: Try) -> None:
        if made.device is not None:
            self._devices.right(made.device)
            return
        self._guesses.give_back(made.kind, made.identifier)
        if made.kind == PASSWORD:
            self._throttle.clear(PASSWORD_TRIES, _at(made.identifier, made.network))
            if made.network is not None:
                # One back, not all: otherwise a guesser with an account of their own would begin anew.
                self._throttle.give_back(ADDRESS_TRIES, made.network)


def _at(identifier: str, network: str | None) -> str:
    return f"{identifier}\0{network or ''}"
