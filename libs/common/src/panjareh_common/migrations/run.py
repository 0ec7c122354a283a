"""Brings one service's database and queues up to date. Safe to repeat, and beside a running older version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.resources import files
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
import structlog
from psycopg import sql

from panjareh_common.database import wait_for_database
from panjareh_common.erasure import Ledger, brought_back, erase_again, ledger_of
from panjareh_common.messaging.rabbit import connect, wait_for_broker
from panjareh_common.messaging.topology import Subscription, declare
from panjareh_common.settings import (
    AMQP_URL,
    DATABASE_URL,
    ERASURES_DIR,
    Settings,
    service_database_url,
)

log = structlog.get_logger(__name__)

_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    component  text        NOT NULL,
    number     integer     NOT NULL,
    checksum   bytea       NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (component, number)
)
"""


# Positions are made of transaction ids (docs/decisions/0003); the newest must lie below the next.
_RAISE_OFFSET = """
UPDATE log_offset SET value = (newest.position >> 16) + 1 - pg_current_xact_id()::text::bigint
FROM (SELECT COALESCE(max(position), 0) AS position FROM event) AS newest
WHERE (newest.position >> 16) >= pg_current_xact_id()::text::bigint + log_offset.value
RETURNING value
"""

_ADMIN = replace(DATABASE_URL, default="")  # where each service has an own URL, there may be none


class MigrationChanged(Exception):
    """A migration that was applied before now has another text. Write a new one instead."""


def migrate(
    service: str,
    subscriptions: Iterable[Subscription],
    *,
    forget: Callable[[Sequence[UUID]], None] = lambda _: None,
) -> None:
    """Makes database and role where they are missing, applies what is new, declares queues.

    Persons whom the ledger of erasures names and this database does not know as erased (it is an
    older copy) are erased again: `forget` does what the service needs for it beside their keys.
    """
    url = service_database_url(service)
    settings = Settings(AMQP_URL, ERASURES_DIR, _ADMIN)
    admin = settings[_ADMIN]
    role = urlsplit(url).username or ""
    wait_for_database(admin or url)
    if admin:
        _make_role_and_database(admin, url)
        own = urlsplit(admin)
        url = urlunsplit((own.scheme, own.netloc, urlsplit(url).path, own.query, ""))
    migrate_database(url, service, role)
    _erase_again(url, ledger_of(service, settings[ERASURES_DIR]), forget)
    wait_for_broker(settings[AMQP_URL])
    with connect(settings[AMQP_URL]) as connection:
        declare(connection, service, subscriptions)
    log.info("queues_declared")


def _erase_again(url: str, ledger: Ledger, forget: Callable[[Sequence[UUID]], None]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        back = brought_back(connection, ledger.ids())
        if back:
            forget(back)
            erase_again(connection, back)
            log.warning("erased_again", persons=len(back))


def migrate_database(url: str, service: str, role: str) -> None:
    """Applies the migrations of the common library and of the service that are new, each in a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('migrate', 0))")
        connection.execute(_LEDGER)
        applied = {
            (row[0], row[1]): bytes(row[2])
            for row in connection.execute("SELECT component, number, checksum FROM migration")
        }
        for component in dict.fromkeys(("common", service)):
            for number, text in _migrations(component):
                _apply(connection, applied, component, number, text)
        _raise_offset(connection)
        _grant(connection, role)


def _migrations(component: str) -> list[tuple[int, str]]:
    folder = files(f"panjareh_{component}").joinpath("migrations")
    found = (
        [file for file in folder.iterdir() if file.name.endswith(".sql")] if folder.is_dir() else []
    )
    return sorted((int(file.name[:4]), file.read_text(encoding="utf-8")) for file in found)


def _apply(
    connection: psycopg.Connection[tuple[object, ...]],
    applied: dict[tuple[str, int], bytes],
    component: str,
    number: int,
    text: str,
) -> None:
    checksum = hashlib.sha256(text.encode()).digest()
    known = applied.get((component, number))
    if known == checksum:
        return
    if known is not None:
        raise MigrationChanged(f"{component} {number:04d}")
    with connection.transaction():
        connection.execute(text.encode())
        connection.execute(
            "INSERT INTO migration (component, number, checksum) VALUES (%s, %s, %s)",
            (component, number, checksum),
        )
    log.info("migrated", component=component, number=number)


def _raise_offset(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """After a logical restore into a cluster that has counted fewer transactions, positions must go on growing."""
    raised = connection.execute(_RAISE_OFFSET).fetchone()
    if raised:
        log.warning("positions_moved", offset=raised[0])


def _make_role_and_database(admin: str, url: str) -> None:
    wanted = urlsplit(url)
    role, name = wanted.username or "", wanted.path.removeprefix("/")
    with psycopg.connect(admin, autocommit=True) as connection:
        # Several services migrate at once; roles and databases belong to the whole cluster.
        connection.execute("SELECT pg_advisory_lock(hashtextextended('make databases', 0))")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        make = sql.SQL("ALTER ROLE {}" if known else "CREATE ROLE {}")
        connection.execute(
            sql.SQL("{} LOGIN PASSWORD {}").format(
                make.format(sql.Identifier(role)), sql.Literal(wanted.password or "")
            )
        )
        # A forgotten transaction would hold back every follower of the cluster.
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = '10s'").format(
                    sql.Identifier(role), sql.Identifier(limit)
                )
            )
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (name,)
        ).fetchone()
        if not known:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(name)
                )
            )
            connection.execute(
                sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
            )
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(name), sql.Identifier(role)
            )
        )


def _grant(connection: psycopg.Connection[tuple[object, ...]], role: str) -> None:
    """The service's role may read and write rows, and may only add to the event log and its tree."""
    owner = connection.execute("SELECT current_user = %s", (role,)).fetchone()
    if owner and owner[0]:
        return
    name = sql.Identifier(role)
    connection.execute(
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(
            name
        )
    )
    connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
    # A partition is a table of its own, with rights of its own.
    found = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass"
    ).fetchall()
    parts = [str(row[0]) for row in found]
    for table in ("event", "tree_leaf", "tree_node", "tree_stamp", "log_offset", *parts):
        connection.execute(
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                sql.Identifier(table), name
            )
        )
    # Its processes wait for what they need; they make none of it.
    connection.execute(sql.SQL("REVOKE ALL ON migration FROM {}").format(name))
    connection.execute(sql.SQL("GRANT SELECT (component, number) ON migration TO {}").format(name))
