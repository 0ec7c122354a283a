"""Brings the database and queues of catalog up to date."""

from __future__ import annotations

from panjareh_catalog.messaging.subscriptions import SUBSCRIPTIONS
from panjareh_common.migrations.run import migrate


def main(arguments: list[str]) -> None:
    migrate("catalog", SUBSCRIPTIONS)
