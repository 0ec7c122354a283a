"""What the figures were taken on: the machine, the versions, and the settings that matter."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.ground import ROOT, Ground

_PACKAGES = (
    *("eventsourcing", "psycopg", "nameko", "kombu", "amqp", "eventlet"),
    *("aio-pika", "aiormq", "faststream", "starlette", "uvicorn"),
)
_SETTINGS = (
    *("server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method"),
    *("wal_level", "commit_delay", "shared_buffers", "max_wal_size", "checkpoint_timeout"),
    *("max_connections", "track_io_timing"),
)


def fdatasync_ms(folder: Path) -> float:
    """The median time to make 8 kB durable, of 200."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(200):
            began = time.perf_counter()
            os.pwrite(file.fileno(), b"\0" * 8192, 0)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return median(times)


def describe(ground: Ground) -> dict[str, Any]:
    """Everything that a reader needs to place the figures."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("ascii"))
    memory = re.search(r"MemTotal: *(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain")),
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "kernel": platform.release(),
        "load_average_before": os.getloadavg()[0],
        "fdatasync_8kb_ms": round(fdatasync_ms(ground.home), 3),
        "python": platform.python_version(),
        "rabbitmq": _rabbitmq(ground),
        "packages": {name: version(name) for name in _PACKAGES},
        "postgresql": {name: ground.query(f"SHOW {name}") for name in _SETTINGS},
    }


def _rabbitmq(ground: Ground) -> str:
    from panjareh_common.messaging.rabbit import connect

    with connect(ground.servers.amqp_url) as connection:
        return str(connection.connection.server_properties["version"])


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
