"""Children of the platform: waited for, restarted when they crash, and ended with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.processes import OneShot, ProcessState, Supervised
from panjareh_cli.local.system import pids_with, signal_and_wait

SERVES = "import signal; print('ready', flush=True); signal.pause()"
DIES = "import sys; sys.exit('the broker said no')"
SILENT = "import signal; signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True)\nwhile True: signal.pause()"
)

Make = Callable[..., Supervised]


@pytest.fixture
def announced() -> list[str]:
    return []


@pytest.fixture
def make(tmp_path: Path, announced: list[str]) -> Iterator[Make]:
    made: list[Supervised] = []

    def make_one(code: str) -> Supervised:
        command = [sys.executable, "-c", code]
        log = tmp_path / "child.log"
        child = Supervised("child", command, os.environ, log, announce=announced.append)
        made.append(child)
        child.start()
        return child

    yield make_one
    for child in made:
        child.stop(grace=1)


def gone(pid: int) -> bool:
    return signal_and_wait(pid, signal.SIGCONT, timeout=10)


def test_a_child_is_ready_when_it_says_so(make: Make) -> None:
    child = make(SERVES)

    child.wait_ready(20)

    assert child.state is ProcessState.READY
    assert child.pid is not None
    assert os.getsid(child.pid) == child.pid, "a Ctrl-C in our terminal must not reach it"


def test_a_child_that_dies_at_start_is_told_with_its_last_words(make: Make) -> None:
    child = make(DIES)

    with pytest.raises(LocalFault) as told:
        child.wait_ready(20)

    assert "the broker said no" in str(told.value)
    assert "exit code 1" in str(told.value)


def test_a_child_that_never_gets_ready_is_told(make: Make) -> None:
    child = make(SILENT)

    with pytest.raises(LocalFault) as told:
        child.wait_ready(0.3)

    assert "was not ready within" in str(told.value)


def test_a_killed_child_is_started_again_and_that_is_said(make: Make, announced: list[str]) -> None:
    child = make(SERVES)
    child.wait_ready(20)
    before = child.pid

    child.kill(signal.SIGKILL)
    child.wait_ready(20)

    assert child.pid not in (None, before)
    assert child.restarts == 1
    assert any("SIGKILL" in text for text in announced)


def test_a_stopped_child_is_not_started_again(make: Make) -> None:
    child = make(SERVES)
    child.wait_ready(20)
    pid = child.pid
    assert pid is not None

    child.stop()

    assert child.state is ProcessState.STOPPED
    assert child.restarts == 0
    assert gone(pid)


def test_a_paused_child_can_be_stopped(make: Make) -> None:
    child = make(SERVES)
    child.wait_ready(20)
    child.kill(signal.SIGSTOP)

    child.stop(grace=10)

    assert child.state is ProcessState.STOPPED


def test_a_child_that_will_not_stop_is_killed(make: Make, announced: list[str]) -> None:
    child = make(STUBBORN)
    child.wait_ready(20)

    child.stop(grace=0.2)

    assert child.state is ProcessState.STOPPED
    assert any("did not stop" in text for text in announced)


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    mark = str(tmp_path)
    parent_code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from panjareh_cli.local.processes import Supervised\n"
        f"child = Supervised('child', [sys.executable, '-c', {SERVES!r}],"
        f" {{**os.environ, 'PANJAREH_TEST_MARK': {mark!r}}}, Path({mark!r}) / 'log')\n"
        "child.start(); child.wait_ready(20); print('up', flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        children = pids_with("PANJAREH_TEST_MARK", mark)
        assert len(children) == 1

        parent.kill()

    assert gone(children[0])


def test_a_command_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = OneShot(
        "requests.migrate", [sys.executable, "-c", DIES], os.environ, tmp_path / "log"
    )

    with pytest.raises(LocalFault) as told:
        command.run()

    assert "requests.migrate failed" in str(told.value)
    assert "the broker said no" in str(told.value)


def test_a_command_can_be_cancelled_while_it_runs(tmp_path: Path) -> None:
    command = OneShot("migrate", [sys.executable, "-c", SILENT], os.environ, tmp_path / "log")
    told: list[str] = []

    def run() -> None:
        try:
            command.run()
        except LocalFault as fault:
            told.append(str(fault))

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 10
    while not (tmp_path / "log").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    command.cancel()
    thread.join(10)

    assert not thread.is_alive()
    assert len(told) == 1
