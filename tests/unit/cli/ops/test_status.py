"""`panjareh ops status` of a release on Kubernetes."""

from __future__ import annotations

import importlib
import json

import pytest
from tests.unit.cli.ops.conftest import APPS, BATCH, CORE, OF_RELEASE, Ops, told
from tests.unit.cli.ops.fake_kubernetes import FakeKubernetes
from typer.testing import CliRunner

from panjareh_cli.main import app
from panjareh_cli.ops.dead_letters import SERVICES
from panjareh_cli.ops.doors_of_pods import not_ready, samples
from panjareh_cli.ops.queues import LISTENERS, queues_of

FOLLOWER = f"{CORE}/pods/panjareh-requests-follower-abc:8081/proxy"


def test_a_release_that_is_well(ops: Ops, cluster: FakeKubernetes) -> None:
    done = ops("status", "--json")

    assert done.exit_code == 0, done.output
    found = told(done)
    assert (found["well"], found["wrong"]) == (True, [])
    assert found["processes"][0]["version"] == "0.1.0"
    assert {each["what"] for each in found["ages"]} >= {"secret panjareh-requests"}
    assert {each["service"]: each["state"] for each in found["migrations"]} == {
        "identity": "applied",
        "requests": "applied",
    }
    assert "PANJAREH_AMQP_URL" in found["not_asked"][0]
    assert cluster.changed() == []


@pytest.mark.parametrize(("lang", "words"), [("en", "Nothing is wrong."), ("fa", "اشکالی نیست.")])
def test_people_are_told_in_their_language(cluster: FakeKubernetes, lang: str, words: str) -> None:
    done = CliRunner().invoke(app, ["--lang", lang, "ops", "-n", "window", "status"])

    assert words in done.stdout
    assert "panjareh-requests-rpc" in done.stdout


def test_what_is_wrong_is_named_and_the_exit_code_says_so(
    ops: Ops, cluster: FakeKubernetes
) -> None:
    rpc = cluster.objects[f"{APPS}/deployments/panjareh-requests-rpc"]
    rpc["status"]["readyReplicas"] = 1
    metrics = b'panjareh_follower_lag_seconds{follower="requests.relay"} 61.5\n'
    cluster.texts[f"{FOLLOWER}/metrics"] = (200, "text/plain", metrics)
    migration = {
        "metadata": {"name": "panjareh-requests-migrate", "labels": OF_RELEASE},
        "spec": {
            "template": {
                "metadata": {
                    "labels": {"panjareh/service": "requests", "panjareh/process": "migrate"}
                }
            }
        },
        "status": {"conditions": [{"type": "Failed", "status": "True"}]},
    }
    cluster.put(f"{BATCH}/jobs", migration)

    done = ops("status", "--json")

    assert done.exit_code == 1
    assert told(done)["wrong"] == [
        "panjareh-requests-rpc: 1 of 2 ready",
        "requests.relay of requests is 62 s behind",
        "migration of requests: failed",
    ]


@pytest.mark.parametrize(
    ("checks", "state"),
    [
        ({"database": "not migrated: requests 0002"}, "not migrated: requests 0002"),
        ({"start": "waits for migrate"}, "not migrated"),
    ],
)
def test_migrations_whose_job_has_gone_are_told_by_the_processes(
    ops: Ops, cluster: FakeKubernetes, checks: dict[str, str], state: str
) -> None:
    """A hook removes itself when it succeeds; of several pods the one that misses something counts."""
    said = json.dumps({"status": "not_ready", "checks": checks}).encode()
    cluster.texts[f"{FOLLOWER}/readyz"] = (503, "application/json", said)

    done = ops("status", "--json")

    assert done.exit_code == 1
    assert f"migration of requests: {state}" in told(done)["wrong"]


def test_migrations_that_nobody_tells_of_are_not_called_wrong(
    ops: Ops, cluster: FakeKubernetes
) -> None:
    cluster.forbidden.add(f"{CORE}/pods/panjareh-")

    found = told(ops("status", "--json"))

    assert {each["state"] for each in found["migrations"]} == {"not told"}
    assert found["wrong"] == []


def test_a_process_that_cannot_work_says_why(ops: Ops, cluster: FakeKubernetes) -> None:
    body = {"status": "not_ready", "checks": {"database": "ok", "broker": "does not answer"}}
    said = json.dumps(body).encode()
    cluster.texts[f"{FOLLOWER}/readyz"] = (503, "application/json", said)

    found = told(ops("status", "--json"))

    assert (
        "panjareh-requests-follower-abc is not ready: broker: does not answer" in found["not_asked"]
    )


def test_an_account_that_may_not_look_at_doors_and_secrets_sees_the_rest(
    ops: Ops, cluster: FakeKubernetes
) -> None:
    cluster.forbidden |= {f"{CORE}/secrets", f"{CORE}/pods/panjareh-"}

    done = ops("status", "--json")

    assert done.exit_code == 0, done.output
    assert told(done)["ages"] == []
    assert any("pods were not asked" in each for each in told(done)["not_asked"])


def test_a_release_that_is_not_there(ops: Ops) -> None:
    done = CliRunner().invoke(app, ["ops", "-n", "elsewhere", "status"])

    assert done.exit_code == 1
    assert "elsewhere" in done.stderr


def test_local_and_a_namespace_make_no_sense_together() -> None:
    assert CliRunner().invoke(app, ["ops", "--local", "-n", "window", "status"]).exit_code == 2


def test_no_way_to_kubernetes_is_told(
    monkeypatch: pytest.MonkeyPatch, ops: Ops, cluster: FakeKubernetes
) -> None:
    done = CliRunner().invoke(app, ["ops", "--context", "nowhere", "status"])

    assert done.exit_code == 1
    assert "no way to Kubernetes" in done.stderr


def test_samples_are_read_and_anything_else_is_let_be() -> None:
    text = '# HELP a b\nup 1\nlag{follower="a.b",x="1,2"} 3.5 1700\nbroken{ NaNa\n\n'

    assert [(s.name, s.labels, s.value) for s in samples(text)] == [
        ("up", {}, 1.0),
        ("lag", {"follower": "a.b", "x": "1,2"}, 3.5),
    ]


def test_checks_of_a_door() -> None:
    assert not_ready('{"checks": {"a": "ok", "b": "gone"}}') == ["b: gone"]
    assert not_ready("<html>") == ["its answer is no JSON"]


def test_the_queues_that_are_looked_at_are_those_of_the_services() -> None:
    for service in SERVICES:
        home = importlib.import_module(f"panjareh_{service}.messaging.subscriptions")
        assert set(queues_of(service)[1:]) == {each.name for each in home.SUBSCRIPTIONS}
    assert set(LISTENERS) == set(SERVICES)
