"""The whole platform from its images, each process in a container as the chart hardens it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from panjareh_cli.local.plan import Program
from panjareh_cli.local.platform import Platform
from tests.conftest import outside_environment
from tests.images.conftest import HARDENED, ROOT, image, podman
from tests.people import Person, internet_form, somebody

pytestmark = pytest.mark.images

DEMO = ROOT / "libs/sandbox/src/panjareh_sandbox/demo"


class ContainedPlatform(Platform):
    """The local platform, but for its processes: each runs in a container."""

    def _command(self, program: Program) -> list[str]:
        told: Mapping[str, str] = self.environment_for(program.service, administrator=True)
        return [
            *(str(ROOT / "scripts/images"), "podman", "run", "--rm", "--network=host"),
            *(*HARDENED, "--tmpfs=/tmp", f"--volume={DEMO}:{DEMO}:ro"),
            *(f"--volume={self.home}/{folder}:{self.home}/{folder}" for folder in FOLDERS),
            *(f"--env={name}" for name in told if name.startswith("PANJAREH_")),
            *(image(program.service), *program.arguments),
        ]


FOLDERS = ("heads", "erasures", "sandbox", "cards")


@pytest.fixture(scope="module")
def contained() -> Iterator[ContainedPlatform]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-images-"))
    home.chmod(0o755)
    for folder in FOLDERS:
        (home / folder).mkdir()
        (home / folder).chmod(0o777)  # the containers' user is not ours
    environ = outside_environment()
    for name in ("PANJAREH_CACHE", "PANJAREH_BASE_IMAGE"):
        if name in os.environ:
            environ[name] = os.environ[name]
    with ContainedPlatform(home, http_port=0, environ=environ) as platform:
        yield platform
    shutil.rmtree(home)


def test_a_journey_passes_on_the_images(contained: ContainedPlatform) -> None:
    person = Person(contained, somebody(decile=2)).arrive()

    request = person.submit("INET-001", internet_form(person.about))

    decided = person.wait_for(request["request_id"], "decided")
    assert decided["outcome"] == "granted"


def test_every_container_stops_by_itself_when_told(contained: ContainedPlatform) -> None:
    contained.stop()

    left = podman("ps", "--all", "--quiet").stdout
    assert left == ""
