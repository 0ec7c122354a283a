"""Images of the working tree, built by `make images`; its tests run only where they are asked for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("identity", "catalog", "requests", "inquiry", "feedback", "gateway", "sandbox", "cli")
# What the chart asks of every container.
HARDENED = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "images: build and run container images (make images)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "images" in (config.option.markexpr or ""):
        return
    here = Path(__file__).parent
    left_out = [item for item in items if here in item.path.parents]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def podman(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Podman on the store of scripts/images."""
    return subprocess.run(
        ["scripts/images", "podman", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=check,
        timeout=240,
    )


def image(package: str) -> str:
    version = (ROOT / "libs/common/pyproject.toml").read_text().split('version = "')[1]
    number = version.split('"')[0]
    return f"localhost/panjareh/{package}:{number}"


def inspected(reference: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(podman("image", "inspect", reference).stdout)[0]
    return found
