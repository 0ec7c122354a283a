"""The check-up of this machine: what `panjareh up` needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home, holder_of, read_json
from panjareh_cli.local.ports import Ports, is_free
from panjareh_cli.local.postgres import OLDEST, LocalPostgres, find_binaries
from panjareh_cli.local.rabbitmq import SERVER, LocalRabbit, find_program
from panjareh_cli.ops import doctor_settings
from panjareh_cli.ops.findings import Finding, State

_ROOM_BYTES = 2 * 1024**3
_OLDEST_RABBIT = (3, 10)  # quorum queues with dead letters that are not lost


def look() -> list[Finding]:
    home = find_home()
    holder = holder_of(home)
    return [
        _postgresql(),
        _rabbitmq(),
        _room(home),
        *_folder(home),
        *(() if holder is not None else _left_over(home)),
        *_ports(home, running=holder is not None),
        *doctor_settings.findings({**os.environ, **read_json(home / "env.json")}, {}),
    ]


def _postgresql() -> Finding:
    try:
        said = subprocess.run(
            [str(find_binaries() / "postgres"), "--version"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    except (LocalFault, OSError, subprocess.CalledProcessError) as cause:
        return Finding(State.FAULT, "PostgreSQL", str(cause), "apt-get install postgresql")
    number = re.search(r"(\d+)", said)
    if number is None or int(number[1]) < OLDEST:
        return Finding(State.FAULT, "PostgreSQL", said, f"install PostgreSQL {OLDEST} or later")
    return Finding(State.OK, "PostgreSQL", said)


def _rabbitmq() -> Finding:
    try:
        program = Path(find_program("rabbitmq-server", SERVER)).resolve()
    except LocalFault as fault:
        return Finding(State.FAULT, "RabbitMQ", str(fault), "apt-get install rabbitmq-server")
    # Asking it for its version starts a whole Erlang machine; its folder has it in the name.
    found = re.search(r"rabbitmq_server-(\d+)\.(\d+)[\d.]*", str(program))
    if found is None:
        return Finding(State.UNKNOWN, "RabbitMQ", f"{program} does not tell its version")
    if (int(found[1]), int(found[2])) < _OLDEST_RABBIT:
        return Finding(State.FAULT, "RabbitMQ", found[0], "install RabbitMQ 3.10 or later")
    return Finding(State.OK, "RabbitMQ", found[0])


def _room(home: Path) -> Finding:
    there = next(each for each in (home, *home.parents) if each.exists())
    free = shutil.disk_usage(there).free
    what = f"{free / 1024**3:.1f} GiB free at {there}"
    if free < _ROOM_BYTES:
        return Finding(
            State.FAULT, "disk", what, "make room, or name another folder in PANJAREH_HOME"
        )
    return Finding(State.OK, "disk", what)


def _folder(home: Path) -> Iterator[Finding]:
    secrets = home / "secrets.json"
    if not secrets.exists():
        yield Finding(State.OK, "data folder", f"{home} is made at the first start")
        return
    if secrets.stat().st_mode & 0o077:
        yield Finding(
            State.FAULT, "secrets", "secrets.json can be read by others", f"chmod 600 {secrets}"
        )
    for name in ("secrets.json", "ports.json", "run.json", "processes.json"):
        try:
            read_json(home / name)
        except LocalFault as fault:
            yield Finding(State.FAULT, name, str(fault), f"take {home / name} out of a backup")
    if os.geteuid() == 0:
        closed = [each for each in (home, *home.parents) if not each.stat().st_mode & 0o001]
        if closed:
            yield Finding(
                State.FAULT,
                "data folder",
                f"PostgreSQL's user may not enter {closed[0]}",
                f"chmod o+x {closed[0]}, or another PANJAREH_HOME",
            )
            return
    yield Finding(State.OK, "data folder", str(home))


def _left_over(home: Path) -> Iterator[Finding]:
    """What a killed run has left: files that say it runs, and servers that still do."""
    stale = [name for name in ("run.json", "processes.json", "env.json") if (home / name).exists()]
    lock = home / "lock"
    if lock.exists() and lock.stat().st_size:
        stale.append("lock")
    ports = Ports(home / "ports.json")
    servers = [
        name
        for name, runs in (
            ("PostgreSQL", LocalPostgres(home, ports, "").running_port() is not None),
            ("RabbitMQ", LocalRabbit(home, ports, "").running()),
        )
        if runs
    ]
    if servers:
        yield Finding(
            State.FAULT, "left over", f"{' and '.join(servers)} of a killed run", "panjareh down"
        )
    if stale:
        yield Finding(
            State.WARNING,
            "left over",
            f"{', '.join(stale)} of a killed run",
            "panjareh up makes them anew; nothing has to be done",
        )


def _ports(home: Path, *, running: bool) -> Iterator[Finding]:
    if running:
        yield Finding(State.OK, "ports", "the platform runs and has them")
        return
    taken = [
        f"{name} {port}"
        for name, port in read_json(home / "ports.json").items()
        if isinstance(port, int) and not is_free(port)
    ]
    if taken:
        yield Finding(
            State.WARNING,
            "ports",
            f"taken by others: {', '.join(taken)}",
            "panjareh up chooses others",
        )
    else:
        yield Finding(State.OK, "ports", "those of last time are free")
