"""What is stored and what is sent keeps its name for ever, and whatever is sent is heard."""

import importlib
import json
import subprocess
import sys

import pytest
from eventsourcing.utils import get_topic

from panjareh_common.messaging.topology import dead_letter_queue, erasures, rpc_queue, trust
from panjareh_common.settings import SERVICES
from tests.inventory import ROOT, aggregates, events, events_of, published, subscriptions

BY_THE_RUNNER = {"public"}  # what serve() gives every service beside its wiring
SUBSCRIPTIONS = [each for service in SERVICES for each in subscriptions(service)]

# Service classes are Nameko's, which changes what threads are: they are looked at in another process.
_LOOK = """
import importlib, json
importlib.import_module("panjareh_common.green")
from panjareh_common.messaging.listening import _Listener
from panjareh_common.settings import SERVICES
from panjareh_common.rpc.server import Provided
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

found = {}
for service in SERVICES:
    module = importlib.import_module(f"panjareh_{service}.entrypoints.rpc")
    kind = next(m for m in vars(module).values() if getattr(m, "name", None) == service)
    heard = {}
    for name in dir(kind):
        for entry in getattr(getattr(kind, name), ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entry, _Listener):
                heard[entry.queue_of(service)[0]] = name
    asked = [getattr(kind, n)._name for n in dir(kind) if isinstance(getattr(kind, n), Provided)]
    wiring = importlib.import_module(f"panjareh_{service}.wiring").Wiring
    found[service] = {
        "module": kind.__module__,
        "heard": heard,
        "provided": asked,
        "wired": list(wiring.__dataclass_fields__),
    }
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def service_classes():
    """Each service's Nameko class as it is: which listeners it has, and what it takes from its wiring."""
    looked = subprocess.run(
        [sys.executable, "-c", _LOOK], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return json.loads(looked.stdout)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_aggregates_and_every_aggregate_has_events(service):
    assert aggregates(service)
    for aggregate in aggregates(service):
        assert events_of(aggregate)


@pytest.mark.parametrize(
    ("aggregate", "event"),
    [(a, e) for s in SERVICES for a in aggregates(s) for e in events_of(a)],
    ids=lambda each: each.__name__,
)
def test_every_event_has_a_topic_of_its_own_that_names_its_aggregate(aggregate, event):
    assert "TOPIC" in vars(aggregate)
    # A topic that followed the place of its class would be lost with it.
    assert get_topic(event) == f"{aggregate.TOPIC}.{event.__name__}"


def test_no_two_events_or_aggregates_share_a_topic():
    kinds = [kind for s in SERVICES for kind in (*aggregates(s), *events(s))]
    topics = [kind.TOPIC for kind in kinds]

    assert len(topics) == len(set(topics))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_publishes_only_events_of_its_own(service):
    assert set(published(service)) <= set(events(service))


def test_no_two_queues_share_a_name():
    queues = [each.name for each in SUBSCRIPTIONS]
    queues += [rpc_queue(service).name for service in SERVICES]
    queues += [dead_letter_queue(service).name for service in SERVICES]

    assert len(queues) == len(set(queues))


@pytest.mark.parametrize("service", SERVICES)
def test_every_subscription_has_its_handler_and_every_handler_its_subscription(
    service, service_classes
):
    heard = service_classes[service]["heard"]

    assert heard == {each.name: each.handler for each in subscriptions(service)}
    assert all(each.service == service for each in subscriptions(service))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_hears_of_erasures(service):
    assert erasures(service) in subscriptions(service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_hears_of_keys_and_ended_sessions(service):
    assert trust(service) in subscriptions(service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_queue_is_declared_by_its_services_migration(service, monkeypatch):
    migration = importlib.import_module(f"panjareh_{service}.entrypoints.migrate")
    told = []
    monkeypatch.setattr(
        migration, "migrate", lambda name, subscribed, **_: told.append((name, subscribed))
    )

    migration.main([])

    assert [(name, tuple(subscribed)) for name, subscribed in told] == [
        (service, subscriptions(service))
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_class_asks_for_is_wired(service, service_classes):
    found = service_classes[service]

    assert set(found["provided"]) - BY_THE_RUNNER <= set(found["wired"])
