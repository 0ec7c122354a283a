"""Facts about processes of this machine, read from the kernel: alive, whose, and when they end."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path


def environment_of(pid: int) -> dict[str, str]:
    """The environment a process was started with; empty when it is gone or not ours to read."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return {}
    entries = (entry.partition(b"=") for entry in raw.split(b"\0") if entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in entries}


def belongs(pid: int, name: str, value: str) -> bool:
    """Whether a live process was started with this variable. Process ids are reused; this tells."""
    return environment_of(pid).get(name) == value


def pids_with(name: str, value: str) -> list[int]:
    """Every live process that was started with this variable."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if belongs(pid, name, value)]


def read_pid(path: Path) -> int | None:
    """The process id in the first line of a file, if there is one."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return None
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def signal_and_wait(pid: int, number: signal.Signals, timeout: float) -> bool:
    """Send a signal and wait until the process has ended. False when it has not within `timeout`."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(descriptor, number)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(timeout * 1000))
    except ProcessLookupError:
        return True
    finally:
        os.close(descriptor)


def allow(pid: int, processors: set[int]) -> None:
    """Let a process, with all its threads, run on these processors; one that has ended is let be."""
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), processors)
    except (FileNotFoundError, ProcessLookupError):
        return


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for the message of whoever has to say that something died."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_384))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return "(it wrote no log)"
    return "\n".join(text.splitlines()[-lines:]) or "(its log is empty)"
