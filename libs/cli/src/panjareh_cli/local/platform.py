"""The whole platform on this machine: servers, migrations, seed, processes, in the fastest safe order."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from panjareh_cli.local import plan
from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home, read_json, write_private
from panjareh_cli.local.plan import Door, Program
from panjareh_cli.local.ports import LOOPBACK, is_free, next_free
from panjareh_cli.local.postgres import Mode
from panjareh_cli.local.processes import Announce, OneShot, Supervised
from panjareh_cli.local.secrets import AMQP_PASSWORD, DATABASE_PASSWORD, PAYMENT_SECRET, SIGNERS
from panjareh_cli.local.servers import LocalServers
from panjareh_cli.local.system import allow

__all__ = ["Platform", "find_home", "load_environment"]

USUAL_PORT = 8080
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never a default
# A share is told from twenty probes on: whoever tries the platform is not to wait so many minutes for one.
PROBE_SECONDS = "5"
# Held by one service and told to no other. A transport key is shared by all who call the service.
SANDBOX_PAYMENT_SECRET = "PANJAREH_SANDBOX_PAYMENT_SECRET"  # noqa: S105 - the name of a variable
OWN_SECRETS = ("SIGNING_KEY", "SEALING_KEY", "DATABASE_PASSWORD")


def load_environment(home: Path) -> dict[str, str]:
    """What the processes of a running platform were told. Raises LocalFault when it is not up."""
    env = read_json(home / "env.json")
    if not env:
        raise LocalFault("the platform is not up here; start it with `panjareh up`")
    return {str(name): str(value) for name, value in env.items()}


class Platform:
    """Everything that `panjareh up` runs. `start` returns when all of it serves, or undoes itself.

    `http_port`: a number, 0 for any free one, None for PANJAREH_HTTP_PORT or else 8080 or above.
    """

    def __init__(
        self,
        home: Path,
        http_port: int | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        announce: Announce = lambda text: None,
    ) -> None:
        self.home = home
        self.servers = LocalServers(home, environ)
        self.env: dict[str, str] = {}
        self.url = ""
        self.sandbox_url = ""
        self.issuer_url = ""
        self.files_url = ""
        self._environ = environ
        self._wanted_port = http_port
        self._announce = announce
        self._processes: dict[str, Supervised] = {}
        self._records = threading.Lock()
        self._started = False

    def start(self, progress: Announce = lambda text: None) -> None:
        """Start all. Raises LocalFault saying what failed; what had been started is stopped again."""
        began = time.monotonic()
        self.servers.start(progress)
        self._started = True
        try:
            self._choose_addresses()
            self._migrate(progress)
            self._seed(progress)
            # Processes wait for the broker by themselves, so they load while it is still starting.
            self._start_processes(progress)
            self._write_environment()
            self._write_run_record()
        except BaseException:
            self.stop()
            raise
        progress(f"everything serves ({time.monotonic() - began:.1f} s in all)")

    def stop(self, progress: Announce = lambda text: None) -> None:
        """Stop everything that was started: the gateway first, so that what is in flight can end."""
        if not self._started:
            return
        self._started = False
        try:
            self._stop_processes()
            progress("every process has stopped")
        finally:
            for record in ("run.json", "processes.json", "env.json"):
                (self.home / record).unlink(missing_ok=True)
            self.servers.stop()
        progress("PostgreSQL and RabbitMQ have stopped")

    def process(self, name: str) -> Supervised:
        """A process by its name, such as `requests.rpc`."""
        try:
            return self._processes[name]
        except KeyError:
            known = ", ".join(self._processes) or "none"
            raise LocalFault(f"there is no process {name}; running are: {known}") from None

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a process a signal; one that ends is started again."""
        self.process(name).kill(number)

    def wait_ready(self, name: str, timeout: float | None = None) -> None:
        """Return when a process serves (again)."""
        self.process(name).wait_ready(timeout)

    def restart_broker(self) -> None:
        self.servers.private_broker().restart()

    def restart_database(self, mode: Mode = "fast") -> None:
        self.servers.private_database().restart(mode)

    def environment_for(self, service: str, *, administrator: bool = False) -> dict[str, str]:
        """What a process of one service may know: its own keys, and nobody else's.

        Only a migration creates databases, so only it is told the administrator's password.
        """
        hidden = {
            f"PANJAREH_{other.upper()}_{kind}"
            for other in SIGNERS
            for kind in OWN_SECRETS
            if other != service
        }
        hidden |= {DATABASE_PASSWORD, AMQP_PASSWORD}
        if service != "requests":
            hidden |= {PAYMENT_SECRET}
        if service != "sandbox":
            hidden |= {SANDBOX_PAYMENT_SECRET}
        env = {name: value for name, value in self.env.items() if name not in hidden}
        if not administrator:
            env["PANJAREH_DATABASE_URL"] = _without_password(env["PANJAREH_DATABASE_URL"])
        if service == "sandbox":
            # It plays the authorities, which know nothing of us.
            env = {
                name: value
                for name, value in env.items()
                if not name.startswith("PANJAREH_")
                or name.startswith("PANJAREH_SANDBOX_")
                or name == "PANJAREH_LOG_LEVEL"
            }
        return env

    def _choose_addresses(self) -> None:
        environ = self._environ
        host = environ.get("PANJAREH_HTTP_HOST") or LOOPBACK
        port = self._http_port(host)
        ports = self.servers.ports
        sandbox_port = ports.free("sandbox")
        authorities = {name: ports.free(name) for name in plan.AUTHORITIES}
        self.sandbox_url = f"http://{LOOPBACK}:{sandbox_port}"
        self.url = f"http://{LOOPBACK if host == EVERY_ADDRESS else host}:{port}"
        identity_port = ports.free("identity")
        files_port, scanner_port = ports.free("files"), ports.free("scanner")
        payment_port = ports.free("payment")
        # Files go in and out at a port of their own here; where there is one way in, at the same address.
        self.files_url = f"http://{LOOPBACK if host == EVERY_ADDRESS else host}:{files_port}"
        # A name, because passkeys are not made for addresses; only of this machine has everybody one.
        named = "localhost" if host in (LOOPBACK, EVERY_ADDRESS) else host
        self.issuer_url = environ.get("PANJAREH_ISSUER_URL") or f"http://{named}:{identity_port}/id"
        self.env = {
            **self.servers.secrets,
            # Set from outside, it wins over what was made here, and loses to what was started here.
            **environ,
            "PANJAREH_HOME": str(self.home),
            "PANJAREH_DATABASE_URL": self.servers.database_url,
            "PANJAREH_AMQP_URL": self.servers.amqp_url,
            "PANJAREH_HTTP_HOST": host,
            "PANJAREH_HTTP_PORT": str(port),
            "PANJAREH_WINDOW_URL": environ.get("PANJAREH_WINDOW_URL") or self.url,
            "PANJAREH_WINDOW_BACKCHANNEL_URL": environ.get("PANJAREH_WINDOW_BACKCHANNEL_URL")
            or self.url,
            "PANJAREH_PROBE_SECONDS": environ.get("PANJAREH_PROBE_SECONDS") or PROBE_SECONDS,
            "PANJAREH_IDENTITY_HTTP_PORT": str(identity_port),
            "PANJAREH_ISSUER_URL": self.issuer_url,
            "PANJAREH_REQUESTS_HTTP_PORT": str(files_port),
            "PANJAREH_SCANNER_URL": environ.get("PANJAREH_SCANNER_URL")
            or f"tcp://{LOOPBACK}:{scanner_port}",
            "PANJAREH_PAYMENT_URL": environ.get("PANJAREH_PAYMENT_URL")
            or f"http://{LOOPBACK}:{payment_port}",
            "PANJAREH_SANDBOX_PAYMENT_PORT": str(payment_port),
            SANDBOX_PAYMENT_SECRET: environ.get(PAYMENT_SECRET)
            or self.servers.secrets[PAYMENT_SECRET],
            "PANJAREH_SANDBOX_PORT": str(sandbox_port),
            "PANJAREH_SANDBOX_SCANNER_PORT": str(scanner_port),
            "PANJAREH_SANDBOX_AUTHORITY_PORTS": json.dumps(authorities),
            "PANJAREH_SANDBOX_LEDGER_DIR": str(self.home / "sandbox"),
            "PANJAREH_TREE_HEADS_DIR": environ.get("PANJAREH_TREE_HEADS_DIR")
            or str(self.home / "heads"),
            "PANJAREH_ERASURES_DIR": environ.get("PANJAREH_ERASURES_DIR")
            or str(self.home / "erasures"),
            "PANJAREH_SANDBOX_CARDS_DIR": str(self.home / "cards"),
            "PANJAREH_SMS_URL": environ.get("PANJAREH_SMS_URL") or f"{self.sandbox_url}/sms",
            "PANJAREH_EMAIL_URL": environ.get("PANJAREH_EMAIL_URL") or f"{self.sandbox_url}/emails",
            "PANJAREH_SMART_CARD_AUTHORITY_FILE": environ.get("PANJAREH_SMART_CARD_AUTHORITY_FILE")
            or str(self.home / "cards" / "authority.pem"),
            "PANJAREH_SMART_CARD_REVOKED_URL": environ.get("PANJAREH_SMART_CARD_REVOKED_URL")
            or f"{self.sandbox_url}/smart-cards/revoked.crl",
            "PYTHONUNBUFFERED": "1",
        }
        for name, authority_port in authorities.items():
            variable = f"PANJAREH_PROVIDER_{name.upper()}_URL"
            self.env[variable] = environ.get(variable) or f"http://{LOOPBACK}:{authority_port}"

    def _http_port(self, host: str) -> int:
        wanted = self._wanted_port
        if wanted == 0:
            return self.servers.ports.free("http")
        named = self._environ.get("PANJAREH_HTTP_PORT")
        if wanted is None and not named:
            return next_free(USUAL_PORT, host)
        if wanted is None:
            if not (named or "").isdigit():
                raise LocalFault(f"PANJAREH_HTTP_PORT is not a port number: {named}")
            wanted = int(named or "")
        if not is_free(wanted, host):
            raise LocalFault(
                f"port {wanted} on {host} is taken or not ours to use; "
                "end what listens there, or name another with PANJAREH_HTTP_PORT"
            )
        return wanted

    def _command(self, program: Program) -> list[str]:
        return [sys.executable, "-m", program.module, *program.arguments]

    def _log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    def _one_shot(self, program: Program, *, administrator: bool = False) -> OneShot:
        env = self.environment_for(program.service, administrator=administrator)
        command, log = self._command(program), self._log(program.name)
        return OneShot(program.name, command, env, log)

    def _write_environment(self) -> None:
        """For operators' one-shot doors such as `panjareh rebuild`; only we may read it."""
        wanted = {k: v for k, v in self.env.items() if k.startswith("PANJAREH_")}
        write_private(self.home / "env.json", json.dumps(wanted, indent=1))

    def _migrate(self, progress: Announce) -> None:
        """Run the migrations, unless these very ones ran on these very servers before.

        A database that was restored from an older copy has an older mark beside it, and they run:
        they forget again whoever was erased since.
        """
        mark = {
            "migrations": _digest(plan.migration_sources()),
            "erasures": _digest(sorted(Path(self.env["PANJAREH_ERASURES_DIR"]).glob("*.erased"))),
        }
        record = self._record("migrated.json")
        ours = self.servers.database is not None and self.servers.broker is not None
        if ours and read_json(record) == mark:
            return
        self._run_all(
            [self._one_shot(program, administrator=True) for program in plan.MIGRATIONS],
            progress,
            "databases and queues are up to date",
        )
        write_private(record, json.dumps(mark))

    def _record(self, name: str) -> Path:
        """A file kept with the data it describes: a new cluster is an empty one."""
        database = self.servers.database
        return (database.folder if database else self.home) / name

    def _seed(self, progress: Announce) -> None:
        record = self._record("seeded.json")
        done = read_json(record)
        due = {door.program.name: (door, self._mark(door)) for door in plan.DOORS}
        due = {name: entry for name, entry in due.items() if done.get(name) != entry[1]}
        if not due:
            return
        again = {name for name, (door, _) in due.items() if door.yields and name in done}
        self._run_all(
            [self._one_shot(door.program) for name, (door, _) in due.items() if name not in again],
            progress,
            "services, providers and officers are known",
        )
        for name in again:
            try:
                self._one_shot(due[name][0].program).run()
            except LocalFault as fault:
                del due[name]  # tried again at the next start
                progress(f"what was known before stays: {fault}")
        marks = {name: mark for name, (_, mark) in due.items()}
        write_private(record, json.dumps({**done, **marks}, indent=1))

    def _mark(self, door: Door) -> str:
        """Changes when a door's files do, or the database, or an address that they refer to."""
        digest = hashlib.sha256()
        content = door.content
        files = [content]
        if content.is_dir():
            # What lies beside a folder of services (authorities, life events) is taken with it.
            found = [*content.rglob("*"), *content.parent.glob("*.y*ml")]
            files = sorted(file for file in found if file.is_file())
        for file in files:
            digest.update(f"{file.relative_to(content.parent)}\n".encode())
            digest.update(file.read_bytes())
        digest.update(_without_password(self.env["PANJAREH_DATABASE_URL"]).encode())
        for name in sorted(self.env):
            if name.startswith("PANJAREH_PROVIDER_"):
                digest.update(f"{name}={self.env[name]}\n".encode())
        return digest.hexdigest()

    def _run_all(self, tasks: Sequence[OneShot], progress: Announce, done: str) -> None:
        """Run commands side by side; when one fails, or we are interrupted, the others end too."""
        if not tasks:
            return
        began = time.monotonic()
        with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
            running = [pool.submit(task.run) for task in tasks]
            try:
                finished, _ = wait(running, return_when=FIRST_EXCEPTION)
                for ended in finished:
                    ended.result()
            except BaseException:
                for task in tasks:
                    task.cancel()
                raise
        progress(f"{done} ({time.monotonic() - began:.1f} s)")

    def _start_processes(self, progress: Announce) -> None:
        began = time.monotonic()
        for program in plan.PROCESSES:
            self._processes[program.name] = Supervised(
                program.name,
                self._command(program),
                self.environment_for(program.service),
                self._log(program.name),
                announce=self._announce,
                changed=self._write_process_record,
            )
        with self._broker_first(progress):
            for process in self._processes.values():
                process.start()
        for process in self._processes.values():
            process.wait_ready()
        count = len(self._processes)
        progress(f"{count} processes are ready ({time.monotonic() - began:.1f} s)")

    @contextmanager
    def _broker_first(self, progress: Announce) -> Iterator[None]:
        """Keeps one processor free of what is started within, until the broker answers.

        The broker starts alone on one processor and everything else waits for it; a dozen
        processes loading beside it would make it twice as slow.
        """
        everywhere = os.sched_getaffinity(0)
        if len(everywhere) == 1 or self.servers.broker is None:
            yield
            return
        # What a thread starts runs where the thread may run.
        os.sched_setaffinity(0, everywhere - {min(everywhere)})
        try:
            yield
        finally:
            os.sched_setaffinity(0, everywhere)
        self.servers.wait_for_broker(progress)
        allow(os.getpid(), everywhere)
        for process in self._processes.values():
            if process.pid is not None:
                allow(process.pid, everywhere)

    def _stop_processes(self) -> None:
        doors = [p for name, p in self._processes.items() if name.startswith("gateway.")]
        for process in doors:
            process.stop()
        others = [process for process in self._processes.values() if process not in doors]
        for process in others:
            process.ask_to_stop()
        for process in others:
            process.stop()
        self._processes = {}

    def _write_run_record(self) -> None:
        run = {
            "url": self.url,
            "sandbox_url": self.sandbox_url,
            "files_url": self.files_url,
            "pid": os.getpid(),
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_private(self.home / "run.json", json.dumps(run))

    def _write_process_record(self) -> None:
        """For `panjareh status`, which is another process."""
        with self._records:
            if not self._started:
                return
            record = {
                name: {"state": p.state.value, "pid": p.pid, "restarts": p.restarts}
                for name, p in self._processes.items()
            }
            write_private(self.home / "processes.json", json.dumps(record))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host))
