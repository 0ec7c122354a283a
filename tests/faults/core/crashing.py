"""Kills a process at a chosen line of the code that it runs, hundreds of times, quickly.

A process that has imported everything and opened nothing forks a child for each run. The child plays a scene
of `tests/faults/core/scenes.py`; a line tracer kills it, as `kill -9` would, when it is about to run the
chosen line for the chosen time. Which lines there are is found by playing the scene once and writing down
every line of the project's code on the way, so no list has to follow the code.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import panjareh_common

ROOT = Path(__file__).parents[3]
PROJECT = str(Path(panjareh_common.__file__).parent)
# What a process does beside its work; nothing there is stored or told.
BESIDE = ("telemetry.py", "logs.py", "texts.py", "clock.py", "testing")
LONGEST_SECONDS = 30

# As they are before green threads, which must not be in the process that forks.
_wait, _write = os.waitpid, os.write


@dataclass(frozen=True)
class Point:
    """About to run a line for the nth time."""

    file: str
    function: str
    line: int
    time: int

    def __str__(self) -> str:
        return f"{Path(self.file).name}:{self.line} ({self.function}, time {self.time})"


@dataclass(frozen=True)
class Ended:
    """How a run ended: killed or not, and what it had answered by then, by the names of what was asked."""

    killed: bool
    answers: dict[str, Any]


def is_ours(code: CodeType) -> bool:
    file = code.co_filename
    inside = file.startswith(PROJECT) and not any(part in file for part in BESIDE)
    scene = file.endswith(("core/scenes.py", "core/listening_scene.py"))
    return (inside or scene) and code.co_name != "__init__"  # which only builds


def code_of(name: str) -> CodeType:
    """The code of `module:Class.function`. Raises AttributeError when there is no such thing any more."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    code = inspect.unwrap(found).__code__
    assert isinstance(code, CodeType)
    return code


def trace(wanted: Callable[[CodeType], bool], at_line: Callable[[CodeType, int], None]) -> None:
    """Calls `at_line` before each line of the wanted code, in every thread from now on."""

    def local(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            at_line(frame.f_code, frame.f_lineno)
        return local

    def each_call(frame: FrameType, event: str, _: Any) -> Any:
        return local if wanted(frame.f_code) else None

    threading.settrace(each_call)
    sys.settrace(each_call)


def kill_at(point: Point) -> None:
    times = 0

    def wanted(code: CodeType) -> bool:
        return code.co_qualname == point.function and code.co_filename == point.file

    def at_line(code: CodeType, line: int) -> None:
        nonlocal times
        if line == point.line:
            times += 1
            if times == point.time:
                os.kill(os.getpid(), signal.SIGKILL)

    trace(wanted, at_line)


class Recorder:
    """Writes down the lines that a scene runs through, each with how often."""

    def __init__(self) -> None:
        self.lines: Counter[tuple[str, str, int]] = Counter()
        self.codes: set[CodeType] = set()
        trace(is_ours, self._at_line)

    def _at_line(self, code: CodeType, line: int) -> None:
        self.lines[code.co_filename, code.co_qualname, line] += 1
        self.codes.add(code)

    def points(self) -> list[Point]:
        """Each line once, in the order of the files: in a loop, about the middle of its turns."""
        return [Point(*place, (times + 1) // 2) for place, times in sorted(self.lines.items())]

    def missed(self, names: list[str]) -> list[str]:
        return [name for name in names if code_of(name) not in self.codes]


class Crashes:
    """The process that forks; its children play scenes."""

    def __init__(self, log: Path, *scenes: str) -> None:
        """`scenes` names the module of the scenes, where they are not the common ones."""
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.core.crashing", *scenes],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()
        self._log.close()

    def points(self, scene: str, place: dict[str, Any], through: list[str]) -> list[Point]:
        """Every point of a scene, played once to its end. `through` names functions that it must run
        through: a scene that no longer does proves nothing about them.
        """
        told = self._do(scene=scene, place=place, through=through)
        assert told["missed"] == [], f"{scene} no longer runs through {told['missed']}"
        assert not told["killed"], f"{scene} did not end: {self._log.name}"
        return [Point(**point) for point in told["points"]]

    def kill(self, scene: str, place: dict[str, Any], point: Point | None = None) -> Ended:
        """Plays a scene until a point, or one that kills its process by itself. Not killed: it did not come
        to that this time.
        """
        return self._play(scene, place, asdict(point) if point else None)

    def finish(self, scene: str, place: dict[str, Any]) -> dict[str, Any]:
        """Plays a scene to its end in a fresh process; gives its answers."""
        ended = self._play(scene, place, None)
        assert not ended.killed, f"{scene} did not end: {self._log.name}"
        return ended.answers

    def _play(self, scene: str, place: dict[str, Any], point: dict[str, Any] | None) -> Ended:
        told = self._do(scene=scene, place=place, point=point)
        return Ended(told["killed"], told["answers"])

    def _do(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the forking process has died: {self._log.name}"
        told: dict[str, Any] = json.loads(line)
        assert told["status"] in (0, -signal.SIGKILL), f"{order}: {told}; see {self._log.name}"
        return told


def _child(scenes: ModuleType, order: dict[str, Any], told: int) -> None:
    """Plays a scene; what it answers and what was recorded goes into the pipe `told`, a line each."""

    def tell(what: dict[str, Any]) -> None:
        _write(told, json.dumps(what).encode() + b"\n")

    signal.alarm(LONGEST_SECONDS)
    recorder = None
    if "through" in order:
        recorder = Recorder()
    elif order["point"]:
        kill_at(Point(**order["point"]))
    scene = scenes.SCENES[order["scene"]]
    scene(scenes.Place(**order["place"]), lambda name, answer: tell({"answers": {name: answer}}))
    sys.settrace(None)
    if recorder is not None:
        points = [asdict(point) for point in recorder.points()]
        missed = recorder.missed(order["through"])
        tell({"points": points, "missed": missed, "modules": list(sys.modules)})


def _fork(scenes: ModuleType, order: dict[str, Any]) -> dict[str, Any]:
    assert threading.active_count() == 1, "a process with threads must not fork"
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(ours)
            _child(scenes, order, theirs)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(theirs)
    told: dict[str, Any] = {"answers": {}}
    with open(ours, encoding="utf-8") as pipe:  # noqa: PTH123  # a pipe has no path
        for line in pipe:
            said = json.loads(line)
            told["answers"] |= said.pop("answers", {})
            told |= said
    for name in told.pop("modules", ()):
        if name not in sys.modules:
            importlib.import_module(name)  # once here, and not in every child
    status = os.waitstatus_to_exitcode(_wait(child, 0)[1])
    return told | {"status": status, "killed": status == -signal.SIGKILL}


def main(name: str = "tests.faults.core.scenes") -> None:
    scenes = importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page
    answers = open(os.dup(1), "w", encoding="utf-8")  # noqa: PTH123, SIM115  # a pipe has no path
    os.dup2(2, 1)  # what a scene prints is no answer
    for line in sys.stdin:
        answers.write(json.dumps(_fork(scenes, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
