"""`panjareh ops doctor`: what a namespace or a machine lacks is found, with how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.ops.conftest import CORE, Ops, told
from tests.unit.cli.ops.fake_kubernetes import FakeKubernetes
from typer.testing import CliRunner, Result

from panjareh_cli.main import app
from panjareh_cli.ops.doctor_there import OLDEST, amount

POD = f"{CORE}/pods/panjareh-requests-rpc-abc"


def findings(done: Result, check: str) -> list[dict[str, Any]]:
    return [each for each in told(done)["findings"] if each["check"] == check]


def restricted(cluster: FakeKubernetes) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.objects["/api/v1/namespaces/window"] = {
        "metadata": {"name": "window", "labels": labels}
    }


def test_a_namespace_that_is_well(ops: Ops, cluster: FakeKubernetes) -> None:
    restricted(cluster)

    done = ops("doctor", "--json")

    assert (done.exit_code, told(done)["well"]) == (0, True), done.output
    for check in ("Kubernetes", "clock", "pod security", "pods", "secrets", "settings", "doors"):
        assert findings(done, check)[0]["state"] == "ok"
    assert cluster.changed() == []


def test_what_is_wrong_is_told_with_how_to_mend_it(ops: Ops, cluster: FakeKubernetes) -> None:
    cluster.objects["/version"]["minor"] = "27+"
    cluster.objects["/api/v1/namespaces/window"] = {"metadata": {"name": "window", "labels": {}}}
    waiting = {"waiting": {"reason": "ImagePullBackOff"}}
    cluster.objects[POD]["status"] = {
        "phase": "Pending",
        "containerStatuses": [{"image": "panjareh/requests:0.1.0", "state": waiting}],
        "conditions": [{"type": "PodScheduled", "status": "False", "message": "no room"}],
    }
    del cluster.objects[f"{CORE}/secrets/panjareh-identity"]
    del cluster.objects[f"{CORE}/secrets/panjareh-requests"]["data"]["PANJAREH_SERVICE_JWKS"]
    claim = {"storageClassName": "fast", "accessModes": ["ReadWriteMany"]}
    cluster.put(
        f"{CORE}/persistentvolumeclaims",
        {"metadata": {"name": "panjareh-ledger"}, "spec": claim, "status": {"phase": "Pending"}},
    )
    quota = {"hard": {"requests.cpu": "4"}, "used": {"requests.cpu": "3900m"}}
    cluster.put(f"{CORE}/resourcequotas", {"metadata": {"name": "all"}, "status": quota})

    done = ops("doctor", "--json")

    assert done.exit_code == 1
    assert findings(done, "Kubernetes")[0]["state"] == "fault"
    assert "kubectl label namespace" in findings(done, "pod security")[0]["mend"]
    assert {each["what"].split(": ")[-1] for each in findings(done, "pods")} == {
        "ImagePullBackOff of panjareh/requests:0.1.0",
        "no room",
    }
    assert [each["what"] for each in findings(done, "secrets")] == [
        "there is no Secret panjareh-identity",
        "panjareh-requests has no PANJAREH_SERVICE_JWKS",
    ]
    assert "ReadWriteMany" in findings(done, "storage")[0]["what"]
    assert "3900m of 4 requests.cpu" in findings(done, "quota")[0]["what"]
    assert all(each["mend"] for each in told(done)["findings"] if each["state"] == "fault")


def test_a_variable_that_nobody_reads_is_named_with_the_one_that_was_meant(
    ops: Ops, cluster: FakeKubernetes
) -> None:
    rpc = cluster.objects["/apis/apps/v1/namespaces/window/deployments/panjareh-requests-rpc"]
    [container] = rpc["spec"]["template"]["spec"]["containers"]
    container["envFrom"] = [{"configMapRef": {"name": "panjareh-requests"}}]
    config = {"metadata": {"name": "panjareh-requests"}, "data": {"PANJAREH_LOG_LEVLE": "DEBUG"}}
    cluster.put(f"{CORE}/configmaps", config)
    container["env"].append({"name": "PANJAREH_NOBODYS", "value": "1"})

    found = findings(ops("doctor", "--json"), "settings")

    assert [(each["state"], each["what"], each["mend"]) for each in found] == [
        (
            "warning",
            "PANJAREH_LOG_LEVLE (panjareh-requests) is read by nobody",
            "is PANJAREH_LOG_LEVEL meant?",
        ),
        (
            "warning",
            "PANJAREH_NOBODYS (panjareh-requests-rpc) is read by nobody",
            "docs/settings.md names all that are read",
        ),
    ]


def test_the_oldest_kubernetes_is_the_charts() -> None:
    chart = Path(__file__).parents[4] / "deploy/helm/panjareh/Chart.yaml"

    assert f'kubeVersion: ">={".".join(map(str, OLDEST))}.0-0"' in chart.read_text("utf-8")


def test_a_door_that_says_why_and_one_that_cannot_be_reached(
    ops: Ops, cluster: FakeKubernetes
) -> None:
    door = f"{POD}:8081/proxy/readyz"
    cluster.texts[door] = (503, "application/json", b'{"checks": {"database": "does not answer"}}')
    status = b'{"kind":"Status","message":"dial tcp: timeout"}'
    other = f"{CORE}/pods/panjareh-identity-rpc-abc:8081/proxy/readyz"
    cluster.texts[other] = (503, "application/json", status)

    doors = findings(ops("doctor", "--json"), "doors")

    whats = {each["what"]: each["state"] for each in doors}
    assert whats["panjareh-requests-rpc-abc: database: does not answer"] == "fault"
    assert whats["panjareh-identity-rpc-abc: the API server does not reach it"] == "warning"


def test_what_may_not_be_looked_at_is_unknown_and_no_fault(
    ops: Ops, cluster: FakeKubernetes
) -> None:
    restricted(cluster)
    cluster.forbidden |= {
        "/apis/storage.k8s.io",
        f"{CORE}/secrets",
        "/api/v1/namespaces/window/pods/",
    }

    done = ops("doctor", "--json")

    assert done.exit_code == 0, done.output
    states = {each["check"]: each["state"] for each in told(done)["findings"]}
    assert states["storage"] == states["secrets"] == "unknown"


@pytest.mark.parametrize(
    ("values", "group"),
    [
        ("postgresql: {mode: cnpg}", "postgresql.cnpg.io"),
        ("rabbitmq: {mode: operator}", "rabbitmq.com"),
        ("processes: {rpc: {autoscaling: {kind: keda}}}", "keda.sh"),
        ("gatewayAPI: {enabled: true}", "gateway.networking.k8s.io"),
    ],
)
def test_a_variant_needs_its_operator(
    ops: Ops, cluster: FakeKubernetes, tmp_path: Path, values: str, group: str
) -> None:
    restricted(cluster)
    file = tmp_path / "values.yaml"
    file.write_text(values)

    missing = findings(ops("doctor", "--json", "--values", str(file)), "APIs")
    cluster.objects["/apis"]["groups"].append({"name": group})
    there = findings(ops("doctor", "--json", "--values", str(file)), "APIs")

    assert [each["state"] for each in missing] == ["fault"]
    assert [each["state"] for each in there] == ["ok"]
    assert group in missing[0]["what"]


@pytest.mark.parametrize(
    ("quantity", "number"), [("1500m", 1.5), ("4Gi", 4 * 2**30), ("10", 10.0), ("2k", 2000.0)]
)
def test_quantities(quantity: str, number: float) -> None:
    assert amount(quantity) == number


# This machine


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANJAREH_HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    return tmp_path


def here() -> Result:
    return CliRunner().invoke(app, ["ops", "--local", "doctor", "--json"])


def test_a_machine_that_has_never_run_it(home: Path) -> None:
    checks = {each["check"]: each["state"] for each in told(here())["findings"]}

    assert checks["PostgreSQL"] == checks["RabbitMQ"] == checks["disk"] == "ok"


def test_what_a_killed_run_has_left(home: Path) -> None:
    (home / "run.json").write_text("{}")
    (home / "lock").write_text("4711\n")
    (home / "secrets.json").write_text("{}")
    (home / "secrets.json").chmod(0o644)

    done = here()

    [left] = findings(done, "left over")
    assert (left["state"], left["what"]) == ("warning", "run.json, lock of a killed run")
    assert findings(done, "secrets")[0]["mend"].startswith("chmod 600")
    assert done.exit_code == 1


def test_a_damaged_file_is_told(home: Path) -> None:
    (home / "secrets.json").write_text("{")
    (home / "secrets.json").chmod(0o600)

    assert findings(here(), "secrets.json")[0]["state"] == "fault"
