"""Brings the database and queues of feedback up to date."""

from __future__ import annotations

from panjareh_common.migrations.run import migrate
from panjareh_feedback.messaging.subscriptions import SUBSCRIPTIONS


def main(arguments: list[str]) -> None:
    migrate("feedback", SUBSCRIPTIONS)
