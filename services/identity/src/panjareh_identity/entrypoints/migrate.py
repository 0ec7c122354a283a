"""Brings the database and queues of identity up to date."""

from __future__ import annotations

from panjareh_common.migrations.run import migrate
from panjareh_identity.messaging.subscriptions import SUBSCRIPTIONS


def main(arguments: list[str]) -> None:
    migrate("identity", SUBSCRIPTIONS)
