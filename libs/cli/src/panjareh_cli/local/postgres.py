"""A private PostgreSQL server in the data folder, on a loopback port of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.ports import LOOPBACK, Ports
from panjareh_cli.local.system import read_pid, tail

OLDEST = 14
Mode = Literal["smart", "fast", "immediate"]

INSTALL = (
    "install it (Debian, Ubuntu: apt-get install --no-install-recommends postgresql) "
    "or name a running server with PANJAREH_DATABASE_URL"
)


def find_binaries() -> Path:
    """The folder with initdb and pg_ctl: Debian's newest version, else what PATH offers."""
    found: list[tuple[int, Path]] = []
    for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb"):
        version = initdb.parts[-3].split(".")[0]
        if version.isdigit() and int(version) >= OLDEST and os.access(initdb, os.X_OK):
            found.append((int(version), initdb.parent))
    if found:
        return max(found)[1]
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise LocalFault(f"no PostgreSQL {OLDEST} or later is installed: {INSTALL}")


class LocalPostgres:
    """One cluster under `home/postgres`: made once, durable, reachable only from this machine.

    A server that already runs from this folder is used as it is, and stopped with the rest.
    """

    def __init__(self, home: Path, ports: Ports, password: str) -> None:
        self.folder = home / "postgres"
        self._data = self.folder / "data"
        self._log = self.folder / "server.log"
        self._ports = ports
        self._password = password
        self._port: int | None = None

    @property
    def url(self) -> str:
        """The administrator's URL. Raises LocalFault before the server was started."""
        if self._port is None:
            raise LocalFault("PostgreSQL has not been started")
        return f"postgresql://postgres:{quote(self._password, safe='')}@{LOOPBACK}:{self._port}/postgres"

    def start(self) -> None:
        """Make the cluster if there is none, and return when the server takes connections."""
        self._make_folder()
        if not self._data.exists():
            self._make_cluster()
        running = self.running_port()
        if running is not None:
            self._port = running
            return
        self._port = self._ports.free("postgres")
        options = (
            f"-p {self._port} -c listen_addresses={LOOPBACK} -c unix_socket_directories='' "
            "-c max_connections=200 -c fsync=on -c password_encryption=scram-sha-256"
        )
        self._control("start", "-l", str(self._log), "-o", options, "-t", "60")

    def stop(self, mode: Mode = "fast") -> None:
        if self.running_port() is not None:
            self._control("stop", "-m", mode, "-t", "60")

    def restart(self, mode: Mode = "fast") -> None:
        """Stop and start on the same port; `immediate` stops as a crash would."""
        self.stop(mode)
        self.start()

    def running_port(self) -> int | None:
        """The port of the server that runs from this folder now, or None."""
        pid_file = self._data / "postmaster.pid"
        pid = read_pid(pid_file)
        if pid is None or not self._is_ours(pid):
            return None
        lines = pid_file.read_text(encoding="utf-8").splitlines()
        return int(lines[3]) if len(lines) > 3 else None

    def _is_ours(self, pid: int) -> bool:
        # A postmaster's working directory is its data folder; a process id alone may be reused.
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self._data.resolve()
        except (FileNotFoundError, PermissionError):
            return False

    def _make_folder(self) -> None:
        if self.folder.is_dir():
            return
        if os.geteuid() == 0:
            self._check_way_in()
        self.folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            user = self._server_user()
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    def _check_way_in(self) -> None:
        """As root: the server's user must be able to pass through every folder above its own."""
        for folder in self.folder.resolve().parents:
            if not folder.stat().st_mode & 0o001:
                raise LocalFault(
                    f"PostgreSQL runs as user postgres, which may not enter {folder}; "
                    "name another data folder with PANJAREH_HOME, or run as an ordinary user"
                )

    def _make_cluster(self) -> None:
        # Made beside its place and moved there whole: an initdb that was killed leaves a torso.
        draft = self.folder / "data.new"
        if draft.exists():
            shutil.rmtree(draft)
        password_file = self.folder / "password"
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self._password)
        if os.geteuid() == 0:
            user = self._server_user()
            os.chown(password_file, user.pw_uid, user.pw_gid)
        try:
            self._run(
                "initdb",
                "-D",
                str(draft),
                *("-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password_file}"),
                *("-E", "UTF8", "--locale=C.UTF-8"),
            )
        finally:
            password_file.unlink()
        draft.rename(self._data)

    def _control(self, command: str, *arguments: str) -> None:
        self._run("pg_ctl", command, "-D", str(self._data), "-w", "-s", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        identity: dict[str, object] = {}
        if os.geteuid() == 0:
            user = self._server_user()
            identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        output = self.folder / f"{program}.log"
        with output.open("wb") as sink:
            # To a file, not a pipe: the server inherits it, and a pipe would never close.
            done = subprocess.run(
                [str(find_binaries() / program), *arguments],
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                check=False,
                **identity,  # type: ignore[call-overload]
            )
        if done.returncode != 0:
            said = tail(output)
            if program == "pg_ctl" and arguments[0] == "start":
                said = f"{said}\n{tail(self._log)}"
            raise LocalFault(f"PostgreSQL's {program} {arguments[0]} failed:\n{said}")

    @staticmethod
    def _server_user() -> pwd.struct_passwd:
        try:
            return pwd.getpwnam("postgres")
        except KeyError:
            raise LocalFault(
                "PostgreSQL refuses to run as root and there is no user postgres here: " + INSTALL
            ) from None
