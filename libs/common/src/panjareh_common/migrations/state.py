"""Whether a database is as this version needs it. `migrate` is what makes it so; nobody else may."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import psycopg

from panjareh_common.database import Database

_LOOK_SECONDS = 2.0
_APPLIED = "SELECT component, number FROM migration"


def not_migrated(database: Database, service: str) -> str | None:
    """What `migrate` has yet to do; None when nothing of this version is missing.

    A newer database will do: its migrations are such that the version before can work with it (decision
    0017). Raises Unavailable when the server cannot be reached.
    """
    try:
        applied = set(database.fetch(_APPLIED, seconds=_LOOK_SECONDS))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return "not migrated"  # at all, or by a version that told nobody
    missing: list[tuple[str, int]] = sorted(_needed(service) - applied)
    return f"not migrated: {missing[0][0]} {missing[0][1]:04d}" if missing else None


@cache
def _needed(service: str) -> frozenset[tuple[str, int]]:
    return frozenset(
        (component, int(file.name[:4]))
        for component in ("common", service)
        if (folder := files(f"panjareh_{component}").joinpath("migrations")).is_dir()
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )
