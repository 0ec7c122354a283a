"""An image holds one package, runs it as nobody on a read-only root, and is built the same twice."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from panjareh_cli.local.plan import MIGRATIONS, PROCESSES
from tests.images.conftest import HARDENED, PACKAGES, ROOT, image, inspected, podman

pytestmark = pytest.mark.images

PROGRAMS = [program for program in (*MIGRATIONS, *PROCESSES) if program.arguments]

_INSTALLED = """
import importlib.metadata as m, json
print(json.dumps({d.name: d.version for d in m.distributions()}))
"""
_UNCOMPILED = """
import importlib, os, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
for name, module in sys.modules.items():
    cached = getattr(module, "__cached__", None)
    if cached and not os.path.exists(cached):
        print(name)
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_an_image_runs_as_nobody_and_says_what_it_is(package: str) -> None:
    config = inspected(image(package))["Config"]

    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["/opt/panjareh/bin/run"]
    labels = {
        name.removeprefix("org.opencontainers.image."): value
        for name, value in config["Labels"].items()
    }
    assert labels["title"] == f"panjareh-{package}"
    assert labels["licenses"] == "Apache-2.0"
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert labels["revision"] == head.stdout.strip()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_process_starts_from_its_image_and_asks_for_its_settings(program: object) -> None:
    ran = podman(
        *("run", "--rm", "--network=none", *HARDENED),
        *(image(program.service), *program.arguments),  # type: ignore[attr-defined]
        check=False,
    )

    assert ran.returncode == 1
    assert "cannot start" in ran.stderr
    assert "PANJAREH_DATABASE_URL" in ran.stderr or "PANJAREH_AMQP_URL" in ran.stderr


def test_the_command_line_has_an_image_too() -> None:
    ran = podman("run", "--rm", "--network=none", *HARDENED, image("cli"), "--help")

    assert "Panjareh, one window to public services" in ran.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_compiled_when_an_image_starts(package: str) -> None:
    ran = podman(
        *("run", "--rm", "--network=none", *HARDENED, "--entrypoint=python"),
        *(image(package), "-c", _UNCOMPILED, f"panjareh_{package}"),
    )

    assert ran.stdout == ""


def test_the_root_cannot_be_written_to() -> None:
    ran = podman(
        *("run", "--rm", "--network=none", *HARDENED, "--entrypoint=python"),
        *(image("gateway"), "-c", "open('/opt/panjareh/new', 'w')"),
        check=False,
    )

    assert "Read-only file system" in ran.stderr


def test_nothing_of_ours_belongs_to_whom_it_runs_as() -> None:
    """So that even on a writable root a process cannot change its own code."""
    listed = podman(
        *("run", "--rm", "--network=none", "--entrypoint=python", image("gateway"), "-c"),
        "import os; print([f for d, _, fs in os.walk('/opt') for f in fs "
        "if os.access(os.path.join(d, f), os.W_OK)])",
    )

    assert listed.stdout.strip() == "[]"


def test_a_second_build_is_equal_byte_for_byte() -> None:
    again = "localhost/panjareh/gateway:again"
    subprocess.run(
        ["scripts/images", "build", "gateway"],
        cwd=ROOT,
        env={**os.environ, "PANJAREH_NO_CACHE": "1", "TAG": again},
        check=True,
        capture_output=True,
        timeout=900,
    )

    assert inspected(again)["Id"] == inspected(image("gateway"))["Id"]
    podman("image", "rm", again)


def test_the_bill_of_materials_lists_what_is_in_the_image(tmp_path: Path) -> None:
    subprocess.run(
        ["scripts/supply-chain", "sbom", str(tmp_path), "requests"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=300,
    )
    bill = json.loads((tmp_path / "panjareh-requests.cdx.json").read_text())
    ran = podman(
        *("run", "--rm", "--network=none", "--entrypoint=python"),
        *(image("requests"), "-P", "-c", _INSTALLED),
    )

    parts = [*bill["components"], bill["metadata"]["component"]]
    listed = {_plain(part["name"]): part["version"] for part in parts}
    inside = {_plain(name): version for name, version in json.loads(ran.stdout).items()}
    assert listed == inside


def _plain(name: str) -> str:
    """A package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
