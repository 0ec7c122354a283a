"""A private RabbitMQ node in the data folder, with ports, name, cookie and user of its own."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import write_private
from panjareh_cli.local.ports import LOOPBACK, Ports, is_free
from panjareh_cli.local.system import belongs, pids_with, read_pid, signal_and_wait, tail

USER = "panjareh"
# Debian's /usr/sbin/rabbitmq-server changes user and insists on /var/lib; the script behind it does not.
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
AMQP_HEADER = b"AMQP\x00\x00\x09\x01"

INSTALL = (
    "install it (Debian, Ubuntu: apt-get install --no-install-recommends rabbitmq-server) "
    "or name a running broker with PANJAREH_AMQP_URL"
)


def find_program(name: str, *usual: Path) -> str:
    for path in usual:
        if os.access(path, os.X_OK):
            return str(path)
    found = shutil.which(name)
    if found is None:
        raise LocalFault(f"{name} is not installed here: {INSTALL}")
    return found


def answers(port: int) -> bool:
    """Whether a broker there speaks AMQP 0-9-1: it opens the port last, when all else is up."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(AMQP_HEADER)
            return connection.recv(1) == b"\x01"  # a method frame: connection.start
    except OSError:
        return False


class LocalRabbit:
    """One node under `home/rabbitmq`, with its own epmd, reachable only from this machine.

    `start` returns at once, because a node takes seconds; `wait_until_ready` waits for it.
    A node that already runs from this folder is used as it is, and stopped with the rest.
    """

    def __init__(self, home: Path, ports: Ports, password: str) -> None:
        self.folder = home / "rabbitmq"
        self._mnesia = self.folder / "mnesia"
        self._pid_file = self.folder / "rabbit.pid"
        self._out = self.folder / "server.log"
        self._ports = ports
        self._password = password
        self._port: int | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The AMQP URL with user and password. Raises LocalFault before `start`."""
        if self._port is None:
            raise LocalFault("RabbitMQ has not been started")
        return f"amqp://{USER}:{quote(self._password, safe='')}@{LOOPBACK}:{self._port}//"

    def start(self) -> None:
        """Begin to start the node, unless one already runs from this folder."""
        kept = self._ports.kept("amqp")
        if self._running_pid() is not None and kept is not None:
            self._port = kept
            return
        self._stop_epmd()  # one that a killed run left behind
        for part in (self.folder, self._mnesia, self.folder / "log", self.folder / "home"):
            part.mkdir(mode=0o700, exist_ok=True)
        self._port = self._ports.free("amqp")
        epmd_port = self._ports.free("epmd")
        distribution_port = self._ports.free("erlang_distribution")
        self._write_settings()
        environment = self._environment(epmd_port, distribution_port)
        self._pid_file.unlink(missing_ok=True)
        # Ours from the start, so that stopping it takes a process id and not a search.
        self._epmd = self._spawn(
            [
                find_program("epmd", Path("/usr/bin/epmd"), Path("/usr/lib/erlang/bin/epmd")),
                *("-port", str(epmd_port), "-address", LOOPBACK),
            ],
            environment,
        )
        self._wait_for_epmd(epmd_port)
        self._server = self._spawn([find_program("rabbitmq-server", SERVER)], environment)

    def wait_until_ready(self, timeout: float = 90) -> None:
        """Return when the broker answers. Raises LocalFault with its last words when it does not."""
        if self._port is None:
            raise LocalFault("RabbitMQ has not been started")
        deadline = time.monotonic() + timeout
        while not answers(self._port):
            if self._server is not None and self._server.poll() is not None:
                raise LocalFault(f"RabbitMQ ended while starting; it said:\n{tail(self._out)}")
            if time.monotonic() > deadline:
                raise LocalFault(
                    f"RabbitMQ did not answer within {timeout:.0f} s; it said:\n{tail(self._out)}"
                )
            time.sleep(0.05)  # a port opening cannot be waited for, only asked about

    def stop(self, timeout: float = 30) -> None:
        """End the node cleanly, then its epmd. A node that will not end in time is killed."""
        self._end_node(signal.SIGTERM, timeout)
        self._stop_epmd()

    def kill(self) -> None:
        """End the node as a power cut would."""
        self._end_node(signal.SIGKILL, 10)
        self._stop_epmd()

    def restart(self) -> None:
        """Stop, start on the same port, and return when the broker answers again."""
        self.stop()
        self.start()
        self.wait_until_ready()

    def running(self) -> bool:
        """Whether a node runs from this folder now."""
        return self._running_pid() is not None

    def _running_pid(self) -> int | None:
        pid = read_pid(self._pid_file)
        if pid is None or not self._is_ours(pid):
            return None
        return pid

    def _is_ours(self, pid: int) -> bool:
        return belongs(pid, "RABBITMQ_MNESIA_BASE", str(self._mnesia))

    def _end_node(self, number: signal.Signals, timeout: float) -> None:
        pid = self._running_pid()
        if pid is not None and not signal_and_wait(pid, number, timeout):
            signal_and_wait(pid, signal.SIGKILL, 10)
        # A node that was still booting has no pid file yet; its whole session is ours.
        if self._server is not None:
            if pid is None and self._server.poll() is None:
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait(10)
            self._server = None
        self._pid_file.unlink(missing_ok=True)

    def _stop_epmd(self) -> None:
        if self._epmd is not None:
            self._epmd.terminate()
            self._epmd.wait(10)
            self._epmd = None
        # A run that was killed left processes whose ids died with it.
        for pid in pids_with("RABBITMQ_MNESIA_BASE", str(self._mnesia)):
            signal_and_wait(pid, signal.SIGTERM, 10)

    def _wait_for_epmd(self, port: int) -> None:
        deadline = time.monotonic() + 10
        while is_free(port):
            if self._epmd is None or self._epmd.poll() is not None or time.monotonic() > deadline:
                raise LocalFault(f"Erlang's epmd did not start; it said:\n{tail(self._out)}")
            time.sleep(0.01)

    def _spawn(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._out.open("ab") as sink:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _write_settings(self) -> None:
        self._out.unlink(missing_ok=True)
        write_private(
            self.folder / "rabbitmq.conf",
            f"listeners.tcp.1 = {LOOPBACK}:{self._port}\n"
            f"default_user = {USER}\n"
            f"default_pass = {self._password}\n"
            "log.console = false\n"
            "log.file.level = info\n",
        )
        write_private(self.folder / "enabled_plugins", "[].\n")
        cookie = self.folder / "home" / ".erlang.cookie"
        if not cookie.exists():
            write_private(cookie, secrets.token_hex(16))
            cookie.chmod(0o400)  # Erlang refuses a cookie that others may read

    def _environment(self, epmd_port: int, distribution_port: int) -> dict[str, str]:
        folder = self.folder
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder / "home"),
            # Files that are not there: the system's own settings must not reach this node.
            "RABBITMQ_CONF_ENV_FILE": str(folder / "no-environment.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "no-advanced.config"),
            "RABBITMQ_CONFIG_FILES": str(folder / "no-conf.d"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_NODENAME": f"panjareh-{digest}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self._mnesia),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_PID_FILE": str(self._pid_file),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
            "ERL_EPMD_PORT": str(epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP": str(folder / "log" / "erl_crash.dump"),
        }
