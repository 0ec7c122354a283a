"""The page of each service is complete: its remote methods, its events, its tables, its commands."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from panjareh_cli.main import app
from panjareh_common.settings import SERVICES

ROOT = Path(__file__).parents[2]
_EVENT = re.compile(r'"([a-z_]+\.v\d+)"')


def _source(service: str, place: str) -> str:
    file = ROOT / f"services/{service}/src/panjareh_{service}" / place
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _page(service: str) -> str:
    return (ROOT / f"services/{service}/README.md").read_text(encoding="utf-8")


def _remote_methods(service: str) -> set[str]:
    """Read from the source, because importing a door brings eventlet with it."""
    home = ROOT / f"services/{service}/src/panjareh_{service}/entrypoints"
    return {
        node.name
        for file in [home / "rpc.py", *home.glob("doors/*.py")]
        if file.exists()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "rpc"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_names_every_remote_method(service: str) -> None:
    methods = _remote_methods(service)

    assert methods
    assert {name for name in methods if f"`{name}`" not in _page(service)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_names_every_event_that_is_told_or_heard(service: str) -> None:
    told = set(_EVENT.findall(_source(service, "messaging/translation.py")))
    heard = set(_EVENT.findall(_source(service, "messaging/subscriptions.py")))

    assert told
    assert {name for name in told | heard if f"`{name}`" not in _page(service)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_names_every_command_of_its_service(service: str) -> None:
    commands = re.search(r"commands = \((.+?)\)", _source(service, "__main__.py"), re.DOTALL)

    assert commands
    for command in re.findall(r'"(\w+)"', commands[1]):
        assert re.search(rf"\b{command}\b", _page(service)), command


def test_the_page_of_the_command_line_names_every_command() -> None:
    page = (ROOT / "libs/cli/README.md").read_text(encoding="utf-8")
    names = [
        info.name or info.callback.__name__ for info in app.registered_commands if info.callback
    ]
    groups = [str(info.name) for info in app.registered_groups]

    assert names
    assert [name for name in [*names, *groups] if f"`panjareh {name}" not in page] == []
