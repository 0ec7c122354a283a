"""The Totp port with pyotp: RFC 6238 with SHA-1, six digits and 30 seconds, which every app can do."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

import pyotp

from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.application.authenticator_ports import Seed

_STEP = 30
_ISSUER = "Panjareh"
_ALLOWED = (-1, 0, 1)  # steps: clocks differ, and people type slowly

_BEGIN = """
INSERT INTO totp (person_id, totp_id, seed, last_step, made_at) VALUES (%s, %s, %s, 0, %s)
ON CONFLICT (person_id) DO UPDATE SET totp_id = excluded.totp_id, seed = excluded.seed,
    last_step = 0, made_at = excluded.made_at
WHERE totp.confirmed_at IS NULL
"""
_LOOK = """
SELECT totp_id, seed, last_step FROM totp
WHERE person_id = %s AND (confirmed_at IS NOT NULL) = %s FOR UPDATE
"""
_USED = (
    "UPDATE totp SET last_step = %s, confirmed_at = COALESCE(confirmed_at, %s) WHERE person_id = %s"
)
_HAS = "SELECT 1 FROM totp WHERE person_id = %s AND confirmed_at IS NOT NULL"
_REMOVE = "DELETE FROM totp WHERE person_id = %s"


class PostgresTotp:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def begin(self, unit: UnitOfWork, person_id: UUID, totp_id: UUID, account: str) -> Seed:
        secret = pyotp.random_base32()  # 160 bits, as RFC 4226 recommends
        box = self._keyring.seal(person_id, secret, _context(person_id))
        unit.execute(_BEGIN, (person_id, totp_id, box, unit.now))
        uri = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER)
        return Seed(secret, uri)

    def confirm(self, unit: UnitOfWork, person_id: UUID, code: str) -> UUID | None:
        return self._use(unit, person_id, code, confirmed=False)

    def fits(self, unit: UnitOfWork, person_id: UUID, code: str) -> bool:
        return self._use(unit, person_id, code, confirmed=True) is not None

    def has(self, unit: UnitOfWork, person_id: UUID) -> bool:
        return unit.execute(_HAS, (person_id,)).fetchone() is not None

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))

    def _use(self, unit: UnitOfWork, person_id: UUID, code: str, *, confirmed: bool) -> UUID | None:
        row = unit.execute(_LOOK, (person_id, confirmed)).fetchone()
        if row is None:
            return None
        secret = self._keyring.open(person_id, bytes(row["seed"]), _context(person_id))
        step = secret and _step_of(secret, code, unit.now)
        if step is None or step <= row["last_step"]:
            return None
        unit.execute(_USED, (step, unit.now, person_id))
        which: UUID = row["totp_id"]
        return which


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is; every allowed one is compared, whichever fits."""
    present = int(now.timestamp()) // _STEP
    totp = pyotp.TOTP(secret)
    found = None
    for step in (present + apart for apart in _ALLOWED):
        if hmac.compare_digest(totp.at(step * _STEP).encode(), code.encode()):
            found = step
    return found


def _context(person_id: UUID) -> str:
    return f"totp/{person_id}"
