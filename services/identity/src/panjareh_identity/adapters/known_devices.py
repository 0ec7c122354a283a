"""The KnownDevices port in SQL; a device's secret is kept as a keyed hash."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.application.authenticator_ports import KnownDevice
from panjareh_identity.domain.assurance import Authenticator

_LIFETIME = timedelta(days=365)
_MOST_WRONG = 10
_MOST_DEVICES = 20

_COLUMNS = "device_hash, person_id, authenticator"
_FIND = f"""
SELECT {_COLUMNS} FROM known_device
WHERE device_hash = %s AND subject = %s AND expires_at > %s AND wrong < {_MOST_WRONG}
"""
_OF_TOKEN = f"""
SELECT {_COLUMNS} FROM known_device
WHERE device_hash = %s AND person_id = %s AND expires_at > now() AND wrong < {_MOST_WRONG}
"""
_OF_SESSION = f"""
SELECT {_COLUMNS} FROM known_device
WHERE sid = %s AND person_id = %s AND wrong < {_MOST_WRONG}
"""
_TAKE = f"""
UPDATE known_device SET wrong = wrong + 1 WHERE device_hash = %s AND wrong < {_MOST_WRONG}
"""
_RIGHT = "UPDATE known_device SET wrong = 0 WHERE device_hash = %s"
_AGAIN = f"""
UPDATE known_device SET sid = %(sid)s, used_at = %(now)s, expires_at = %(until)s,
    authenticator = GREATEST(authenticator, %(authenticator)s)
WHERE device_hash = %(device)s AND person_id = %(person)s AND expires_at > %(now)s
    AND wrong < {_MOST_WRONG}
"""
_NEW = """
INSERT INTO known_device
    (device_hash, subject, person_id, authenticator, wrong, sid, used_at, expires_at)
SELECT %(device)s, national_id_hash, person_id, %(authenticator)s, 0, %(sid)s, %(now)s, %(until)s
FROM credential WHERE person_id = %(person)s
"""
# Those on which no second factor was right go first: who has seen the password must not push the
# owner's devices out with their own.
_OLDEST = f"""
DELETE FROM known_device WHERE person_id = %(person)s AND (expires_at <= %(now)s OR device_hash IN (
    SELECT device_hash FROM known_device WHERE person_id = %(person)s
    ORDER BY authenticator > {int(Authenticator.PASSWORD)} DESC, used_at DESC OFFSET {_MOST_DEVICES}))
"""
_RAISED = """
UPDATE known_device SET authenticator = GREATEST(authenticator, %s) WHERE sid = %s
"""
_FORGET = "DELETE FROM known_device WHERE person_id = %s AND (sid IS DISTINCT FROM %s)"
_FORGET_ALL = "DELETE FROM known_device WHERE person_id = %s"


class PostgresKnownDevices:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def find(self, token: str | None, identifier: str, now: datetime) -> KnownDevice | None:
        subject = self._keyring.lookup("national_id", identifier)
        return self._one(_FIND, (self._hash(token or ""), subject, now))

    def of_token(self, token: str | None, person_id: UUID) -> KnownDevice | None:
        return self._one(_OF_TOKEN, (self._hash(token or ""), person_id))

    def of_session(self, sid: str | None, person_id: UUID) -> KnownDevice | None:
        return self._one(_OF_SESSION, (sid, person_id))

    def take(self, device: KnownDevice) -> bool:
        with self._database.connection() as connection:
            return connection.execute(_TAKE, (device.device_hash,)).rowcount == 1

    def right(self, device: KnownDevice) -> None:
        with self._database.connection() as connection:
            connection.execute(_RIGHT, (device.device_hash,))

    def remember(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        *,
        token: str | None,
        authenticator: Authenticator,
        sid: str | None,
    ) -> str | None:
        row: dict[str, Any] = {
            "device": self._hash(token or ""),
            "person": person_id,
            "authenticator": int(authenticator),
            "sid": sid,
            "now": unit.now,
            "until": unit.now + _LIFETIME,
        }
        if unit.execute(_AGAIN, row).rowcount == 1:
            return None
        # Made by us, never taken from the device: nobody can put a secret there that they know.
        new = secrets.token_urlsafe(32)
        if unit.execute(_NEW, row | {"device": self._hash(new)}).rowcount == 0:
            return None
        unit.execute(_OLDEST, row)
        return new

    def raised(self, unit: UnitOfWork, sid: str, authenticator: Authenticator) -> None:
        unit.execute(_RAISED, (int(authenticator), sid))

    def forget_all(self, unit: UnitOfWork, person_id: UUID, *, keep: str | None = None) -> None:
        if keep is None:
            unit.execute(_FORGET_ALL, (person_id,))
        else:
            unit.execute(_FORGET, (person_id, keep))

    def _one(self, query: str, parameters: tuple[Any, ...]) -> KnownDevice | None:
        with self._database.connection() as connection:
            row = connection.execute(query, parameters).fetchone()
        return _device(row) if row else None

    def _hash(self, token: str) -> bytes:
        return self._keyring.lookup("known_device", token)


def _device(row: Mapping[str, Any]) -> KnownDevice:
    return KnownDevice(
        bytes(row["device_hash"]), row["person_id"], Authenticator(row["authenticator"])
    )
