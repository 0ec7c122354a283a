"""Brings the database and queues of identity up to date, and forgets again whom a restore brought back."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from panjareh_common.event_store import Cause
from panjareh_common.migrations.run import migrate
from panjareh_common.refusals import NotFound
from panjareh_identity.messaging.subscriptions import SUBSCRIPTIONS
from panjareh_identity.wiring import wire

_CAUSE = Cause(actor="identity", role="service", channel="platform", cause="restore")


def main(arguments: list[str]) -> None:
    migrate("identity", SUBSCRIPTIONS, forget=forget)


def forget(person_ids: Iterable[UUID]) -> None:
    """What a restore brings back beside keys: how they sign in, and a history in which nobody was erased."""
    wiring = wire()
    wiring.foundation.open_databases()
    for person_id in person_ids:
        try:
            wiring.people.erase(person_id, cause=_CAUSE)
        except NotFound:
            continue  # the copy is older than the person
    wiring.foundation.close_databases()
