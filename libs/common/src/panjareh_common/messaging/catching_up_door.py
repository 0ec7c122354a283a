"""The operators' door `catch-up`, the same for every service: hear everything from the first event once more."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from panjareh_common.clock import to_wire
from panjareh_common.database import Database
from panjareh_common.messaging.catching_up import begin_again, states
from panjareh_common.messaging.topology import Subscription
from panjareh_common.settings import service_database_url

ALL = "all"


def main(service: str, arguments: list[str]) -> None:
    """Those that are named begin anew; says how far each has come.

    The follower process does the reading, when it runs, and the rpc process the handling.
    """
    # Told by name alone, because the common library knows no service.
    home = importlib.import_module(f"panjareh_{service}.messaging.subscriptions")
    known: dict[str, Subscription] = {each.name: each for each in home.SUBSCRIPTIONS}
    wanted = list(known) if arguments == [ALL] else arguments
    if not set(wanted) <= set(known):
        usage = f"usage: python -m panjareh_{service} catch-up [{ALL}|SUBSCRIPTION …]"
        sys.exit(f"{usage}; subscriptions are {', '.join(known)}")
    database = Database(service_database_url(service), size=1)
    database.open()
    try:
        begin_again(database, wanted)
        found = {state["subscription"]: state for state in states(database, list(known))}
    finally:
        database.close()
    for name, subscription in known.items():
        print(f"{name}, from {subscription.source}: {_said(found.get(name))}")


def _said(state: dict[str, Any] | None) -> str:
    if state is None:
        return "will begin when the follower process starts"
    if state["ended_at"]:
        return f"caught up at {to_wire(state['ended_at'])}; reads its queue"
    return f"catching up, at position {state['position']}"
