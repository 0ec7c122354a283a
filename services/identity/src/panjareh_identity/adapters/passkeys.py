"""The Passkeys port with py_webauthn (W3C Web Authentication, Level 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.domain.authenticator_refusals import PasskeyRefused, PasskeyTaken

_NAME = "Panjareh"
_MILLISECONDS = 180_000  # as long as the challenge is good

_OF_PERSON = "SELECT credential_id FROM passkey WHERE person_id = %s"
_ADD = """
INSERT INTO passkey (credential_id, passkey_id, person_id, public_key, sign_count, added_at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (credential_id) DO NOTHING
"""
_FIND = """
SELECT person_id, public_key, sign_count FROM passkey WHERE credential_id = %s FOR UPDATE
"""
_USED = "UPDATE passkey SET sign_count = %s, used_at = %s WHERE credential_id = %s"
_REMOVE = "DELETE FROM passkey WHERE person_id = %(person)s AND (%(which)s::uuid IS NULL OR passkey_id = %(which)s)"

# What the library makes of a browser's answer that is no answer at all.
_BROKEN = (
    WebAuthnException,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
)


class PostgresPasskeys:
    """`site` is the origin of our own pages; its host is the relying party's id.

    The holder has to be verified by the device (a PIN, a finger, a face): that is the second factor.
    The key has to be one that the device finds by itself, so that nobody has to tell us who they are.
    """

    def __init__(self, keyring: Keyring, site: str) -> None:
        self._keyring = keyring
        parts = urlsplit(site)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._rp_id = parts.hostname or ""

    def registration(
        self, unit: UnitOfWork, person_id: UUID, name: str, challenge: bytes
    ) -> dict[str, Any]:
        known = unit.execute(_OF_PERSON, (person_id,)).fetchall()
        options = webauthn.generate_registration_options(
            rp_id=self._rp_id,
            rp_name=_NAME,
            user_id=person_id.bytes,
            user_name=name,
            challenge=challenge,
            timeout=_MILLISECONDS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=bytes(row["credential_id"])) for row in known
            ],
        )
        return options_to_json_dict(options)

    def request(self, challenge: bytes) -> dict[str, Any]:
        options = webauthn.generate_authentication_options(
            rp_id=self._rp_id,
            challenge=challenge,
            timeout=_MILLISECONDS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    def challenge_of(self, credential: Mapping[str, Any]) -> bytes:
        try:
            told = base64url_to_bytes(credential["response"]["clientDataJSON"])
            if json.loads(told).get("crossOrigin"):
                raise PasskeyRefused()  # a page of ours inside one of somebody else
            return parse_client_data_json(told).challenge
        except _BROKEN as cause:
            raise PasskeyRefused() from cause

    def add(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        passkey_id: UUID,
        credential: Mapping[str, Any],
        challenge: bytes,
    ) -> None:
        try:
            verified = webauthn.verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _BROKEN as cause:
            raise PasskeyRefused() from cause
        key = bytes_to_base64url(verified.credential_public_key)
        box = self._keyring.seal(person_id, key, _context(verified.credential_id))
        row = (verified.credential_id, passkey_id, person_id, box, verified.sign_count, unit.now)
        if unit.execute(_ADD, row).rowcount == 0:
            raise PasskeyTaken()

    def holder(self, unit: UnitOfWork, credential: Mapping[str, Any], challenge: bytes) -> UUID:
        try:
            credential_id = base64url_to_bytes(credential["id"])
            row = unit.execute(_FIND, (credential_id,)).fetchone()
            if row is None:
                raise PasskeyRefused()
            person_id: UUID = row["person_id"]
            key = self._keyring.open(person_id, bytes(row["public_key"]), _context(credential_id))
            handle = credential["response"].get("userHandle")
            if key is None or (handle and base64url_to_bytes(handle) != person_id.bytes):
                raise PasskeyRefused()
            verified = webauthn.verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(key),
                credential_current_sign_count=row["sign_count"],
                require_user_verification=True,
            )
        except _BROKEN as cause:
            raise PasskeyRefused() from cause
        unit.execute(_USED, (verified.new_sign_count, unit.now, credential_id))
        return person_id

    def remove(self, unit: UnitOfWork, person_id: UUID, passkey_id: UUID | None) -> None:
        unit.execute(_REMOVE, {"person": person_id, "which": passkey_id})


def _context(credential_id: bytes) -> str:
    return f"passkey/{credential_id.hex()}"
