"""What the end-to-end tests share beside the platform: OAuth clients that we did not write, from npm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JS = Path(__file__).parent / "js"
RunScript = Callable[..., Any]
"""`run(script, *arguments)`: what a script of tests/e2e/js writes, read as JSON."""


@pytest.fixture(scope="session")
def run_script() -> RunScript:
    """Installs what package-lock.json names, once, and runs scripts with it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    assert node and npm, "node and npm are needed: apt-get install nodejs npm"
    lock, installed = JS / "package-lock.json", JS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], 300)

    def run(script: str, *arguments: str, seconds: float = 60) -> Any:
        return json.loads(_run([node, script, *arguments], seconds))

    return run


def _run(command: list[str], seconds: float) -> str:
    done = subprocess.run(
        command,
        cwd=JS,
        env={**os.environ, "npm_config_update_notifier": "false"},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
