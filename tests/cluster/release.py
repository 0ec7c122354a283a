"""A release of the chart on the cluster that KUBECONFIG names, and what is seen of it from outside."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.people import until

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/panjareh"
VALUES = CHART / "values-ci.yaml"
NAMESPACE = "rehearsal"
OURS = "app.kubernetes.io/instance=panjareh"
BROKER = "app.kubernetes.io/component=rabbitmq"
MINUTES = 60.0


def run(
    *command: str,
    given: str | None = None,
    fine: tuple[int, ...] = (0,),
    also: dict[str, str] | None = None,
) -> str:
    """What a command prints; says what it was, and how long it took, for the transcript."""
    began = time.monotonic()
    told_to = {**os.environ, **(also or {})}
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, env=told_to
    )
    told = " ".join(Path(part).name if part.startswith("/") else part for part in command)
    print(f"\n$ {told}    # {time.monotonic() - began:.1f} s, {done.returncode}")
    assert done.returncode in fine, f"{told}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def kubectl(*arguments: str, given: str | None = None, fine: tuple[int, ...] = (0,)) -> str:
    return run("kubectl", "--namespace", NAMESPACE, *arguments, given=given, fine=fine)


def found(kind: str, *arguments: str) -> list[dict[str, Any]]:
    """The objects of a kind, as the API server has them."""
    wanted = ("get", kind, "--output", "json", *arguments)
    quiet = subprocess.run(
        ("kubectl", "--namespace", NAMESPACE, *wanted), capture_output=True, text=True, check=True
    )
    items: list[dict[str, Any]] = json.loads(quiet.stdout)["items"]
    return items


def ops(*arguments: str, fine: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """`panjareh ops`, as an operator with a kubeconfig and the broker's address calls it; its JSON."""
    command = (sys.executable, "-m", "panjareh_cli", "ops", "--namespace", NAMESPACE, "--json")
    told: dict[str, Any] = json.loads(run(*command, *arguments, fine=fine, also=_broker()))
    return told


def _broker() -> dict[str, str]:
    """Where `ops` finds the broker, as the user that the chart gives operators."""
    (secret,) = found("secrets", "--field-selector", "metadata.name=panjareh-ops-broker")
    user, password = (
        base64.b64decode(secret["data"][key]).decode() for key in ("username", "password")
    )
    host = next(pod["status"]["podIP"] for pod in found("pods", "-l", f"{OURS},{BROKER}"))
    return {"PANJAREH_AMQP_URL": f"amqp://{user}:{quote(password, safe='')}@{host}:5672/panjareh"}


@dataclass(frozen=True)
class Reached:
    """Where people reach the platform; what `tests.people` wants of one."""

    url: str
    sandbox_url: str


@dataclass(frozen=True)
class Release:
    """The chart as one Helm has installed it."""

    helm: str
    keys: Path

    def secrets(self) -> None:
        """A namespace that takes nothing but restricted pods, and the Secrets that the chart expects."""
        run("kubectl", "create", "namespace", NAMESPACE)
        run(
            "kubectl",
            "label",
            "namespace",
            NAMESPACE,
            "pod-security.kubernetes.io/enforce=restricted",
        )
        made = run(sys.executable, "scripts/make_secrets.py", "--keys", str(self.keys))
        kubectl("apply", "--filename", "-", given=made)

    def install(self) -> None:
        self._helm(
            "install", "panjareh", str(CHART), "--values", str(VALUES), "--wait", "--timeout", "8m"
        )

    def upgrade(self, *settings: str) -> None:
        chosen = [part for setting in settings for part in ("--set", setting)]
        wanted = ("upgrade", "panjareh", str(CHART), "--values", str(VALUES), *chosen)
        self._helm(*wanted, "--wait", "--timeout", "8m")

    def rollback(self, revision: int) -> None:
        self._helm("rollback", "panjareh", str(revision), "--wait", "--timeout", "8m")

    def test(self) -> None:
        self._helm("test", "panjareh", "--timeout", "5m")

    def uninstall(self) -> None:
        self._helm("uninstall", "panjareh", "--wait", "--timeout", "3m")

    def _helm(self, *arguments: str) -> None:
        assert os.environ.get("KUBECONFIG"), "run this by `make rehearse`: it names the cluster"
        run(self.helm, "--namespace", NAMESPACE, *arguments)


def reached() -> Reached:
    """The gateway and the sandbox by their cluster addresses, reachable within the cluster's network."""
    addresses = {
        service["metadata"]["name"]: service["spec"]["clusterIP"] for service in found("services")
    }
    gateway, sandbox = addresses["panjareh-gateway"], addresses["panjareh-sandbox"]
    return Reached(f"http://{gateway}:80", f"http://{sandbox}:8090")


def unready() -> list[str]:
    """Deployments and StatefulSets of ours that have not all their pods, current and ready."""
    missing = []
    for each in (*found("deployments", "-l", OURS), *found("statefulsets", "-l", OURS)):
        wanted, status = each["spec"]["replicas"], each["status"]
        current = status.get("updatedReplicas", 0) if wanted else 0
        if status.get("readyReplicas", 0) != wanted or current != wanted:
            missing.append(each["metadata"]["name"])
    return missing


def all_ready(seconds: float = 3 * MINUTES) -> None:
    until(unready, lambda missing: missing == [], seconds)


def restarts() -> dict[str, int]:
    """How often each container of ours has been started anew."""
    return {
        pod["metadata"]["name"]: sum(
            container["restartCount"] for container in pod["status"].get("containerStatuses", [])
        )
        for pod in found("pods", "-l", OURS)
    }


def metrics(pod: dict[str, Any]) -> dict[str, float]:
    """What a pod's health door counts: name with labels to value."""
    import httpx

    port = next(
        port["containerPort"]
        for port in pod["spec"]["containers"][0]["ports"]
        if port["name"] == "health"
    )
    address = f"http://{pod['status']['podIP']}:{port}/metrics"
    lines = httpx.get(address, timeout=5, trust_env=False).text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def holder(component: str) -> str | None:
    """The pod of a follower that holds the lease; None between two of them."""
    import httpx

    holding = []
    for pod in found("pods", "-l", f"{OURS},app.kubernetes.io/component={component}"):
        try:
            counted = metrics(pod)
        except (httpx.HTTPError, KeyError):
            continue
        active = [
            value for name, value in counted.items() if name.startswith("panjareh_follower_active")
        ]
        if active and all(active):
            holding.append(pod["metadata"]["name"])
    assert len(holding) <= 1, f"two at once: {holding}"
    return holding[0] if holding else None
