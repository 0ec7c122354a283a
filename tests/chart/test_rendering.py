"""Helm takes the chart, both majors of it, with every values file; and Kubernetes' schemas take what comes out."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from tests.chart.crds import faults_of_custom_objects
from tests.chart.rendering import (
    CHART,
    ROOT,
    VARIANTS,
    Rendered,
    render,
    template,
    tools,
)
from tests.chart.rendering import (
    helm as run_helm,
)

VALUES = sorted(file.name for file in CHART.glob("values-*.yaml"))
MINORS = ("1.32", "1.35", "1.37")
SMS = "services.identity.environment.PANJAREH_SMS_URL=https://sms.example.org"


@pytest.mark.parametrize("values", VALUES)
def test_helm_finds_nothing_to_blame(helm: str, values: str) -> None:
    done = run_helm("lint", "--strict", ".", "-f", values, binary=helm)

    assert done.returncode == 0, done.stdout
    assert not re.search(r"\[(INFO|WARNING|ERROR)\]", done.stdout), done.stdout


@pytest.mark.parametrize("variant", VARIANTS)
def test_both_majors_of_helm_make_the_same_of_it(variant: str) -> None:
    old, new = (
        list(yaml.load_all(template(variant, binary=str(tools() / name)), Loader=yaml.CSafeLoader))
        for name in ("helm3", "helm4")
    )

    def by_name(objects: list[dict[str, object]]) -> list[str]:
        return sorted(yaml.dump(each, Dumper=yaml.CSafeDumper) for each in objects if each)

    assert by_name(old) == by_name(new)


def test_kubernetes_takes_every_object_in_three_minors() -> None:
    objects = [each for variant in VARIANTS for each in render(variant).objects]
    different = {yaml.dump(each, Dumper=yaml.CSafeDumper) for each in objects}

    done = subprocess.run(
        [str(tools() / "checks/bin/python"), str(ROOT / "scripts/validate_manifests.py"), *MINORS],
        input="---\n".join(sorted(different)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr


def test_the_operators_take_their_objects() -> None:
    found = [
        fault for variant in VARIANTS for fault in faults_of_custom_objects(render(variant).objects)
    ]

    assert found == []


def test_every_document_has_one_name_of_its_kind(rendered: Rendered) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in rendered.objects]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            "services.requests.processes.rpc.replicas=3",
            "additional properties 'replicas' not allowed",
        ),
        ("process.replicaCount=two", "got string, want integer"),
        ("postgresql.mode=sqlite", "value must be one of"),
        ("environment.PANJAREH_IDENTITY_SEALING_KEY=x", "PANJAREH_IDENTITY_SEALING_KEY"),
        ("rabbitmq.operator.replicas=2", "replicas"),
        ("services.requests.existingSecret=", "existingSecret"),
        ("postgresql.mode=bundled,services.requests.databaseHost=db", "databaseHost"),
        ("postgresql.mode=cnpg,services.requests.databaseHost=db.example.org", "databaseHost"),
    ],
)
def test_a_wrong_value_is_refused_by_name(wrong: str, said: str) -> None:
    done = run_helm("template", "x", ".", "--set", SMS, "--set", wrong)

    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "services.identity.environment.PANJAREH_SMS_URL is not set"),
        (["--set", f"{SMS},gatewayAPI.enabled=true"], "gatewayAPI.parentRefs is not set"),
        (
            ["--set", f"{SMS},processes.clock.autoscaling.kind=keda"],
            "keda.prometheusAddress is not set",
        ),
        (["--set", f"{SMS},processes.http.autoscaling.kind=keda"], "keda scales rpc and clock"),
        (["--set", f"{SMS},externalSecrets.enabled=true"], "storeRef"),
    ],
)
def test_what_is_missing_is_named(given: list[str], said: str) -> None:
    done = run_helm("template", "x", ".", *given)

    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_notes_say_what_to_do_next_and_tell_no_secret(variant: str) -> None:
    """Only an installation shows them, so they are rendered as a template's output."""
    given = [each for each in VARIANTS[variant] if each != "--is-upgrade"]

    done = run_helm("install", "panjareh", ".", "--dry-run=client", "--hide-secret", *given)

    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert "helm -n default test panjareh" in notes
    assert "1. See it" in notes
    assert "<no value>" not in done.stdout
    assert ("sandbox.enabled" in notes) == (variant in {"trial", "ci", "ci-upgrade"})


def test_what_is_made_is_as_it_would_be_made_now() -> None:
    done = subprocess.run(
        [str(ROOT / ".venv/bin/python"), str(ROOT / "scripts/generate_chart.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
