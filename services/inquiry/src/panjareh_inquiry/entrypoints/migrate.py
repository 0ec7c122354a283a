"""Brings the database and queues of the exchange up to date. It listens to no events yet."""

from __future__ import annotations

from panjareh_common.migrations.run import migrate


def main(arguments: list[str]) -> None:
    migrate("inquiry", ())
