"""What an operator's commands do needs no more than the rights of the broker's user `ops` (files/broker.yaml)."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import amqp
import pytest
from kombu import Connection
from typer.testing import CliRunner

from panjareh_cli.local.home import prepare
from panjareh_cli.local.ports import Ports
from panjareh_cli.local.rabbitmq import LocalRabbit
from panjareh_cli.main import app
from panjareh_cli.ops.place import Place
from panjareh_cli.ops.status import queue_depths
from panjareh_common.messaging.topology import Subscription, declare
from tests.chart.rendering import made_secrets

ENDED = Subscription("requests", "on_inquiry_ended", "inquiry", ("inquiry_answered.v1",))


class NarrowBroker(LocalRabbit):
    """One that loads the chart's definitions."""

    definitions: Path
    secrets: dict[str, dict[str, str]]

    def _write_settings(self) -> None:
        super()._write_settings()
        with (self.folder / "rabbitmq.conf").open("a", encoding="utf-8") as file:
            file.write(f"load_definitions = {self.definitions}\n")

    def url_of(self, user: str) -> str:
        password = self.secrets[f"panjareh-{user}-broker"]["password"]
        host = urlsplit(self.url).netloc.rpartition("@")[2]
        return f"amqp://{user}:{password}@{host}/panjareh"


@pytest.fixture(scope="module")
def broker() -> Iterator[NarrowBroker]:
    home = Path(tempfile.mkdtemp(prefix="panjareh-ops-"))
    prepare(home)
    broker = NarrowBroker(home, Ports(home / "ports.json"), "of-nobody")
    broker.secrets = made_secrets(home / "keys.json")
    broker.definitions = home / "definitions.json"
    broker.definitions.write_text(
        broker.secrets["panjareh-broker-definitions"]["definitions.json"], encoding="utf-8"
    )
    broker.start()
    try:
        broker.wait_until_ready()
        with Connection(broker.url_of("migrate")) as connection:
            declare(connection, "requests", [ENDED])
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(home)


def test_an_operator_looks_at_every_queue_and_sends_dead_letters_back(
    broker: NarrowBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"id": "a:1", "type": ENDED.types[0]}
    headers = {"x-death": [{"queue": ENDED.name, "reason": "delivery_limit"}]}
    with Connection(broker.url_of("requests")) as connection:
        channel = connection.channel()
        channel.confirm_select()
        channel.basic_publish_confirm(
            amqp.Message(json.dumps(event).encode(), application_headers=headers),
            "",
            "requests.dead",
        )
    monkeypatch.setenv("PANJAREH_AMQP_URL", broker.url_of("ops"))

    words = ["ops", "-n", "window", "dead-letters", "replay", "requests", "--yes", "--json"]
    done = CliRunner().invoke(app, words)
    depths, said = queue_depths(Place(namespace="window"), ["requests"])

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["moved"] == [{"id": "a:1", "listener": ENDED.name}]
    assert said == []
    found = {each["queue"]: each["messages"] for each in depths}
    assert (found[ENDED.name], found["requests.dead"], found["rpc-requests"]) == (1, 0, 0)
    assert found["requests.erasures"] is None  # was not declared here
