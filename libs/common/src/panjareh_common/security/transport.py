"""RPC bodies sealed for the receiving service, so that no queue holds personal data in the clear (design rule 8)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class NotForUs(Exception):
    """A body that does not open: sealed for another service or method, or changed on the way."""


class Transport:
    """Seals and opens bodies. `keys` maps a service to its transport key of 32 bytes."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {service: AESGCM(key) for service, key in keys.items()}

    def knows(self, service: str) -> bool:
        """Whether there is a key to write to that service and to read what it answers."""
        return service in self._ciphers

    def seal(self, service: str, body: bytes, context: str) -> bytes:
        """A body for (or from) a service; opens only under the same context. Raises KeyError for a service without a key."""
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[service].encrypt(nonce, body, context.encode())

    def open(self, service: str, sealed: bytes, context: str) -> bytes:
        """Raises NotForUs."""
        try:
            return self._ciphers[service].decrypt(
                sealed[:_NONCE], sealed[_NONCE:], context.encode()
            )
        except (InvalidTag, ValueError) as cause:  # ValueError: too short to hold a nonce
            raise NotForUs(context) from cause
