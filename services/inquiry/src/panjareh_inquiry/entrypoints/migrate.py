"""Brings the database and queues of the exchange up to date."""

from __future__ import annotations

from panjareh_common.migrations.run import migrate
from panjareh_inquiry.messaging.subscriptions import SUBSCRIPTIONS


def main(arguments: list[str]) -> None:
    migrate("inquiry", SUBSCRIPTIONS)
