"""RPC bodies sealed for the receiving service, so that no queue holds personal data in the clear (design rule 8)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class NotForUs(Exception):
    """A body that does not open: sealed for another service or method, or changed on the way."""


class Transport:
    """Seals and opens bodies. `keys` maps a service to its transport key of 32 bytes."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {service: AESGCM(key) for service, key in keys.items()}

    def seal(self, service: str, body: Any, context: str) -> bytes:
        """JSON body for (or from) a service; opens only under the same context. Raises KeyError for a service without a key."""
        nonce = os.urandom(_NONCE)
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return nonce + self._ciphers[service].encrypt(nonce, text.encode(), context.encode())

    def open(self, service: str, sealed: bytes, context: str) -> Any:
        """Raises NotForUs."""
        try:
            text = self._ciphers[service].decrypt(
                sealed[:_NONCE], sealed[_NONCE:], context.encode()
            )
        except (InvalidTag, ValueError) as cause:  # ValueError: too short to hold a nonce
            raise NotForUs(context) from cause
        return json.loads(text)
