"""The chart says the same as the code: processes, variables and images. It is not rendered here."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from panjareh_cli.local.plan import MIGRATIONS, PROCESSES
from panjareh_cli.local.secrets import completed
from panjareh_common import settings as names
from panjareh_common.settings import SERVICES, Settings, all_settings, service_database_url

ROOT = Path(__file__).parents[3]
CHART = ROOT / "deploy/helm/panjareh"


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def values() -> dict[str, Any]:
    read: dict[str, Any] = _read(CHART / "values.yaml")
    return read


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """As Helm lays one values file over another."""
    result = dict(below)
    for key, value in above.items():
        kept = result.get(key)
        if isinstance(kept, dict) and isinstance(value, dict):
            result[key] = _merged(kept, value)
        else:
            result[key] = value
    return result


def _told(values: dict[str, Any], service: str) -> dict[str, str]:
    """What the chart tells the processes of a service; a Secret holds what `panjareh secrets` makes."""
    mine = values["services"][service]
    secrets = {**completed({}), "PANJAREH_AMQP_URL": "amqp://broker:5672//"}
    environment = {**values["environment"], **mine.get("environment", {})}
    return environment | {name: secrets[name] for name in mine["secretKeys"]}


def test_the_chart_and_the_packages_have_one_version() -> None:
    chart = _read(CHART / "Chart.yaml")

    version = (ROOT / "libs/common/pyproject.toml").read_text().split('version = "')[1]
    assert chart["appVersion"] == chart["version"] == version.split('"')[0]
    assert chart["apiVersion"] == "v2"


def test_the_values_keep_to_their_schema(values: dict[str, Any]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    assert not list(validator.iter_errors(values))
    for example in (CHART / "ci").glob("*.yaml"):
        assert not list(validator.iter_errors(_merged(values, _read(example))))


def test_a_misspelt_value_is_refused_and_not_shrugged_at(values: dict[str, Any]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values["services"]["requests"]["processes"]["rpc"]["replica"] = 3

    faults = list(jsonschema.Draft202012Validator(schema).iter_errors(values))

    assert "'replica' was unexpected" in faults[0].message


def test_the_chart_runs_the_processes_that_the_local_platform_runs(values: dict[str, Any]) -> None:
    here = {program.name for program in PROCESSES if program.service != "sandbox"}

    there = {
        f"{service}.{process}"
        for service, wanted in values["services"].items()
        for process in wanted["processes"]
    }

    assert there == here


def test_the_chart_migrates_what_the_local_platform_migrates(values: dict[str, Any]) -> None:
    migrated = {name for name, wanted in values["services"].items() if wanted["migrate"]}

    assert migrated == {program.service for program in MIGRATIONS}


def test_every_variable_is_one_that_the_platform_reads(values: dict[str, Any]) -> None:
    known = {setting.name for setting in all_settings()}

    named = {name for service in values["services"] for name in _told(values, service)} | values[
        "environment"
    ].keys()

    assert named <= known


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_be_put_together_from_what_the_chart_tells_it(
    service: str, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    for name in list(os.environ):
        if name.startswith("PANJAREH_"):
            monkeypatch.delenv(name)
    example = _merged(values, _read(CHART / "ci/example-values.yaml"))
    for name, value in _told(example, service).items():
        monkeypatch.setenv(name, value)

    wiring = importlib.import_module(f"panjareh_{service}.wiring").wire()

    foundation = getattr(wiring, "foundation", None)
    assert foundation is not None
    host = foundation.database_url.partition("@")[2].partition("/")[0]
    assert host == "postgres.databases:5432"


def test_the_gateway_is_told_what_it_asks_for(values: dict[str, Any]) -> None:
    told = _told(values, "gateway")

    settings = Settings(
        names.AMQP_URL,
        names.HTTP_HOST,
        names.HTTP_PORT,
        names.signing_key("gateway"),
        *(names.transport_key(service) for service in SERVICES),
        environ=told,
    )

    assert settings[names.HTTP_HOST] == "0.0.0.0"


def test_no_service_is_told_another_services_own_secrets(values: dict[str, Any]) -> None:
    own = ("SIGNING_KEY", "SEALING_KEY", "DATABASE_PASSWORD")

    for service, wanted in values["services"].items():
        others = [
            name
            for name in wanted["secretKeys"]
            if name.endswith(own) and not name.startswith(f"PANJAREH_{service.upper()}_")
        ]
        assert not others


def test_only_migrations_are_told_the_administrators_password(values: dict[str, Any]) -> None:
    example = _read(CHART / "ci/example-values.yaml")
    told = {**_merged(values, example)["environment"], **completed({})}

    url = service_database_url("requests", told)

    assert url.startswith("postgresql://panjareh_requests:")
    keys = [key for wanted in values["services"].values() for key in wanted["secretKeys"]]
    assert "PANJAREH_DATABASE_URL" not in keys


def test_pods_keep_to_the_restricted_standard(values: dict[str, Any]) -> None:
    pod, container = values["podSecurityContext"], values["containerSecurityContext"]

    assert pod["runAsNonRoot"]
    assert pod["runAsUser"] >= 10_000
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["readOnlyRootFilesystem"]
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}
    template = (CHART / "templates/_service.tpl").read_text()
    assert "automountServiceAccountToken: false" in template


def test_skaffold_builds_every_image_of_the_chart_from_a_package_of_ours(
    values: dict[str, Any],
) -> None:
    skaffold = _read(ROOT / "skaffold.yaml")
    packages = {
        line.split('"')[1]
        for file in (ROOT / "services").glob("*/pyproject.toml")
        for line in file.read_text().splitlines()
        if line.startswith("name = ")
    }

    artifacts = skaffold["build"]["artifacts"]

    release = skaffold["deploy"]["helm"]["releases"][0]
    assert {made["image"] for made in artifacts} == {
        wanted["image"]["repository"] for wanted in values["services"].values()
    }
    assert {made["docker"]["buildArgs"]["PACKAGE"] for made in artifacts} == packages
    assert set(release["setValueTemplates"]) == {
        f"services.{service}.image.{part}"
        for service in values["services"]
        for part in ("repository", "tag")
    }
    for file in (release["chartPath"], *release["valuesFiles"]):
        assert (ROOT / file).exists()
