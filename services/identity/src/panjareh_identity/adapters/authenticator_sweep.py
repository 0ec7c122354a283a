"""Takes away what has run out of how people sign in; nothing depends on when."""

from __future__ import annotations

from datetime import datetime

from panjareh_common.database import Database

# `one_time_code` is of the version before; the table goes with the next release.
_RUN_OUT = ("pending_code", "one_time_code", "challenge", "unlock_code", "known_device")
# Known and unknown ids alike: a difference would tell who exists. The years and days are decision 0019's.
_QUIET = (
    "DELETE FROM guess WHERE tried_at < %s::timestamptz - interval '1 year'",
    "DELETE FROM throttle WHERE tried_at < %s::timestamptz - interval '1 day'",
)
_NEVER_CONFIRMED = "DELETE FROM totp WHERE confirmed_at IS NULL AND made_at < %s - interval '1 day'"


class AuthenticatorSweep:
    def __init__(self, database: Database) -> None:
        self._database = database

    def sweep(self, now: datetime) -> int:
        """How many rows that was."""
        with self._database.connection() as connection:
            gone = sum(
                connection.execute(f"DELETE FROM {table} WHERE expires_at <= %s", (now,)).rowcount
                for table in _RUN_OUT
            )
            for statement in (*_QUIET, _NEVER_CONFIRMED):
                gone += connection.execute(statement, (now,)).rowcount
            return gone
