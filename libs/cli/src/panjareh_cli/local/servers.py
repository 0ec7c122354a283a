"""PostgreSQL and RabbitMQ for one data folder: private ones, or those that the environment names."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import HomeLock, prepare
from panjareh_cli.local.ports import Ports
from panjareh_cli.local.postgres import LocalPostgres
from panjareh_cli.local.processes import Announce
from panjareh_cli.local.rabbitmq import LocalRabbit
from panjareh_cli.local.secrets import AMQP_PASSWORD, DATABASE_PASSWORD, secrets_of


class LocalServers:
    """Both servers, started side by side and stopped together; one user of a folder at a time.

    A server that PANJAREH_DATABASE_URL or PANJAREH_AMQP_URL names is used, never started or
    stopped: then `database` or `broker` is None.
    """

    def __init__(self, home: Path, environ: Mapping[str, str] = os.environ) -> None:
        self.home = home
        self._environ = environ
        self._lock = HomeLock(home)
        self.ports = Ports(home / "ports.json")
        self.secrets: dict[str, str] = {}
        self.database: LocalPostgres | None = None
        self.broker: LocalRabbit | None = None

    @property
    def database_url(self) -> str:
        """The administrator's PostgreSQL URL."""
        return self.database.url if self.database else self._environ["PANJAREH_DATABASE_URL"]

    @property
    def amqp_url(self) -> str:
        return self.broker.url if self.broker else self._environ["PANJAREH_AMQP_URL"]

    def start(self, progress: Announce = lambda text: None) -> None:
        """Take the folder and start both; the broker may still be coming up (`wait_for_broker`)."""
        prepare(self.home)
        self._lock.take()
        try:
            self.secrets = secrets_of(self.home / "secrets.json")
            if not self._environ.get("PANJAREH_AMQP_URL"):
                self.broker = LocalRabbit(self.home, self.ports, self.secrets[AMQP_PASSWORD])
                self.broker.start()  # the slowest of all comes first
            if not self._environ.get("PANJAREH_DATABASE_URL"):
                began = time.monotonic()
                password = self.secrets[DATABASE_PASSWORD]
                self.database = LocalPostgres(self.home, self.ports, password)
                self.database.start()
                progress(f"PostgreSQL is ready ({time.monotonic() - began:.1f} s)")
        except BaseException:
            self.stop()
            raise

    def wait_for_broker(self, progress: Announce = lambda text: None) -> None:
        """Return when the broker answers."""
        if self.broker:
            began = time.monotonic()
            self.broker.wait_until_ready()
            progress(f"RabbitMQ is ready (after {time.monotonic() - began:.1f} s more)")

    def stop(self) -> None:
        """Stop what was started here, and let go of the folder."""
        ends = [server.stop for server in (self.broker, self.database) if server]
        with ThreadPoolExecutor(max_workers=2) as pool:
            endings = [pool.submit(end) for end in ends]
        self._lock.release()
        for ending in endings:
            ending.result()

    def stop_left_over(self) -> bool:
        """Stop servers of this folder that a killed run left behind; whether there were any."""
        prepare(self.home)
        self._lock.take()
        try:
            # Passwords are not needed to stop a server, and none must be made for that.
            self.broker = LocalRabbit(self.home, self.ports, "")
            self.database = LocalPostgres(self.home, self.ports, "")
            found = self.broker.running() or self.database.running_port() is not None
        finally:
            self.stop()
        return found

    def private_broker(self) -> LocalRabbit:
        if self.broker is None:
            raise LocalFault("the broker is not ours to restart: PANJAREH_AMQP_URL names it")
        return self.broker

    def private_database(self) -> LocalPostgres:
        if self.database is None:
            raise LocalFault("the database is not ours to restart: PANJAREH_DATABASE_URL names it")
        return self.database

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_for_broker()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
