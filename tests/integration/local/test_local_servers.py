"""Private PostgreSQL and RabbitMQ: they come up, come back, keep apart, and leave nothing running."""

# kombu ships no types.
# mypy: disable-error-code="no-untyped-call, attr-defined"

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import amqp
import kombu
import psycopg
import pytest

from panjareh_cli.local.faults import AlreadyRunning, LocalFault
from panjareh_cli.local.secrets import AMQP_PASSWORD, DATABASE_PASSWORD
from panjareh_cli.local.servers import LocalServers

MakeHome = Callable[[], Path]


def run_in(home: Path) -> list[str]:
    """The command lines of live processes that work in a folder or were started for it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            where = str((entry / "cwd").readlink())
            told = os.fsdecode((entry / "environ").read_bytes())
            said = os.fsdecode((entry / "cmdline").read_bytes()).replace("\0", " ")
        except OSError:  # it ended while we looked, or is none of ours
            continue
        if str(home) in where or str(home) in told or str(home) in said:
            found.append(said)
    return found


def ask_database(servers: LocalServers, question: str) -> object:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def queue_messages(url: str) -> int:
    """Declare a durable queue; how many messages it holds."""
    with kombu.Connection(url) as connection:
        queue = kombu.Queue("kept", durable=True, channel=connection.default_channel)
        return int(queue.queue_declare().message_count)


def publish(url: str) -> None:
    with kombu.Connection(url, transport_options={"confirm_publish": True}) as connection:
        connection.Producer().publish({"kept": True}, routing_key="kept", delivery_mode=2)


def refuse_the_wrong_password(servers: LocalServers) -> None:
    database = servers.database_url.replace(servers.secrets[DATABASE_PASSWORD], "wrong")
    broker = servers.amqp_url.replace(servers.secrets[AMQP_PASSWORD], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database)
    for url in (broker, broker.replace("panjareh:wrong", "guest:guest")):
        with pytest.raises(amqp.exceptions.AccessRefused):
            kombu.Connection(url).connect()


def test_both_servers_come_up_come_back_and_leave_nothing_running(make_home: MakeHome) -> None:
    home = make_home()
    servers = LocalServers(home, environ={})

    with servers:
        assert ask_database(servers, "SHOW max_connections") == "200"
        assert ask_database(servers, "SHOW fsync") == "on"
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        assert queue_messages(servers.amqp_url) == 0
        publish(servers.amqp_url)
        addresses = (servers.database_url, servers.amqp_url)
        refuse_the_wrong_password(servers)

        servers.private_database().restart("immediate")
        servers.private_broker().restart()

        assert (servers.database_url, servers.amqp_url) == addresses
        assert ask_database(servers, "SELECT count(*) FROM kept") == 1
        assert queue_messages(servers.amqp_url) == 1

    assert run_in(home) == []


def test_two_homes_do_not_meet(make_home: MakeHome) -> None:
    first, second = LocalServers(make_home(), environ={}), LocalServers(make_home(), environ={})

    with first, second:
        with psycopg.connect(first.database_url) as connection:
            connection.execute("CREATE TABLE only_in_the_first (n int)")
        queue_messages(first.amqp_url)
        publish(first.amqp_url)

        assert ask_database(second, "SELECT to_regclass('only_in_the_first')") is None
        assert queue_messages(second.amqp_url) == 0
        second.private_broker().stop()
        assert queue_messages(first.amqp_url) == 1, "one's stop is not the other's"

    assert run_in(first.home) == run_in(second.home) == []


def killed_run(home: Path) -> list[str]:
    """Start both servers in another process and kill it; the addresses they had."""
    code = (
        "import signal, sys\nfrom pathlib import Path\n"
        "from panjareh_cli.local.servers import LocalServers\n"
        "with LocalServers(Path(sys.argv[1]), environ={}) as servers:\n"
        "    print(servers.database_url, servers.amqp_url, flush=True)\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        addresses = run.stdout.readline().decode().split()
        run.kill()
    return addresses


def test_servers_that_a_killed_run_left_behind_are_used_again_or_stopped(
    make_home: MakeHome,
) -> None:
    home = make_home()
    left = killed_run(home)

    began = time.monotonic()
    again = killed_run(home)
    took = time.monotonic() - began
    found = LocalServers(home, environ={}).stop_left_over()

    assert again == left
    assert took < 2, "a broker takes seconds to start: this one ran already"
    assert found
    assert run_in(home) == []


def test_a_folder_in_use_is_refused_to_a_second_user(make_home: MakeHome) -> None:
    home = make_home()
    environ = {
        "PANJAREH_DATABASE_URL": "postgresql://elsewhere/",
        "PANJAREH_AMQP_URL": "amqp://elsewhere/",
    }

    with LocalServers(home, environ), pytest.raises(AlreadyRunning):
        LocalServers(home, environ).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL runs as somebody else")
def test_a_folder_that_postgresql_cannot_reach_is_named(make_home: MakeHome) -> None:
    closed = make_home()
    closed.chmod(0o700)
    servers = LocalServers(closed / "home", environ={"PANJAREH_AMQP_URL": "amqp://elsewhere/"})

    with pytest.raises(LocalFault, match=f"may not enter {closed}"):
        servers.start()


def test_servers_named_from_outside_are_used_and_none_is_started(make_home: MakeHome) -> None:
    home = make_home()
    environ = {
        "PANJAREH_DATABASE_URL": "postgresql://elsewhere/",
        "PANJAREH_AMQP_URL": "amqp://elsewhere/",
    }

    with LocalServers(home, environ) as servers:
        assert servers.database_url == "postgresql://elsewhere/"
        assert servers.amqp_url == "amqp://elsewhere/"
        assert run_in(home) == []
        with pytest.raises(LocalFault, match="not ours to restart"):
            servers.private_broker()
