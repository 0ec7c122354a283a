"""Real servers and the whole platform, each started once for all the tests that need it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from panjareh_cli.local.platform import Platform
from panjareh_cli.local.servers import LocalServers


@pytest.fixture(scope="session")
def servers() -> Iterator[LocalServers]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-servers-"))
    home.chmod(0o755)  # PostgreSQL's own user has to reach its data
    with LocalServers(home, environ={}) as running:
        yield running
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def amqp_url(servers: LocalServers) -> str:
    return servers.amqp_url


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-platform-"))
    home.chmod(0o755)  # PostgreSQL's own user has to reach its data
    platform = Platform(home, http_port=0, environ=outside_environment())
    with platform:
        yield platform
    shutil.rmtree(home)


def outside_environment() -> dict[str, str]:
    """The environment without what names servers or keys: the tests start their own."""
    import os

    return {name: value for name, value in os.environ.items() if not name.startswith("PANJAREH_")}
