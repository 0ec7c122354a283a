"""A release in a namespace of a small Kubernetes, and the command told how to reach it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey
from tests.unit.cli.ops.fake_kubernetes import FakeKubernetes, Json
from typer.testing import CliRunner, Result

from panjareh_cli.main import app

NAMESPACE = "window"
OF_RELEASE = {
    "app.kubernetes.io/name": "panjareh",
    "app.kubernetes.io/instance": "panjareh",
    "app.kubernetes.io/part-of": "panjareh",
}
PROCESSES = {"requests": ("rpc", "follower", "clock"), "identity": ("rpc",), "gateway": ("http",)}
CORE = f"/api/v1/namespaces/{NAMESPACE}"
APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
BATCH = f"/apis/batch/v1/namespaces/{NAMESPACE}"

Ops = Callable[..., Result]


def told(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def _key(service: str) -> dict[str, Any]:
    key = OKPKey.generate_key("Ed25519", parameters={"kid": f"{service}-1", "use": "sig"})
    return dict(key.as_dict(private=True))


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKubernetes]:
    """Nothing in it but the release of PROCESSES, all of it well."""
    fake = FakeKubernetes()
    fake.objects["/version"] = {
        "major": "1",
        "minor": "33",
        "gitVersion": "v1.33.1",
        "metadata": {},
    }
    fake.objects["/apis"] = {"groups": [{"name": "apps"}], "metadata": {}}
    keys = {service: _key(service) for service in PROCESSES}
    public = [{k: v for k, v in key.items() if k != "d"} for key in keys.values()]
    for service, processes in PROCESSES.items():
        variable = f"PANJAREH_{service.upper()}_SIGNING_KEY"
        data = {variable: json.dumps(keys[service])}
        if service != "gateway":
            data["PANJAREH_SERVICE_JWKS"] = json.dumps({"keys": public})
        encoded = {k: base64.b64encode(v.encode()).decode() for k, v in data.items()}
        secret = f"panjareh-{service}"
        fake.put(f"{CORE}/secrets", {"metadata": {"name": secret}, "data": encoded})
        for process in processes:
            add_process(fake, service, process, secret, list(data))
        if service != "gateway":
            keep_migration(fake, service)
    kubeconfig = tmp_path / "kubeconfig"
    user: Json = {"name": "u", "user": {"token": "t"}}
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "c", "cluster": {"server": fake.url}}],
                "users": [user],
                "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
            }
        )
    )
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig)
    )
    monkeypatch.setenv("PANJAREH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PANJAREH_AMQP_URL", raising=False)
    monkeypatch.setattr("panjareh_cli.ops.cluster._LOOK_SECONDS", 0.01)
    yield fake
    fake.close()


def add_process(
    fake: FakeKubernetes, service: str, process: str, secret: str, keys: list[str]
) -> None:
    name = f"panjareh-{service}-{process}"
    labels = OF_RELEASE | {"app.kubernetes.io/component": f"{service}-{process}"}
    of_pod = labels | {"panjareh/service": service, "panjareh/process": process}
    references = [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}} for key in keys
    ]
    spec: Json = {
        "containers": [
            {
                "name": process,
                "image": f"panjareh/{service}:0.1.0",
                "env": [{"name": "PLAIN", "value": "1"}, *references],
                "ports": [{"name": "health", "containerPort": 8081}],
            }
        ]
    }
    fake.put(
        f"{APPS}/deployments",
        {
            "metadata": {"name": name, "labels": labels, "generation": 1},
            "spec": {"replicas": 2, "template": {"metadata": {"labels": of_pod}, "spec": spec}},
            "status": ready(2),
        },
    )
    pod = f"{name}-abc"
    fake.put(
        f"{CORE}/pods",
        {"metadata": {"name": pod, "labels": of_pod}, "spec": spec, "status": {"phase": "Running"}},
    )
    door = f"{CORE}/pods/{pod}:8081/proxy"
    checks = {"broker": "ok"} if process == "http" else {"broker": "ok", "database": "ok"}
    fine = json.dumps({"status": "ready", "checks": checks})
    fake.texts[f"{door}/readyz"] = (200, "application/json", fine.encode())
    fake.texts[f"{door}/metrics"] = (200, "text/plain", b"")


def keep_migration(fake: FakeKubernetes, service: str) -> None:
    """The CronJob that never runs, as the chart keeps one of each service with a database."""
    labels = OF_RELEASE | {"app.kubernetes.io/component": f"{service}-migrate"}
    of_pod = labels | {"panjareh/service": service, "panjareh/process": "migrate"}
    container = {
        "name": "migrate",
        "image": f"panjareh/{service}:0.1.0",
        "args": ["migrate"],
        "env": [{"name": "PANJAREH_DATABASE_URL", "value": "postgresql://postgres@db/postgres"}],
    }
    template: Json = {
        "metadata": {"labels": of_pod},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }
    fake.put(
        f"{BATCH}/cronjobs",
        {
            "metadata": {"name": f"panjareh-{service}-migrate", "labels": labels, "uid": "u-1"},
            "spec": {"suspend": True, "jobTemplate": {"spec": {"template": template}}},
        },
    )


def ready(replicas: int) -> Json:
    return {
        "observedGeneration": 10**6,
        "replicas": replicas,
        "readyReplicas": replicas,
        "updatedReplicas": replicas,
    }


@pytest.fixture
def ops(cluster: FakeKubernetes) -> Ops:
    def run(*words: str, **options: Any) -> Result:
        return CliRunner().invoke(app, ["ops", "--namespace", NAMESPACE, *words], **options)

    return run
