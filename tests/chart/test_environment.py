"""What a pod is told is what its process reads: each is started with exactly that, up to its first connection."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
import yaml

from panjareh_cli.local.plan import MIGRATIONS, PROCESSES
from panjareh_common.settings import SERVICES, all_settings
from tests.chart.rendering import PodOf, Rendered, environment_of, render, template

# What the kubelet expands into a URL, and what other programs than the platform read.
PIECES = {"BROKER_USERNAME", "BROKER_PASSWORD", "DATABASE_ADMIN_PASSWORD"}
OF_OTHERS = (
    "POSTGRES_",
    "PGDATA",
    "RABBITMQ_",
    "HOME",
    "OTEL_",
    "PANJAREH_SANDBOX_",
    "PANJAREH_URL",
    "PANJAREH_PROVIDER_",
)
OWN = ("SIGNING_KEY", "SEALING_KEY", "DATABASE_PASSWORD")

# Starts a process in earnest and ends it where it would touch a server: by then it has read all it reads.
START = """
import importlib, os, runpy, sys

def reached(*_, **__):
    print("reached", flush=True)
    os._exit(0)

if sys.argv[2] == "rpc":
    importlib.import_module("panjareh_common.green")
import psycopg, panjareh_common.database as database
database.wait_for_database = reached
import panjareh_common.foundation as foundation, panjareh_common.messaging.rabbit as rabbit
foundation.Foundation.open = reached
rabbit.wait_for_broker = reached
psycopg.connect = reached
if sys.argv[2] == "http":
    import uvicorn
    uvicorn.Server.serve = reached
package, sys.argv = f"panjareh_{sys.argv[1]}", [sys.argv[0], sys.argv[2]]
runpy.run_module(package, run_name="__main__")
"""


def _pod(rendered: Rendered, service: str, process: str) -> PodOf:
    for pod in rendered.pods:
        if (pod.labels.get("panjareh/service"), pod.labels.get("panjareh/process")) == (
            service,
            process,
        ):
            return pod
    raise LookupError(f"{service}.{process}")


def _at_a_port_of_its_own(told: dict[str, str]) -> dict[str, str]:
    """In a pod nobody else has the health port; here somebody may."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return told | {"PANJAREH_HEALTH_PORT": str(probe.getsockname()[1])}


NAMES = [each.name for each in (*PROCESSES, *MIGRATIONS) if each.service != "sandbox"]


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        *(("ci", name) for name in NAMES),
        *(
            (variant, f"requests.{process}")
            for variant in ("external", "cnpg-and-bundled-broker")
            for process in ("rpc", "migrate")
        ),
    ],
)
def test_a_process_finds_all_that_it_reads(
    variant: str, name: str, secrets: dict[str, dict[str, str]]
) -> None:
    service, process = name.split(".")
    rendered = render(variant)
    made_by_the_operator = {f"{rendered.fullname}-{service}-db-superuser": {"password": "x"}}
    told = environment_of(
        _pod(rendered, service, process), rendered, {**secrets, **made_by_the_operator}
    )

    done = subprocess.run(
        [sys.executable, "-c", START, service, process],
        env={"PATH": "/usr/bin:/bin", **_at_a_port_of_its_own(told)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout.strip() == "reached", (done.returncode, done.stdout, done.stderr)


def test_a_missing_variable_would_be_noticed(secrets: dict[str, dict[str, str]]) -> None:
    rendered = render("ci")
    told = environment_of(_pod(rendered, "requests", "follower"), rendered, secrets)
    del told["PANJAREH_CATALOG_TRANSPORT_KEY"]

    done = subprocess.run(
        [sys.executable, "-c", START, "requests", "follower"],
        env={"PATH": "/usr/bin:/bin", **_at_a_port_of_its_own(told)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "PANJAREH_CATALOG_TRANSPORT_KEY is missing" in done.stderr


def test_no_pod_is_told_what_nobody_reads(rendered: Rendered) -> None:
    known = {setting.name for setting in all_settings()} | PIECES
    for pod in rendered.pods:
        for container in pod.containers:
            for variable in container.get("env", []):
                name = variable["name"]
                assert name in known or name.startswith(OF_OTHERS), f"{pod.name}: {name}"
    for config in rendered.of("ConfigMap"):
        if config["metadata"]["labels"]["app.kubernetes.io/component"] in {*SERVICES, "gateway"}:
            for name in config["data"]:
                assert name in known or name.startswith(OF_OTHERS), name


def test_every_key_that_is_referred_to_is_one_that_is_made(
    rendered: Rendered, secrets: dict[str, dict[str, str]]
) -> None:
    whole_urls = rendered.variant == "external-urls"  # those are the operator's to write
    of_the_operator = f"{rendered.fullname}-"
    for pod in rendered.pods:
        for container in pod.containers:
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference is None or (whole_urls and reference["key"].endswith("_URL")):
                    continue
                if reference["name"].endswith("-db-superuser"):
                    assert reference["name"].startswith(of_the_operator)  # CloudNativePG makes it
                    continue
                assert reference["key"] in secrets[reference["name"]], f"{pod.name}: {reference}"


def test_external_secrets_ask_the_store_for_what_the_pods_refer_to() -> None:
    rendered = render("production")
    asked = {
        each["spec"]["target"]["name"]: {key["secretKey"] for key in each["spec"]["data"]}
        for each in rendered.of("ExternalSecret")
    }

    for pod in rendered.pods:
        for container in pod.containers:
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference and not reference["name"].endswith("-db-superuser"):
                    assert reference["key"] in asked[reference["name"]], f"{pod.name}: {reference}"


def test_no_service_is_told_another_services_own_secrets(rendered: Rendered) -> None:
    for pod in rendered.pods:
        mine = f"PANJAREH_{pod.labels.get('panjareh/service', '').upper()}_"
        names = [v["name"] for container in pod.containers for v in container.get("env", [])]
        assert not [name for name in names if name.endswith(OWN) and not name.startswith(mine)]


def test_only_migrations_know_the_administrator(rendered: Rendered) -> None:
    knowing = {
        pod.labels.get("panjareh/process")
        for pod in rendered.pods
        for container in pod.containers
        for variable in container.get("env", [])
        if variable["name"] == "DATABASE_ADMIN_PASSWORD"
    }

    assert knowing == (set() if rendered.variant == "external-urls" else {"migrate"})


def _checksum(*more: str) -> str:
    for each in yaml.load_all(template("ci", *more), Loader=yaml.CSafeLoader):
        if each["kind"] == "Deployment" and each["metadata"]["name"] == "panjareh-requests-rpc":
            return str(each["spec"]["template"]["metadata"]["annotations"]["checksum/config"])
    raise LookupError


def test_a_changed_setting_starts_the_pods_anew() -> None:
    assert _checksum() != _checksum("--set", "environment.PANJAREH_LOG_LEVEL=DEBUG")
