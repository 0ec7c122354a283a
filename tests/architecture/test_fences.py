"""The fences between packages stand, and the processes that are started exist."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from panjareh_cli.local.plan import DOORS, MIGRATIONS, PROCESSES
from tests.inventory import ROOT

PROGRAMS = (*MIGRATIONS, *(door.program for door in DOORS), *PROCESSES)


def test_the_import_contracts_hold():
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_process_of_the_local_platform_has_its_module(program):
    assert importlib.util.find_spec(f"{program.module}.__main__")
    if program.arguments:
        name = f"{program.module}.entrypoints.{program.arguments[0].replace('-', '_')}"
        assert importlib.util.find_spec(name), f"{program.name} has no {name}"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_command_of_the_local_platform_is_one_its_service_takes(program):
    if not program.arguments:
        return
    origin = importlib.util.find_spec(f"{program.module}.__main__").origin
    assert f'"{program.arguments[0]}"' in Path(origin).read_text(encoding="utf-8")


def test_every_door_has_the_files_it_reads():
    for door in DOORS:
        assert door.content.exists(), door.program.name


def test_every_process_has_a_name_of_its_own():
    names = [program.name for program in PROGRAMS]

    assert len(names) == len(set(names))
