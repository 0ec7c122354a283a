"""NetworkPolicies allow the edges of the design, all of them and no others."""

from __future__ import annotations

import itertools
from urllib.parse import urlsplit

import pytest
import yaml

from tests.chart.edges import Peer, allowed
from tests.chart.rendering import NAMESPACE, Rendered, render, template

DNS, HEALTH, WINDOW, PROVIDER, DATABASE, BROKER = 53, 8081, 8080, 8082, 5432, 5672
FILES, SCANNER, PAYMENTS = 8083, 3310, 8104
BROKER_METRICS, SMS, AUTHORITIES, API = 15692, 8090, tuple(range(8091, 8104)), (443, 6443)
PORTS = (
    DNS,
    HEALTH,
    WINDOW,
    PROVIDER,
    FILES,
    SCANNER,
    PAYMENTS,
    DATABASE,
    BROKER,
    BROKER_METRICS,
    SMS,
    *AUTHORITIES,
    *API,
    4318,
    9187,
    8000,
    15672,
    22,
)

WITH_A_DATABASE = {
    *(
        f"{service}-{process}"
        for service in ("identity", "catalog", "requests", "inquiry", "feedback")
        for process in ("rpc", "follower", "migrate")
    ),
    "identity-http",
    "requests-http",
    "identity-clock",
    "catalog-clock",
    "requests-clock",
    "inquiry-clock",
}
SEEDS = {
    "catalog-publish",
    "catalog-keep-quotas",
    "inquiry-connect",
    "identity-appoint",
    "identity-publish-statement",
}  # the sandbox's, once
PROCESSES = WITH_A_DATABASE | {"gateway-http"}
ELSEWHERE = ("dns", "monitoring", "ingress", "stranger", "elsewhere")

# Who may speak to whom, at which port. Beside it: everything of ours may ask kube-system for names.
EDGES = {
    ("visitor", "gateway-http", WINDOW),
    ("ingress", "gateway-http", WINDOW),
    ("stranger", "gateway-http", WINDOW),  # in the namespace, and no less a visitor
    ("monitoring", "rabbitmq", BROKER_METRICS),
    ("monitoring", "gateway-http", WINDOW),  # as everybody
    *(
        (each, "identity-http", PROVIDER)
        for each in ("visitor", "ingress", "stranger", "monitoring")
    ),
    *((each, "requests-http", FILES) for each in ("visitor", "ingress", "stranger", "monitoring")),
    ("requests-clock", "sandbox", SCANNER),
    ("requests-clock", "sandbox", PAYMENTS),
    ("gateway-http", "identity-http", PROVIDER),
    ("catalog-clock", "gateway-http", WINDOW),  # it looks whether the window answers people
    ("test", "gateway-http", WINDOW),
    ("catalog-clock", "gateway-http", WINDOW),
    ("test", "sandbox", SMS),
    *((f"identity-{process}", "sandbox", SMS) for process in ("rpc", "http", "clock")),
    *(("inquiry-clock", "sandbox", port) for port in AUTHORITIES),
    *((each, "postgresql", DATABASE) for each in WITH_A_DATABASE | SEEDS | {"ops"}),
    *((each, "rabbitmq", BROKER) for each in PROCESSES | SEEDS | {"ops"}),
    *(("monitoring", each, HEALTH) for each in PROCESSES | SEEDS),
    # The API server has no pod to name, so its ports are open to an operator's pod wherever it is.
    *(("ops", each, port) for each in ("address", "visitor", *ELSEWHERE) for port in API),
}


def _outside() -> list[Peer]:
    def space(name: str) -> dict[str, str]:
        return {"kubernetes.io/metadata.name": name}

    return [
        Peer("dns", {"k8s-app": "kube-dns"}, space("kube-system")),
        Peer("monitoring", {"app": "prometheus"}, space("monitoring")),
        Peer("ingress", {"app": "nginx"}, space("ingress-nginx")),
        Peer("visitor", {}, pod=False),
        Peer("address", {}, pod=False),
        Peer("stranger", {"app": "something-else"}),
        Peer("elsewhere", {"app.kubernetes.io/name": "panjareh"}, space("other")),
    ]


def _ours(rendered: Rendered) -> list[Peer]:
    labels = {pod.component: pod.labels for pod in rendered.pods}
    operator = {
        "app.kubernetes.io/name": "panjareh",
        "app.kubernetes.io/instance": "panjareh",
        "app.kubernetes.io/component": "ops",
    }
    return [*(Peer(name, each) for name, each in labels.items()), Peer("ops", operator)]


def _open(rendered: Rendered) -> set[tuple[str, str, int]]:
    policies = rendered.of("NetworkPolicy")
    ours, outside = _ours(rendered), _outside()
    pairs = [
        *itertools.permutations(ours, 2),
        *itertools.product(ours, outside),
        *itertools.product(outside, ours),
    ]
    return {
        (source.name, target.name, port)
        for source, target in pairs
        for port in PORTS
        if allowed(policies, source, target, port)
    }


def test_the_trials_policies_allow_exactly_the_edges_of_the_design() -> None:
    rendered = render("ci")

    found = _open(rendered)

    names = {(peer.name, "dns", DNS) for peer in _ours(rendered)}
    # Where nobody is named as a visitor, everybody is one, an address of no pod too.
    doors = (("gateway-http", WINDOW), ("identity-http", PROVIDER), ("requests-http", FILES))
    anybody = {(each.name, *door) for each in _outside() for door in doors}
    # A pod of ours speaks only where it is let: nothing but the test's pod visits.
    assert found == EDGES | names | anybody


def test_pods_beside_the_release_keep_their_own_ways() -> None:
    """Policies select our pods only; and what is not ours reaches none of them but the window."""
    found = _open(render("ci"))

    for intruder in ("stranger", "elsewhere", "ingress"):
        assert {(target, port) for source, target, port in found if source == intruder} == {
            ("gateway-http", WINDOW),
            ("identity-http", PROVIDER),
            ("requests-http", FILES),
        }


def test_in_production_only_the_ingress_reaches_the_window_and_only_those_leave_who_must() -> None:
    rendered = render("production")
    found = _open(rendered)

    assert {
        source for source, target, port in found if target == "gateway-http" and port == WINDOW
    } == {
        "ingress",
        "test",
        "catalog-clock",
    }
    assert {
        source for source, target, port in found if target == "identity-http" and port == PROVIDER
    } == {
        "ingress",
        "gateway-http",
    }
    assert {
        source for source, target, port in found if target == "requests-http" and port == FILES
    } == {"ingress"}
    leaving = {source for source, target, port in found if target == "address" and port == 443}
    senders = {"identity-rpc", "identity-http", "identity-clock"}
    # Requests' clock speaks to the payment provider.
    assert leaving == {*senders, "inquiry-clock", "catalog-clock", "requests-clock", "ops"}


def test_each_service_reaches_its_own_database_and_no_other() -> None:
    rendered = render("production")
    policies = rendered.of("NetworkPolicy")
    clusters = [
        Peer(name, {"cnpg.io/cluster": f"panjareh-{name}-db"})
        for name in ("identity", "catalog", "requests", "inquiry", "feedback")
    ]

    reached = {
        (source.labels["panjareh/service"], cluster.name)
        for source in _ours(rendered)
        if "panjareh/service" in source.labels
        for cluster in clusters
        if allowed(policies, source, cluster, DATABASE)
    }

    assert reached == {(cluster.name, cluster.name) for cluster in clusters}


def test_a_restored_database_takes_the_place_of_the_one_that_was_made() -> None:
    """What docs/operations/runbooks/restore-postgresql.md does: host, administrator, backups and policies
    follow; the old cluster is left alone and as closed as before.
    """
    new = "panjareh-requests-db-1125020000"
    text = template("production", "--set", f"services.requests.databaseHost={new}-rw")
    rendered = Rendered("restored", text, tuple(filter(None, yaml.safe_load_all(text))))
    policies = rendered.of("NetworkPolicy")

    told = rendered.named("ConfigMap", "panjareh-requests")["data"]["PANJAREH_DATABASE_URL"]
    assert urlsplit(told).hostname == f"{new}-rw"
    (pod,) = [p for p in rendered.pods if p.name == "CronJob panjareh-requests-migrate"]
    assert f"{new}-superuser" in str(pod.spec)
    (backup,) = [
        each for each in rendered.of("ScheduledBackup") if "requests" in each["metadata"]["name"]
    ]
    assert backup["spec"]["cluster"]["name"] == new
    assert len(rendered.of("Cluster")) == 4
    for name in (new, "panjareh-requests-db"):
        database = Peer(name, {"cnpg.io/cluster": name})
        reaching = {
            source.labels.get("panjareh/service", source.name)
            for source in _ours(rendered)
            if allowed(policies, source, database, DATABASE)
        }
        assert reaching == ({"requests", "ops"} if name == new else set())


@pytest.mark.parametrize("variant", ["production", "ci"])
def test_only_followers_that_have_heads_stamped_reach_the_time_stamping_authority(
    variant: str,
) -> None:
    told = "services.requests.environment.PANJAREH_TSA_URL=https://tsa.example.org"
    text = template(variant, "--set", told)
    stamping = Rendered("stamping", text, tuple(filter(None, yaml.safe_load_all(text))))

    # The sandbox plays none, so the authority is outside in the trial too.
    new = _open(stamping) - _open(render(variant))

    assert {(source, port) for source, _, port in new} == {("requests-follower", 443)}
    assert "address" in {target for _, target, _ in new}


@pytest.mark.parametrize("variant", ["external", "gateway-api"])
def test_servers_elsewhere_are_reached_at_their_port_and_nothing_else_is(variant: str) -> None:
    found = _open(render(variant))

    leaving = {(source, port) for source, target, port in found if target == "address"}
    assert {port for source, port in leaving if source == "requests-clock"} == {
        DATABASE,
        BROKER,
        SCANNER,
        443,  # of the payment provider
    }
    assert {port for source, port in leaving if source == "requests-http"} == {DATABASE, BROKER}
    assert {port for source, port in leaving if source == "gateway-http"} == {BROKER}
    assert {port for source, port in leaving if source == "inquiry-clock"} == {
        DATABASE,
        BROKER,
        443,
    }


def test_without_policies_there_are_none() -> None:
    assert "kind: NetworkPolicy" not in template("ci", "--set", "networkPolicy.enabled=false")
    assert NAMESPACE not in render("ci").of("NetworkPolicy")[0]["metadata"]
