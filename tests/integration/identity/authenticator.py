"""A passkey made of software (WebAuthn, Level 3), which can lie in every field."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class SoftPasskey:
    """What it says may be changed before each answer."""

    origin: str = "https://window.test"
    rp_id: str = "window.test"
    flags: int = PRESENT | VERIFIED
    count: int = 1
    handle: bytes | None = None
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """What `navigator.credentials.create()` would give."""
        self.handle = base64.urlsafe_b64decode(options["user"]["id"] + "==")
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        data = self._data(self.flags | ATTESTED) + credential
        made = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer(
            {
                "clientDataJSON": text_of(self._client("webauthn.create", options, client)),
                "attestationObject": text_of(cbor2.dumps(made)),
            }
        )

    def get(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """What `navigator.credentials.get()` would give."""
        told = self._client("webauthn.get", options, client)
        data = self._data(self.flags)
        signed = data + hashlib.sha256(told).digest()
        return self._answer(
            {
                "clientDataJSON": text_of(told),
                "authenticatorData": text_of(data),
                "signature": text_of(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": text_of(self.handle) if self.handle else None,
            }
        )

    def _client(self, kind: str, options: dict[str, Any], changes: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told | {"crossOrigin": False} | changes).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        own = text_of(self.id)
        return {"id": own, "rawId": own, "type": "public-key", "response": response}
