"""What benchmarks stand on: PostgreSQL and RabbitMQ of their own, databases, and the platform's keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from panjareh_cli.local.postgres import find_binaries
from panjareh_cli.local.servers import LocalServers
from panjareh_common.migrations.run import migrate_database

ROOT = Path(__file__).parents[2]
_PATIENCE = 60.0
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Ground:
    """`seconds`: how long one cell runs. `full`: with the sizes that take long to load."""

    servers: LocalServers
    home: Path
    seconds: float
    full: bool
    _made: list[str] = field(default_factory=list)

    def query(self, statement: str, url: str = "") -> Any:
        """The one value that a statement gives, as the administrator."""
        with psycopg.connect(url or self.servers.database_url, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]

    def change(self, statement: str, url: str) -> None:
        """Does one statement, as the administrator."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def database(self, name: str, service: str | None = None) -> str:
        """The URL of a new database; with the tables of a service, as `migrate` makes them."""
        url = self.servers.database_url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._made.append(name)
        own = url.rpartition("/")[0] + f"/{name}"
        if service:
            migrate_database(own, service, "postgres")
        return own

    def drop_databases(self) -> None:
        """What one benchmark left, so that no vacuum of it disturbs the next."""
        with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
            while self._made:
                name = sql.Identifier(self._made.pop())
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def flushes(self) -> int:
        """How often the write-ahead log was made durable since the server's start."""
        return int(self.query("SELECT wal_sync FROM pg_stat_wal"))

    def insist_on_durability(self) -> None:
        """Raises AssertionError unless a commit here survives a loss of power."""
        for name in _DURABLE:
            assert self.query(f"SHOW {name}") == "on", f"{name} is off"

    def pgbench(self, url: str, script: str, clients: int) -> dict[str, float]:
        """Runs a script of one transaction, prepared, and gives `count`, `rate` and `mean_ms`."""
        file = self.home / "pgbench.sql"
        file.write_text(script, encoding="utf-8")
        threads = min(clients, os.cpu_count() or 1)
        said = subprocess.run(
            [
                str(find_binaries() / "pgbench"),
                *("-n", "-M", "prepared", "-f", str(file)),
                *("-c", str(clients), "-j", str(threads), "-T", str(max(1, round(self.seconds)))),
                url,
            ],
            check=True,
            capture_output=True,
            text=True,
            env={"LC_ALL": "C"},
            timeout=self.seconds + _PATIENCE,
        ).stdout
        figures = {
            name.strip(): value.split()[0]
            for name, _, value in (
                line.partition("=" if "=" in line else ":") for line in said.splitlines()
            )
            if value.strip()
        }
        return {
            "count": float(figures["number of transactions actually processed"].split("/")[0]),
            "rate": float(figures["tps"]),
            "mean_ms": float(figures["latency average"]),
        }


@contextmanager
def ground(seconds: float, full: bool) -> Iterator[Ground]:
    """Servers in a folder of their own; stopped, and the folder gone, at the end."""
    home = Path(tempfile.mkdtemp(prefix="panjareh-bench-"))
    home.chmod(0o755)  # PostgreSQL's own user has to reach its data
    try:
        with LocalServers(home, environ={}) as servers:
            ready = Ground(servers, home, seconds, full)
            ready.insist_on_durability()
            yield ready
    finally:
        shutil.rmtree(home)
