"""What Helm makes of the chart, in every variant that is promised, read back as objects."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/panjareh"
RELEASE, NAMESPACE = "panjareh", "window"

_SMS = ("--set", "services.identity.environment.PANJAREH_SMS_URL=https://sms.example.org/m")
_EXTERNAL = (
    *("--set", "postgresql.external.host=db.example.org"),
    *("--set", "rabbitmq.external.host=mq.example.org", "--set", "rabbitmq.external.tls=true"),
)
_GATEWAY_API = (
    *_SMS,
    *_EXTERNAL,
    *("--set", "gatewayAPI.enabled=true,gatewayAPI.gateway.create=true"),
    *("--set", "gatewayAPI.gateway.className=envoy,gatewayAPI.hostnames={window.example.org}"),
    *("--set", "migrations.hooks.enabled=false"),
    *("--set", "networkPolicy.ingressFrom[0].podSelector.matchLabels.app=envoy"),
)
# Name, then what follows `helm template`.
VARIANTS: dict[str, tuple[str, ...]] = {
    "trial": ("-f", "values-trial.yaml"),
    "ci": ("-f", "values-ci.yaml"),
    "ci-upgrade": ("-f", "values-ci.yaml", "--is-upgrade"),
    "production": ("-f", "values-production.yaml"),
    "production-upgrade": ("-f", "values-production.yaml", "--is-upgrade"),
    "external": (*_SMS, *_EXTERNAL),
    "external-upgrade": (*_SMS, *_EXTERNAL, "--is-upgrade"),
    "external-urls": (*_SMS, "--set", "postgresql.auth.existingSecret="),
    "bundled-database": (*_SMS, *_EXTERNAL, "--set", "postgresql.mode=bundled"),
    "cnpg-and-bundled-broker": (
        *_SMS,
        *("--set", "postgresql.mode=cnpg,rabbitmq.mode=bundled"),
        *("--set", "fullnameOverride=a-name-as-long-as-a-name-may-be-123"),
    ),
    "cnpg-and-external-broker": (*_SMS, *_EXTERNAL, "--set", "postgresql.mode=cnpg"),
    "external-database-and-operator": (*_SMS, *_EXTERNAL, "--set", "rabbitmq.mode=operator"),
    "gateway-api": _GATEWAY_API,
    "gateway-api-upgrade": (*_GATEWAY_API, "--is-upgrade"),
}


def tools() -> Path:
    """Where scripts/chart_tools puts what it fetches."""
    return ROOT / ".tools/chart"


def helm(*arguments: str, binary: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs Helm in the chart's folder, without the settings of whoever runs the tests."""
    return subprocess.run(
        [binary or str(tools() / "helm4"), *arguments],
        cwd=CHART,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "HELM_CACHE_HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def template(variant: str, *more: str, binary: str | None = None) -> str:
    """The rendered text. Raises AssertionError with what Helm said."""
    given = ("template", RELEASE, ".", "--namespace", NAMESPACE, *VARIANTS[variant], *more)
    done = helm(*given, binary=binary)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class PodOf:
    """A pod that the chart makes, and the object that makes it."""

    owner: dict[str, Any]
    metadata: dict[str, Any]
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.owner['kind']} {self.owner['metadata']['name']}"

    @property
    def labels(self) -> dict[str, str]:
        found: dict[str, str] = self.metadata["labels"]
        return found

    @property
    def component(self) -> str:
        return self.labels["app.kubernetes.io/component"]

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


@dataclass(frozen=True)
class Rendered:
    """One variant's objects."""

    variant: str
    text: str
    objects: tuple[dict[str, Any], ...]

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [each for each in self.objects if each["kind"] in kinds]

    def named(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.of(kind) if each["metadata"]["name"] == name]
        return found

    @property
    def fullname(self) -> str:
        (deny,) = [
            each
            for each in self.of("NetworkPolicy")
            if each["metadata"]["name"].endswith("-default-deny")
        ]
        return str(deny["metadata"]["name"].removesuffix("-default-deny"))

    @property
    def pods(self) -> list[PodOf]:
        """Every pod: of Deployments, StatefulSets, Jobs, CronJobs, and the tests' own."""
        made = [
            (each, each["spec"]["template"]) for each in self.of("Deployment", "StatefulSet", "Job")
        ]
        made += [
            (each, each["spec"]["jobTemplate"]["spec"]["template"]) for each in self.of("CronJob")
        ]
        made += [(each, each) for each in self.of("Pod")]
        return [PodOf(owner, made_of["metadata"], made_of["spec"]) for owner, made_of in made]

    @property
    def processes(self) -> list[PodOf]:
        """The pods of the platform's own processes."""
        return [
            pod
            for pod in self.pods
            if "panjareh/process" in pod.labels and pod.owner["kind"] == "Deployment"
        ]


@lru_cache
def render(variant: str) -> Rendered:
    text = template(variant)
    read = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return Rendered(variant, text, tuple(each for each in read if each))


def made_secrets(keys: Path) -> dict[str, dict[str, str]]:
    """What scripts/make_secrets.py makes with its keys in a file: data by the Secret's name."""
    made = subprocess.run(
        [sys.executable, str(ROOT / "scripts/make_secrets.py"), "--keys", str(keys)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {
        each["metadata"]["name"]: each["stringData"] for each in yaml.safe_load_all(made.stdout)
    }


def environment_of(
    pod: PodOf, objects: Rendered, secrets: dict[str, dict[str, str]]
) -> dict[str, str]:
    """What the pod's own container is told, as the kubelet would put it together.

    Raises KeyError naming what is referred to and not there.
    """
    told: dict[str, str] = {}
    container = pod.spec["containers"][0]
    for source in container.get("envFrom", []):
        told |= objects.named("ConfigMap", source["configMapRef"]["name"])["data"]
    for variable in container.get("env", []):
        if "valueFrom" in variable:
            reference = variable["valueFrom"]["secretKeyRef"]
            told[variable["name"]] = secrets[reference["name"]][reference["key"]]
        else:
            value = variable["value"]
            for name, known in told.items():
                value = value.replace(f"$({name})", known)
            told[variable["name"]] = value
    return told
