"""Child processes: started in their own session, waited for, restarted when they crash, ended with us."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.system import tail

READY = "ready"
FIRST_BACK_OFF = 0.1
LONGEST_BACK_OFF = 10.0
# Once a process has served this long, its next crash is a new matter and not the old one again.
CALM = 10.0
LARGEST_LOG = 10_000_000

Announce = Callable[[str], None]


class ProcessState(StrEnum):
    NEW = "new"
    STARTING = "starting"
    READY = "ready"
    BACKING_OFF = "backing off"
    FAILED = "failed"
    STOPPED = "stopped"


def tied_to_us(command: Sequence[str]) -> list[str]:
    """The command, arranged to receive SIGTERM if the thread that starts it ends first.

    The kernel does that for PR_SET_PDEATHSIG, which util-linux's setpriv sets; doing it between
    fork and exec in Python could deadlock, since we have threads. A system without setpriv runs
    all the same, only `kill -9` of its parent then leaves the child behind.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)


def _open_log(path: Path) -> int:
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


class OneShot:
    """A command that runs to its end. It can be cancelled from another thread."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        timeout: float = 120,
    ) -> None:
        self.name = name
        self._command = command
        self._env = dict(env)
        self._log = log
        self._timeout = timeout
        self._lock = threading.Lock()
        self._cancelled = False
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Raises LocalFault with the command's last words when it fails, hangs or is cancelled."""
        child = self._spawn()
        try:
            code = child.wait(self._timeout)
        except subprocess.TimeoutExpired:
            raise LocalFault(
                f"{self.name} did not finish within {self._timeout:.0f} s; {self._last_words()}"
            ) from None
        finally:
            _kill_group(child)
        if code != 0:
            raise LocalFault(f"{self.name} failed ({_ending(code)}); {self._last_words()}")

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._child is not None and self._child.poll() is None:
                self._child.terminate()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._cancelled:
                raise LocalFault(f"{self.name} was cancelled before it began")
            descriptor = _open_log(self._log)
            try:
                self._child = subprocess.Popen(
                    tied_to_us(self._command),
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=descriptor,
                    stderr=descriptor,
                    start_new_session=True,
                )
            finally:
                os.close(descriptor)
            return self._child

    def _last_words(self) -> str:
        return f"its log {self._log} ends with:\n{tail(self._log)}"


class Supervised:
    """A long-running child that says `ready` on stdout when it serves.

    One thread belongs to it for life: that thread starts the child, reads what it says, notices
    its end and starts it again. (The kernel ties a child to the *thread* that started it.)
    A first start that fails is final and told by `wait_ready`; a child that served once is
    started again, with a growing pause, until `stop`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        *,
        announce: Announce = lambda text: None,
        changed: Callable[[], None] = lambda: None,
        patience: float = 60,
    ) -> None:
        self.name = name
        self.log = log
        self.restarts = 0
        self._command = command
        self._env = dict(env)
        self._announce = announce
        self._changed = changed
        self._patience = patience
        self._condition = threading.Condition()
        self._state = ProcessState.NEW
        self._failure = ""
        self._child: subprocess.Popen[str] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._live, name=f"watch-{name}", daemon=True)

    @property
    def state(self) -> ProcessState:
        return self._state

    @property
    def pid(self) -> int | None:
        """The process id of the child that lives now, if one does."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def wait_ready(self, timeout: float | None = None) -> None:
        """Return when the child serves. Raises LocalFault with its last log lines when it does not."""
        patience = self._patience if timeout is None else timeout
        ended = (ProcessState.READY, ProcessState.FAILED, ProcessState.STOPPED)
        with self._condition:
            if not self._condition.wait_for(lambda: self._state in ended, patience):
                raise LocalFault(
                    f"{self.name} was not ready within {patience:.0f} s; "
                    f"its log {self.log} ends with:\n{tail(self.log)}"
                )
            if self._state is ProcessState.FAILED:
                raise LocalFault(self._failure)
            if self._state is ProcessState.STOPPED:
                raise LocalFault(f"{self.name} was stopped")

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the child a signal. After one that ends it, `wait_ready` waits for its successor."""
        with self._condition:
            if self._child is None or self._child.poll() is not None:
                raise LocalFault(f"{self.name} does not run now ({self._state.value})")
            if number in (signal.SIGKILL, signal.SIGTERM):
                self._state = ProcessState.STARTING
            self._child.send_signal(number)

    def ask_to_stop(self) -> None:
        """SIGTERM, and no restart; returns at once."""
        with self._condition:
            self._stopping = True
            if self._child is not None and self._child.poll() is None:
                self._child.send_signal(signal.SIGTERM)
                self._child.send_signal(signal.SIGCONT)  # a paused process cannot end
            self._condition.notify_all()

    def stop(self, grace: float = 15) -> None:
        """End the child: it may finish what is in flight, and is killed when it takes too long."""
        self.ask_to_stop()
        if self._thread.ident is None:
            return
        self._thread.join(grace)
        if self._thread.is_alive():
            self._announce(f"{self.name} did not stop within {grace:.0f} s and is killed")
            child = self._child
            if child is not None:
                _kill_group(child)
            self._thread.join(10)

    def _live(self) -> None:
        pause = FIRST_BACK_OFF
        served_before = False
        while True:
            child = self._spawn()
            if child is None:
                break
            served_since = self._read(child)
            code = child.wait()
            _kill_group(child)
            lasted = time.monotonic() - served_since if served_since is not None else 0.0
            served_before = served_before or served_since is not None
            if self._stopping:
                break
            if not served_before:
                self._fail(code)
                return
            if lasted > CALM:
                pause = FIRST_BACK_OFF
            self.restarts += 1
            self._announce(
                f"{self.name} ended ({_ending(code)}); starting it again in {pause:.1f} s "
                f"(its log: {self.log})"
            )
            self._become(ProcessState.BACKING_OFF)
            with self._condition:
                self._condition.wait_for(lambda: self._stopping, pause)
            pause = min(pause * 2, LONGEST_BACK_OFF)
        self._become(ProcessState.STOPPED)

    def _spawn(self) -> subprocess.Popen[str] | None:
        with self._condition:
            if self._stopping:
                return None
            descriptor = _open_log(self.log)
            try:
                self._child = subprocess.Popen(
                    tied_to_us(self._command),
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=descriptor,
                    start_new_session=True,
                    text=True,
                    errors="replace",
                )
            finally:
                os.close(descriptor)
            child = self._child
        self._become(ProcessState.STARTING)
        return child

    def _read(self, child: subprocess.Popen[str]) -> float | None:
        """Follow stdout to its end; the time since which the child serves, if it ever did."""
        served_since = None
        assert child.stdout is not None
        with child.stdout as lines:
            for line in lines:
                if served_since is None and line.strip() == READY:
                    served_since = time.monotonic()
                    if self.restarts:
                        self._announce(f"{self.name} serves again")
                    self._become(ProcessState.READY)
        return served_since

    def _fail(self, code: int) -> None:
        self._failure = (
            f"{self.name} ended while starting ({_ending(code)}); "
            f"its log {self.log} ends with:\n{tail(self.log)}"
        )
        self._become(ProcessState.FAILED)

    def _become(self, state: ProcessState) -> None:
        with self._condition:
            self._state = state
            self._condition.notify_all()
        self._changed()


def _kill_group(child: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of a child's session; its id cannot be reused while the group lives."""
    with suppress(ProcessLookupError):  # nothing was left, as it should be
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
