"""Doors of real processes: they wait for what is not there yet, and no outage makes them look dead."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from panjareh_cli.local.servers import LocalServers
from tests.conftest import outside_environment
from tests.people import until

NAMES = ("rpc", "follower", "clock", "http")
WAITS_FOR_MIGRATE = {"start": "waits for migrate"}
ALIVE = (200, {"status": "alive", "stuck": {}})


class Process:
    """One process with a door."""

    def __init__(self, servers: LocalServers, name: str) -> None:
        service = "gateway" if name == "http" else "requests"
        self.port = _free_port()
        self.log = servers.home / f"{name}.{self.port}.log"
        env = environment(servers) | {
            "PANJAREH_HEALTH_PORT": str(self.port),
            "PANJAREH_HTTP_PORT": str(_free_port()),
        }
        with self.log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"panjareh_{service}", name],
                env=env,
                stdout=log,
                stderr=log,
            )

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 while nobody answers."""
        assert self._process.poll() is None, self.log.read_text("utf-8")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        with suppress(OSError, HTTPException):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        return 0, "{}"

    def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        status, body = self.get(path)
        return status, json.loads(body)

    def checks(self) -> dict[str, str]:
        found: dict[str, str] = self.ask("/readyz")[1].get("checks", {})
        return found

    def until_ready(self) -> None:
        until(lambda: self.ask("/readyz"), lambda said: said[0] == 200, seconds=90)

    def end(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)


def environment(servers: LocalServers) -> dict[str, str]:
    return {
        **outside_environment(),
        **servers.secrets,
        "PANJAREH_DATABASE_URL": servers.database_url,
        "PANJAREH_AMQP_URL": servers.amqp_url,
        "PANJAREH_WINDOW_URL": "http://localhost:9",
        "PANJAREH_ISSUER_URL": "http://localhost:9/id",
    }


def migrate(servers: LocalServers) -> None:
    subprocess.run(
        [sys.executable, "-m", "panjareh_requests", "migrate"],
        env=environment(servers),
        check=True,
        timeout=120,
        capture_output=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def own_servers() -> Iterator[LocalServers]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-health-"))
    home.chmod(0o755)  # PostgreSQL's own user has to reach its data
    with LocalServers(home, environ={}) as servers:
        yield servers
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def processes(own_servers: LocalServers) -> Iterator[dict[str, Process]]:
    """One of each kind, started before there is a database or a queue."""
    started = {name: Process(own_servers, name) for name in NAMES}
    for name in ("rpc", "follower", "clock"):
        until(started[name].checks, lambda said: said == WAITS_FOR_MIGRATE, seconds=60)
        assert started[name].ask("/livez") == ALIVE
    yield started
    for name, process in started.items():
        assert process.end() == 0, name


@pytest.mark.timeout(300)
def test_processes_wait_for_what_is_not_there_and_outlive_an_outage(
    own_servers: LocalServers, processes: dict[str, Process]
) -> None:
    # A gateway has no database; it is there at once, though no service is.
    processes["http"].until_ready()
    # Who only waits is told to end, and ends.
    impatient = Process(own_servers, "clock")
    until(impatient.checks, lambda said: said == WAITS_FOR_MIGRATE, seconds=60)
    until(lambda: impatient.log.read_text("utf-8"), lambda log: '"waits_at_start"' in log)
    assert impatient.end() == 0

    migrate(own_servers)

    for process in processes.values():
        process.until_ready()
    assert "panjareh_follower_active" in processes["follower"].get("/metrics")[1]
    assert "panjareh_due_lag_seconds" in processes["clock"].get("/metrics")[1]
    assert "panjareh_requests_open" not in processes["rpc"].get("/metrics")[1]

    broker = own_servers.private_broker()
    broker.kill()
    reasons = {
        "rpc": ("consumer of rpc-requests", "not attached"),
        "follower": ("broker", "away"),
        "clock": ("broker", "away"),
    }
    for name, (check, reason) in reasons.items():
        until(
            processes[name].checks,
            lambda said, check=check, reason=reason: said.get(check) == reason,
            seconds=60,
        )
        assert processes[name].ask("/readyz")[0] == 503
        assert processes[name].ask("/livez") == ALIVE
    late = Process(own_servers, "rpc")
    until(late.checks, lambda said: said == {"start": "waits for the broker"}, seconds=60)
    assert late.ask("/livez") == ALIVE
    # A gateway that served goes on and says itself what is wrong; one that never could has to wait.
    assert processes["http"].ask("/readyz") == (
        200,
        {"status": "ready", "checks": {"broker": "ok"}},
    )
    late_gateway = Process(own_servers, "http")
    until(late_gateway.checks, lambda said: said == {"broker": "away"}, seconds=60)
    broker.start()
    broker.wait_until_ready()

    for process in (*processes.values(), late, late_gateway):
        process.until_ready()
    assert (late.end(), late_gateway.end()) == (0, 0)


@pytest.mark.timeout(300)
def test_a_database_that_is_away_makes_nobody_look_dead(
    own_servers: LocalServers, processes: dict[str, Process]
) -> None:
    migrate(own_servers)
    for process in processes.values():
        process.until_ready()
    database = own_servers.private_database()

    database.stop()

    for name in ("rpc", "follower", "clock"):
        until(processes[name].checks, lambda said: said.get("database") == "away", seconds=60)
        assert processes[name].ask("/livez") == ALIVE
    assert processes["http"].ask("/readyz")[0] == 200
    database.start()
    for process in processes.values():
        process.until_ready()
