"""Counters that no noise can touch: round trips an append, persistent calls, publishes a submission.

Counted on the wire, by proxies before the servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from panjareh_cli.local.platform import Platform
from tests.bench.ground import Ground
from tests.bench.model import Bench, Check
from tests.bench.processes import Child
from tests.bench.proxies import Proxy, Published, Publishes, Turns, proxy
from tests.bench.rpc import echo_environment
from tests.bench.stores import ours
from tests.conftest import outside_environment
from tests.people import Person, internet_form, somebody

_APPENDS = 50
_SUBMISSIONS = 5
_SUBMIT = "requests.submit"


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    def checks() -> list[Check]:
        return [round_trips(ground), *persistent_calls(ground), publishes(ground)]

    yield Bench("counters", "what no noise can touch", (), checks=checks, figures=())


def round_trips(ground: Ground) -> Check:
    """A client that waits for two answers, one after another, has spoken twice."""
    url = ours.prepare(ground, "counters_append")
    with proxy(url, Turns) as passed:
        store = ours.open_store(f"{passed.url}?sslmode=disable")
        store.append()  # connects and prepares
        before = sum(wire.count for wire in passed.wires)
        for _ in range(_APPENDS):
            store.append()
        turns = sum(wire.count for wire in passed.wires) - before
    return Check("round trips an append ≤ 1", turns <= _APPENDS, f"{turns} for {_APPENDS}")


def persistent_calls(ground: Ground) -> Iterator[Check]:
    """Calls and answers die with the broker, on purpose: deadlines tell the callers."""
    with proxy(ground.servers.amqp_url, Publishes) as passed:
        env = echo_environment(ground, "counters_calls") | {"PANJAREH_AMQP_URL": passed.url}
        log = ground.home / "counters.log"
        service = Child("tests.bench.rpc_peers.ours", "serve", env=env, log=log)
        service.wait_until_ready()
        driver = Child("tests.bench.rpc_peers.ours", "drive", env=env, log=log)
        driver.wait_until_ready()
        answered = driver.ask("32 0.5")["count"]
        driver.stop()
        service.stop()
        messages = _all(passed)
    persistent = [message for message in messages if message.delivery_mode == 2]
    seen = f"{len(persistent)} of {len(messages)} messages, {answered} calls"
    yield Check("persistent messages of calls = 0", bool(messages) and not persistent, seen)


def publishes(ground: Ground) -> Check:
    """What is published until the person has the answer: what the gateway sends, and what answers it."""
    with proxy(ground.servers.amqp_url, Publishes) as passed:
        environ = outside_environment() | {
            "PANJAREH_AMQP_URL": passed.url,
            "PANJAREH_DATABASE_URL": ground.servers.database_url,
        }
        with Platform(_folder(ground), http_port=0, environ=environ) as platform:
            person = Person(platform, somebody()).arrive()
            person.submit("INET-001", internet_form(person.about))
            gateway = next(
                wire
                for wire in passed.wires
                if any(m.routing_key == _SUBMIT for m in wire.messages)
            )
            address = next(m.reply_to for m in gateway.messages if m.routing_key == _SUBMIT)
            begun = len(gateway.messages), len(_to(passed, address))
            for _ in range(_SUBMISSIONS):
                person.submit("INET-001", internet_form(person.about))
            asked = gateway.messages[begun[0] :]
            answers = _to(passed, address)[begun[1] :]
    count = len(asked) + len(answers)
    return Check(
        "publishes a submission ≤ 2",
        bool(answers) and count <= 2 * _SUBMISSIONS,
        f"{count} for {_SUBMISSIONS}",
    )


def _all(passed: Proxy[Publishes]) -> list[Published]:
    return [message for wire in passed.wires for message in wire.messages]


def _to(passed: Proxy[Publishes], queue: str | None) -> list[Published]:
    return [message for message in _all(passed) if message.routing_key == queue]


def _folder(ground: Ground) -> Path:
    folder = ground.home / "platform"
    folder.mkdir()
    return folder
