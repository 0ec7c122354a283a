"""The whole platform under the rights of files/broker.yaml, on a real broker that loads the chart's definitions.

What `helm test` runs is run here, too: the doors, and a person's journey by `panjareh demo`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import amqp
import pytest
import yaml
from kombu import Connection

from panjareh_cli.local import servers
from panjareh_cli.local.platform import Platform
from panjareh_cli.local.rabbitmq import LocalRabbit
from tests.chart.rendering import CHART, ROOT, made_secrets
from tests.conftest import outside_environment

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def broker_secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    return made_secrets(tmp_path_factory.mktemp("keys") / "keys.json")


class NarrowPlatform(Platform):
    """The local platform, with a user of the broker for each service, and one for migrations."""

    secrets: dict[str, dict[str, str]]

    def url_of(self, user: str) -> str:
        password = self.secrets[f"panjareh-{user}-broker"]["password"]
        return f"amqp://{user}:{password}@{urlsplit(self.servers.amqp_url).netloc.rpartition('@')[2]}/panjareh"

    def environment_for(self, service: str, *, administrator: bool = False) -> dict[str, str]:
        told = super().environment_for(service, administrator=administrator)
        if "PANJAREH_AMQP_URL" in told:
            told["PANJAREH_AMQP_URL"] = self.url_of("migrate" if administrator else service)
        return told


@pytest.fixture(scope="module")
def platform(broker_secrets: dict[str, dict[str, str]]) -> Iterator[NarrowPlatform]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-narrow-"))
    home.chmod(0o755)  # PostgreSQL's own user has to reach its data
    definitions = home / "definitions.json"
    definitions.write_text(
        broker_secrets["panjareh-broker-definitions"]["definitions.json"], "utf-8"
    )

    class DefinedRabbit(LocalRabbit):
        def _write_settings(self) -> None:
            super()._write_settings()
            with (self.folder / "rabbitmq.conf").open("a", encoding="utf-8") as file:
                file.write(f"load_definitions = {definitions}\n")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(servers, "LocalRabbit", DefinedRabbit)
        running = NarrowPlatform(home, http_port=0, environ=outside_environment())
        running.secrets = broker_secrets
        with running:
            yield running
    shutil.rmtree(home)


def test_the_doors_are_open(platform: NarrowPlatform) -> None:
    done = subprocess.run(
        [sys.executable, str(CHART / "files/doors.py")],
        env={"PATH": "/usr/bin:/bin", "PANJAREH_URL": platform.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": ok") == 5


def test_the_doors_test_fails_where_nobody_opens() -> None:
    done = subprocess.run(
        [sys.executable, str(CHART / "files/doors.py")],
        env={"PATH": "/usr/bin:/bin", "PANJAREH_URL": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1


def test_a_persons_journey_needs_no_further_right(platform: NarrowPlatform) -> None:
    done = subprocess.run(
        [str(ROOT / ".venv/bin/panjareh"), "demo"],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(platform.home),
            "PANJAREH_URL": platform.url,
            "PANJAREH_SANDBOX_URL": platform.sandbox_url,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for log in (platform.home / "logs").glob("*.log"):
        assert "ACCESS_REFUSED" not in log.read_text(encoding="utf-8"), log.name
    said = (platform.home / "rabbitmq/log").glob("*.log")
    assert not [
        line for file in said for line in file.read_text("utf-8").splitlines() if "refused" in line
    ]


@pytest.mark.parametrize(
    ("user", "act"),
    [
        ("requests", lambda channel: channel.basic_consume("rpc-identity")),
        ("requests", lambda channel: channel.basic_get("identity.dead")),
        ("requests", lambda channel: channel.queue_declare("anything")),
        ("requests", lambda channel: channel.exchange_delete("panjareh.events")),
        ("requests", lambda channel: channel.exchange_declare("nameko-rpc", "topic", durable=True)),
        (
            "requests",
            lambda channel: channel.queue_bind("rpc-requests", "nameko-rpc", "identity.*"),
        ),
        (
            "requests",
            lambda channel: channel.basic_publish_confirm(
                amqp.Message("{}"), "panjareh.events", "person_erased.v1"
            ),
        ),
        (
            "requests",
            lambda channel: channel.basic_publish_confirm(
                amqp.Message("[]"), "nameko-rpc", "feedback.ping"
            ),
        ),
        (
            "gateway",
            lambda channel: channel.basic_publish_confirm(
                amqp.Message("{}"), "panjareh.events", "request_decided.v1"
            ),
        ),
        (
            "gateway",
            lambda channel: channel.basic_publish_confirm(amqp.Message("{}"), "", "rpc-identity"),
        ),
        (
            "migrate",
            lambda channel: channel.basic_publish_confirm(
                amqp.Message("{}"), "panjareh.events", "request_decided.v1"
            ),
        ),
        ("ops", lambda channel: channel.basic_get("requests.on_inquiry_ended")),
        ("ops", lambda channel: channel.queue_delete("requests.dead")),
    ],
)
def test_what_is_nobodys_business_is_refused(
    platform: NarrowPlatform, user: str, act: object
) -> None:
    with Connection(platform.url_of(user)) as connection:
        channel = connection.channel()

        with pytest.raises(amqp.exceptions.AccessRefused):
            act(channel)  # type: ignore[operator]


def test_an_operator_may_look_at_dead_letters_and_send_them_back(platform: NarrowPlatform) -> None:
    with Connection(platform.url_of("ops")) as connection:
        channel = connection.channel()

        assert channel.queue_declare("requests.dead", passive=True).message_count == 0
        assert channel.basic_get("requests.dead") is None
        channel.confirm_select()
        channel.basic_publish_confirm(amqp.Message("{}"), "", "requests.dead")
        assert channel.basic_get("requests.dead", no_ack=True) is not None


def test_the_bundled_broker_is_configured_as_this_one_was() -> None:
    template = (CHART / "templates/rabbitmq-bundled.yaml").read_text(encoding="utf-8")

    assert "load_definitions = /etc/rabbitmq/definitions/definitions.json" in template
    assert yaml.safe_load((CHART / "files/broker.yaml").read_text("utf-8"))["policies"]
