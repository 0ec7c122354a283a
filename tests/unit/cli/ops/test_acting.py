"""What `panjareh ops` changes on Kubernetes: it asks first, goes in an order that is safe, and can be undone."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.cli.ops.conftest import APPS, BATCH, CORE, OF_RELEASE, Ops, ready, told
from tests.unit.cli.ops.fake_kubernetes import FakeKubernetes, Json

from panjareh_cli.ops.restore import recovery_of

CNPG = "/apis/postgresql.cnpg.io/v1/namespaces/window"
KEDA = "/apis/keda.sh/v1alpha1/namespaces/window"
OF_REQUESTS = [f"panjareh-requests-{process}" for process in ("clock", "follower", "rpc")]


def replicas(cluster: FakeKubernetes) -> dict[str, int]:
    return {
        name: cluster.objects[f"{APPS}/deployments/{name}"]["spec"]["replicas"]
        for name in OF_REQUESTS
    }


@pytest.fixture
def controllers(cluster: FakeKubernetes) -> FakeKubernetes:
    """Deployments have at once the pods that they want."""

    def act(method: str, path: str, body: Json | None) -> None:
        if method == "PATCH" and path.startswith(f"{APPS}/deployments/"):
            wanted = cluster.objects[path]["spec"]["replicas"]
            cluster.objects[path]["status"] = ready(wanted)
            if wanted == 0:
                cluster.objects.pop(f"{CORE}/pods/{path.rpartition('/')[2]}-abc", None)

    cluster.on.append(act)
    return cluster


# drain


def test_a_service_is_drained_and_comes_back_as_it_was(
    ops: Ops, controllers: FakeKubernetes
) -> None:
    rpc = f"{APPS}/deployments/panjareh-requests-rpc"
    controllers.objects[rpc]["spec"]["replicas"] = 5
    controllers.put(f"{KEDA}/scaledobjects", {"metadata": {"name": "panjareh-requests-rpc"}})
    scaled = f"{KEDA}/scaledobjects/panjareh-requests-rpc"

    assert ops("drain", "requests", "--yes").exit_code == 0
    assert set(replicas(controllers).values()) == {0}
    assert controllers.objects[scaled]["metadata"]["annotations"] == {
        "autoscaling.keda.sh/paused-replicas": "0"
    }
    assert ops("drain", "requests", "--yes").exit_code == 0  # drained twice is drained once

    assert ops("drain", "requests", "--undo", "--yes").exit_code == 0
    assert replicas(controllers) == dict.fromkeys(OF_REQUESTS, 2) | {"panjareh-requests-rpc": 5}
    assert controllers.objects[scaled]["metadata"]["annotations"] == {}
    assert {path for _, path in controllers.changed()} == {
        scaled,
        *(f"{APPS}/deployments/{name}" for name in OF_REQUESTS),
    }


def test_draining_waits_for_what_is_in_hand(ops: Ops, cluster: FakeKubernetes) -> None:
    done = ops("drain", "requests", "--yes", "--timeout", "1")

    assert done.exit_code == 1
    assert "still there" in done.stderr


@pytest.mark.parametrize(
    "words",
    [["drain", "requests"], ["rotate-keys", "requests"], ["rebuild", "requests"], ["backup"]],
)
def test_nothing_is_changed_without_a_yes(
    ops: Ops, controllers: FakeKubernetes, words: list[str]
) -> None:
    a_database(controllers)

    assert ops(*words, input="n\n").exit_code == 1
    assert ops(*words, "--json").exit_code == 2
    assert controllers.changed() == []


# rotate-keys


def secret(cluster: FakeKubernetes, name: str) -> dict[str, Any]:
    data = cluster.objects[f"{CORE}/secrets/panjareh-{name}"]["data"]
    return {key: json.loads(base64.b64decode(value)) for key, value in data.items()}


def kids(cluster: FakeKubernetes, name: str) -> list[str]:
    return [key["kid"] for key in secret(cluster, name)["PANJAREH_SERVICE_JWKS"]["keys"]]


def test_a_new_key_is_known_to_all_before_it_signs(ops: Ops, controllers: FakeKubernetes) -> None:
    signs = "PANJAREH_REQUESTS_SIGNING_KEY"
    known_at_each_restart: list[tuple[str, bool, str]] = []

    def note(method: str, path: str, body: Json | None) -> None:
        if method == "PATCH" and "/deployments/" in path:
            known = all(
                "requests-2" in kids(controllers, each) for each in ("requests", "identity")
            )
            kid = secret(controllers, "requests")[signs]["kid"]
            known_at_each_restart.append((path.rpartition("/")[2], known, kid))

    controllers.on.append(note)

    done = ops("rotate-keys", "requests", "--yes", "--json")

    assert done.exit_code == 0, done.output
    assert told(done)["kid"] == "requests-2"
    checking = ["panjareh-identity-rpc", *OF_REQUESTS]
    assert known_at_each_restart == [
        *((name, True, "requests-1") for name in checking),
        *((name, True, "requests-2") for name in OF_REQUESTS),
    ]
    assert set(kids(controllers, "identity")) >= {"requests-1", "requests-2", "identity-1"}
    assert list(secret(controllers, "requests")) == [signs, "PANJAREH_SERVICE_JWKS"]
    assert (
        "d"
        not in json.dumps(secret(controllers, "identity")["PANJAREH_SERVICE_JWKS"]["keys"][-1])[:4]
    )
    assert all(
        "d" not in key for key in secret(controllers, "identity")["PANJAREH_SERVICE_JWKS"]["keys"]
    )
    assert '"d"' not in done.output


def test_a_rotation_that_was_interrupted_goes_on_with_the_key_it_made(
    ops: Ops, cluster: FakeKubernetes, controllers: FakeKubernetes
) -> None:
    controllers.forbidden.add(f"{CORE}/secrets/panjareh-identity")
    controllers.forbidden.discard("")
    first = ops("rotate-keys", "requests", "--yes")
    made = secret(controllers, "requests")["PANJAREH_REQUESTS_SIGNING_KEY_NEXT"]
    controllers.forbidden.clear()

    second = ops("rotate-keys", "requests", "--yes")

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert secret(controllers, "requests")["PANJAREH_REQUESTS_SIGNING_KEY"] == made
    assert kids(controllers, "requests").count("requests-2") == 1


def test_a_secret_from_a_store_is_not_written(ops: Ops, controllers: FakeKubernetes) -> None:
    owner = [{"kind": "ExternalSecret", "name": "panjareh-requests"}]
    controllers.objects[f"{CORE}/secrets/panjareh-requests"]["metadata"]["ownerReferences"] = owner

    done = ops("rotate-keys", "requests", "--yes")

    assert done.exit_code == 1
    assert "comes from a store" in done.stderr
    assert controllers.changed() == []


@pytest.mark.parametrize("kind", ["sealing", "transport"])
def test_keys_whose_loss_would_make_data_unreadable_are_refused(
    ops: Ops, controllers: FakeKubernetes, kind: str
) -> None:
    assert ops("rotate-keys", "requests", "--kind", kind, "--yes").exit_code == 2
    assert controllers.changed() == []


# rebuild


@pytest.mark.parametrize(("ends", "exit_code"), [("Complete", 0), ("Failed", 1)])
def test_a_view_is_made_again_by_a_job_with_what_the_migration_knows(
    ops: Ops, cluster: FakeKubernetes, ends: str, exit_code: int
) -> None:
    def run(method: str, path: str, body: Json | None) -> None:
        if (method, path) == ("POST", f"{BATCH}/jobs"):
            assert body is not None
            name = body["metadata"]["name"]
            pod = {"metadata": {"name": "p", "labels": {"job-name": name}}, "status": {}}
            pod["status"] = {"phase": "Running"}
            cluster.put(f"{CORE}/pods", pod)
            log = b"50 of about 100 events\n100 of about 100 events\n100 requests written again\n"
            cluster.texts[f"{CORE}/pods/p/log"] = (200, "text/plain", log)
            condition = {"type": ends, "status": "True"}
            cluster.objects[f"{path}/{name}"]["status"] = {"conditions": [condition]}

    cluster.on.append(run)

    done = ops("rebuild", "requests", "--yes", "--json")

    assert done.exit_code == exit_code, done.output
    found = told(done)
    assert found["said"] == "100 requests written again"
    job = cluster.objects[f"{BATCH}/jobs/{found['job']}"]
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["rebuild", "requests"]
    assert container["env"][0]["name"] == "PANJAREH_DATABASE_URL"
    assert len(found["job"]) <= 63
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "requests-migrate"  # its network policy
    [owner] = job["metadata"]["ownerReferences"]  # so that it goes when the release is uninstalled
    assert (owner["kind"], owner["name"]) == ("CronJob", "panjareh-requests-migrate")


def test_where_no_migration_is_kept_it_is_said(ops: Ops, cluster: FakeKubernetes) -> None:
    del cluster.objects[f"{BATCH}/cronjobs/panjareh-requests-migrate"]

    done = ops("rebuild", "requests", "--yes")

    assert done.exit_code == 1
    assert "no CronJob of requests's migration" in done.stderr
    assert cluster.changed() == []


def test_a_view_that_nobody_knows(ops: Ops) -> None:
    assert ops("rebuild", "moods", "--yes").exit_code == 2


# backup and restore by CloudNativePG


def a_database(cluster: FakeKubernetes) -> None:
    plugin = {
        "name": "barman-cloud.cloudnative-pg.io",
        "isWALArchiver": True,
        "parameters": {"barmanObjectName": "store", "serverName": "panjareh-requests-db"},
    }
    cluster.put(
        f"{CNPG}/clusters",
        {
            "metadata": {
                "name": "panjareh-requests-db",
                "labels": OF_RELEASE | {"app.kubernetes.io/component": "requests-db"},
            },
            "spec": {"instances": 3, "bootstrap": {"initdb": {}}, "plugins": [plugin]},
        },
    )


@pytest.mark.parametrize(("phase", "exit_code"), [("completed", 0), ("failed", 1)])
def test_a_backup_is_an_object_that_is_waited_for(
    ops: Ops, cluster: FakeKubernetes, phase: str, exit_code: int
) -> None:
    a_database(cluster)

    def run(method: str, path: str, body: Json | None) -> None:
        if method == "POST":
            assert body is not None
            cluster.objects[f"{path}/{body['metadata']['name']}"]["status"] = {"phase": phase}

    cluster.on.append(run)

    done = ops("backup", "--yes", "--json")

    assert done.exit_code == exit_code, done.output
    [(_, thing)] = [(k, v) for k, v in cluster.objects.items() if k.startswith(f"{CNPG}/backups/")]
    assert thing["spec"]["cluster"] == {"name": "panjareh-requests-db"}
    assert thing["spec"]["method"] == "plugin"


def test_without_cloudnativepg_it_is_told_how_else(ops: Ops) -> None:
    done = ops("backup", "--yes")

    assert done.exit_code == 1
    assert "PGHOST" in done.stderr
    assert ops("backup", "--to", "/nowhere", env={"PGHOST": None}).exit_code == 2


def test_a_moment_is_restored_into_a_new_cluster(ops: Ops, cluster: FakeKubernetes) -> None:
    a_database(cluster)

    def run(method: str, path: str, body: Json | None) -> None:
        if method == "POST":
            assert body is not None
            status = {"phase": "Cluster in healthy state", "readyInstances": 3}
            cluster.objects[f"{path}/{body['metadata']['name']}"]["status"] = status

    cluster.on.append(run)

    done = ops(
        "restore", "--service", "requests", "--to", "2026-11-25T02:00:00Z", "--yes", "--json"
    )

    assert done.exit_code == 0, done.output
    made = cluster.objects[f"{CNPG}/clusters/{told(done)['cluster']}"]["spec"]
    assert made["bootstrap"]["recovery"]["recoveryTarget"] == {
        "targetTime": "2026-11-25T02:00:00+00:00"
    }
    [source] = made["externalClusters"]
    assert source["plugin"]["parameters"]["serverName"] == "panjareh-requests-db"
    # Two servers never write into one archive.
    assert made["plugins"][0]["parameters"]["serverName"] == told(done)["cluster"]
    assert cluster.objects[f"{CNPG}/clusters/panjareh-requests-db"]["spec"]["bootstrap"] == {
        "initdb": {}
    }


def test_after_a_restore_the_cluster_that_is_used_is_the_one_to_restore(
    ops: Ops, cluster: FakeKubernetes
) -> None:
    a_database(cluster)
    used = json.loads(json.dumps(cluster.objects[f"{CNPG}/clusters/panjareh-requests-db"]))
    used["metadata"]["name"] = "panjareh-requests-db-1124020000"
    cluster.put(f"{CNPG}/clusters", used)
    url = "postgresql://panjareh-requests-db-1124020000-rw:5432/postgres?sslmode=require"
    cluster.put(
        f"{CORE}/configmaps",
        {
            "metadata": {
                "name": "panjareh-requests",
                "labels": OF_RELEASE | {"app.kubernetes.io/component": "requests"},
            },
            "data": {"PANJAREH_DATABASE_URL": url},
        },
    )
    asked = ("restore", "--service", "requests", "--to", "2026-11-25T02:00:00Z")

    done = ops(*asked, input="n\n")

    assert "panjareh-requests-db-1124020000 as it was at" in done.stderr

    cluster.objects[f"{CORE}/configmaps/panjareh-requests"]["data"]["PANJAREH_DATABASE_URL"] = (
        "postgresql://elsewhere:5432/postgres"
    )
    done = ops(*asked, input="n\n")
    assert "requests works with elsewhere, which is none of" in done.stderr


def test_the_name_of_a_restored_cluster_is_one_that_cloudnativepg_takes() -> None:
    name = "a-name-as-long-as-a-name-may-be-123-requests-db"
    plugin = {"name": "p", "isWALArchiver": True, "parameters": {"barmanObjectName": "s"}}
    old = {"metadata": {"name": name, "labels": {}}, "spec": {"plugins": [plugin]}}

    new = recovery_of(old, datetime(2026, 11, 25, 2, tzinfo=UTC))["metadata"]["name"]

    assert new == "a-name-as-long-as-a-name-may-be-123-req-1125020000"
    assert len(new) == 50


def test_restoring_needs_a_service_and_a_moment(ops: Ops) -> None:
    assert ops("restore", "--yes").exit_code == 2
