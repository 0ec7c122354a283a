"""A whole PostgreSQL server copied while it works, and a data folder made from such a copy.

A backup is a folder: `data` (what pg_basebackup wrote, with the WAL that makes it whole), `heads` (what the
services had signed for their logs before it began, so all of that must be in it) and `backup.json`. The
ledger of erasures is not in it: a restore needs the newest one, never that of the backup (decision 0015).
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import prepare, read_json, write_private
from panjareh_cli.local.postgres import find_binaries
from panjareh_cli.local.system import tail

NOTE = "backup.json"
_NO_SERVER: Mapping[str, str] = {}


def backup(folder: Path, server: Mapping[str, str], heads: Path | None = None) -> dict[str, Any]:
    """Copies a server into `folder`; gives what is noted of it.

    `server` has libpq's variables (PGHOST, PGUSER, PGPASSWORD …) of a role that may replicate.

    The folder appears whole, once every file of it was checked against the manifest. Raises LocalFault.
    """
    if folder.exists():
        raise LocalFault(f"{folder} is there already; a backup is never written over another")
    draft = folder.with_name(f"{folder.name}.new")
    if draft.exists():
        shutil.rmtree(draft)  # of one that was killed
    _make_for_server(draft)
    began = datetime.now(UTC)
    # Before the copy: what was signed until now is about events that it is going to hold.
    if heads is not None and heads.is_dir():
        shutil.copytree(heads, draft / "heads")
    _run(
        draft,
        "pg_basebackup",
        *("-D", str(draft / "data"), "--no-password", "--format=plain"),
        *("--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256"),
        server=server,
    )
    _run(draft, "pg_verifybackup", "--quiet", str(draft / "data"))
    note = {
        "began_at": began.isoformat(timespec="milliseconds"),
        "ended_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "postgresql": (draft / "data/PG_VERSION").read_text(encoding="ascii").strip(),
        "bytes": sum(file.stat().st_size for file in draft.rglob("*") if file.is_file()),
    }
    write_private(draft / NOTE, json.dumps(note, indent=1))
    draft.rename(folder)
    return note


def newest(folder: Path, before: datetime | None) -> Path:
    """The last backup that was at its end by a moment. Raises LocalFault when there is none."""
    found = [
        (datetime.fromisoformat(read_json(note)["ended_at"]), note.parent)
        for note in folder.glob(f"*/{NOTE}")
        if not note.parent.name.endswith(".new")
    ]
    fitting = [each for each in found if before is None or each[0] <= before]
    if not fitting:
        until = f" that ended by {before.isoformat()}" if before else ""
        raise LocalFault(
            f"there is no backup in {folder}{until}; make one with `panjareh ops backup`"
        )
    return max(fitting)[1]


def lay_out(source: Path, home: Path, live: Path) -> None:
    """Makes a data folder from a backup: its database and heads, and the keys and erasures of `live`.

    `PANJAREH_HOME=<home> panjareh up` serves it. Raises LocalFault.
    """
    if home.exists():
        raise LocalFault(f"{home} is there already; a restore goes to a new place")
    _passable(home.parent)
    prepare(home)
    _make_for_server(home / "postgres")
    # Owners stay as they are, which Python's own copying would not keep.
    done = subprocess.run(
        ["cp", "-a", "--reflink=auto", str(source / "data"), str(home / "postgres/data")],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise LocalFault(f"{source} could not be copied: {done.stderr.strip()}")
    shutil.copy2(live / "secrets.json", home / "secrets.json")
    for folder, origin in (("heads", source / "heads"), ("erasures", live / "erasures")):
        if origin.is_dir():
            shutil.copytree(origin, home / folder)
    # What was signed after the backup: evidence of what a restore loses (docs/operations/verify-log.md).
    if (live / "heads").is_dir():
        shutil.copytree(live / "heads", home / "heads-before-restore")


def _server_user() -> pwd.struct_passwd:
    """Whom PostgreSQL runs as where we are root. Raises LocalFault."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise LocalFault(
            "PostgreSQL refuses to run as root and there is no user postgres"
        ) from None


def _passable(folder: Path) -> None:
    """Makes a folder that PostgreSQL's user may pass through, if there is none."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)  # the umask may have closed it


def _make_for_server(folder: Path) -> None:
    """A folder that only PostgreSQL's own user may enter: as root, another one than we are."""
    try:
        _passable(folder.parent)
        folder.mkdir(mode=0o700)
    except OSError as cause:
        raise LocalFault(f"{folder} cannot be made: {cause.strerror}") from cause
    if os.geteuid() == 0:
        for above in folder.resolve().parents:
            if not above.stat().st_mode & 0o001:
                raise LocalFault(f"PostgreSQL's user may not enter {above}; name another folder")
        user = _server_user()
        os.chown(folder, user.pw_uid, user.pw_gid)


def variables_of(url: str) -> dict[str, str]:
    """A URL as libpq's variables, so that no password stands in a list of processes."""
    where = urlsplit(url)
    return {
        "PGHOST": where.hostname or "",
        "PGPORT": str(where.port or 5432),
        "PGUSER": unquote(where.username or ""),
        "PGPASSWORD": unquote(where.password or ""),
    }


def _run(
    folder: Path, program: str, *arguments: str, server: Mapping[str, str] = _NO_SERVER
) -> None:
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = _server_user()
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    log = folder / f"{program}.log"
    with log.open("wb") as sink:
        done = subprocess.run(
            [str(find_binaries() / program), *arguments],
            cwd=folder,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C.UTF-8",
                **server,
            },
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            check=False,
            **identity,
        )
    if done.returncode != 0:
        raise LocalFault(f"PostgreSQL's {program} failed:\n{tail(log)}")


def stamp() -> str:
    """A name for something made now, in the order of time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}"


class Stopwatch:
    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._began, 1)
