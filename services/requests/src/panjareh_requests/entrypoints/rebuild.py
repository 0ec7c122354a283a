"""Makes a view again from the events while the service runs: `rebuild requests`."""

from __future__ import annotations

import os
import sys

import psycopg

from panjareh_common.following import CannotGoOn
from panjareh_common.projection import PARTS
from panjareh_common.rebuild import Advance, RebuildRuns, RebuildStopped, rebuild
from panjareh_common.settings import owner_database_url
from panjareh_requests.read_model.request_rows import VIEW, RequestRows


def main(arguments: list[str]) -> None:
    if arguments != [VIEW]:
        sys.exit(f"usage: python -m panjareh_requests rebuild {VIEW}")
    workers = min(os.cpu_count() or 1, PARTS)
    try:
        total = rebuild(owner_database_url("requests"), RequestRows(), workers=workers, tell=_tell)
    except RebuildRuns:
        sys.exit("Another rebuild of this view is at work; wait for it.")
    except (RebuildStopped, CannotGoOn) as cause:
        sys.exit(
            f"Not finished: {cause}. What is done is kept; the same command goes on from there."
        )
    except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege) as cause:
        sys.exit(
            f"The database does not let us ({type(cause).__name__}). A rebuild makes a table, so it has "
            "to be told what `migrate` is told: PANJAREH_DATABASE_URL with the administrator's password."
        )
    print(f"{total:,} requests written again")


def _tell(advance: Advance) -> None:
    print(f"{advance.events:,} of about {advance.expected:,} events", flush=True)
