"""A platform for the faults alone: what is killed here is nobody else's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from panjareh_cli.local.platform import Platform
from tests.conftest import outside_environment


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-faults-"))
    home.chmod(0o755)  # PostgreSQL's own user has to reach its data
    platform = Platform(home, http_port=0, environ=outside_environment())
    with platform:
        yield platform
    shutil.rmtree(home)
