"""The chart says the same as the code: processes, keys, rights of the broker. Rendering it is for `make chart`."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml
from tests.inventory import published, subscriptions

from panjareh_cli.local.plan import MIGRATIONS, PROCESSES
from panjareh_cli.local.secrets import completed
from panjareh_common.messaging.topology import PERSON_ERASED, dead_letter_queue, rpc_queue
from panjareh_common.settings import SERVICES, all_settings

ROOT = Path(__file__).parents[3]
CHART = ROOT / "deploy/helm/panjareh"
BROADCAST = {"session_ended.v1", PERSON_ERASED}  # heard by every process of every service


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    read: dict[str, Any] = _read(CHART / "values.yaml")
    return read


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def broker() -> dict[str, Any]:
    read: dict[str, Any] = _read(CHART / "files/broker.yaml")
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


def test_the_chart_and_the_packages_have_one_version() -> None:
    chart = _read(CHART / "Chart.yaml")

    version = (ROOT / "libs/common/pyproject.toml").read_text().split('version = "')[1]
    assert chart["appVersion"] == chart["version"] == version.split('"')[0]
    assert chart["apiVersion"] == "v2"


def test_the_values_keep_to_their_schema(values: dict[str, Any], schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    assert not list(validator.iter_errors(values))
    files = [*CHART.glob("values-*.yaml"), ROOT / "deploy/helm/dev-values.yaml"]
    assert len(files) == 4
    for file in files:
        assert not list(validator.iter_errors(_merged(values, _read(file)))), file.name


def _open_objects(schema: Any, path: str = "") -> list[str]:
    """Where a schema names properties and lets others pass."""
    found: list[str] = []
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            found += [] if schema.get("additionalProperties") is False else [path]
        for key, inner in schema.items():
            if key not in {"if", "then", "else"}:  # these add to what was said before
                found += _open_objects(inner, f"{path}/{key}")
    return found


def test_a_misspelt_value_is_refused_and_not_shrugged_at(
    values: dict[str, Any], schema: dict[str, Any]
) -> None:
    misspelt = _merged(values, {"services": {"requests": {"processes": {"rpc": {"replicas": 3}}}}})

    (fault,) = jsonschema.Draft202012Validator(schema).iter_errors(misspelt)

    assert "'replicas' was unexpected" in fault.message
    assert _open_objects(schema) == []


def test_every_value_is_in_the_schema_and_explained(
    values: dict[str, Any], schema: dict[str, Any]
) -> None:
    explained = {
        path
        for kind, path, _ in _script("generate_chart").documented(
            (CHART / "values.yaml").read_text("utf-8")
        )
        if kind == "param"
    }

    def leaves(value: Any, path: str) -> list[str]:
        if path in explained or not isinstance(value, dict) or not value:
            return [path]
        return [
            leaf
            for key, inner in value.items()
            for leaf in leaves(inner, f"{path}.{key}".strip("."))
        ]

    assert values.keys() == schema["properties"].keys()
    assert sorted(set(leaves(values, "")) - explained) == []


def _images(values: Any, path: str = "") -> dict[str, dict[str, Any]]:
    """Every image that the values name, by its place."""
    if not isinstance(values, dict):
        return {}
    if "repository" in values:
        return {path: values}
    return {
        k: v for key, inner in values.items() for k, v in _images(inner, f"{path}.{key}").items()
    }


def test_values_of_one_kind_have_the_same_keys_everywhere(
    values: dict[str, Any], schema: dict[str, Any]
) -> None:
    """Bitnami's names, which operators know (docs/decisions/0017-chart.md)."""
    kinds = schema["$defs"]
    images, services = _images(values), values["services"]

    assert len(images) == 10
    for place, image in images.items():
        assert list(image) == list(kinds["image"]["properties"]), place
    for name, service in services.items():
        assert set(service) == set(kinds["service"]["properties"]), name
        assert set(service["processes"]) <= set(values["processes"])
    assert set(values["process"]) == set(kinds["process"]["properties"])
    assert set(values["process"]) >= {
        *("replicaCount", "resources", "podSecurityContext", "containerSecurityContext"),
        *("podLabels", "podAnnotations", "nodeSelector", "tolerations", "affinity"),
        *("topologySpreadConstraints", "priorityClassName", "terminationGracePeriodSeconds"),
        *("extraEnvVars", "extraEnvVarsCM", "extraEnvVarsSecret", "extraVolumes"),
    }
    assert {"existingSecret", "existingConfigmap", "image"} <= set(services["requests"])
    assert {"imageRegistry", "imagePullSecrets", "storageClass"} == set(values["global"])


def test_the_table_of_values_and_what_else_is_made_are_up_to_date() -> None:
    stale = [
        path
        for path, text in _script("generate_chart").made().items()
        if path.read_text("utf-8") != text
    ]

    assert stale == []


def test_the_chart_runs_the_processes_that_the_local_platform_runs(values: dict[str, Any]) -> None:
    here = {program.name for program in PROCESSES if program.service != "sandbox"}

    there = {
        f"{service}.{process}"
        for service, wanted in values["services"].items()
        for process in wanted["processes"]
    }

    assert there == here


def test_the_chart_migrates_what_the_local_platform_migrates(values: dict[str, Any]) -> None:
    migrated = {name for name, wanted in values["services"].items() if wanted["database"]}

    assert migrated == {program.service for program in MIGRATIONS}


def test_every_variable_is_one_that_the_platform_reads(values: dict[str, Any]) -> None:
    known = {setting.name for setting in all_settings()}

    named = set(values["environment"])
    for service in values["services"].values():
        named |= {*service["secretKeys"], *service["environment"]}
        for process in service["processes"].values():
            named |= set(process.get("secretKeys", []))
    assert named <= known


def test_followers_can_call_those_whose_log_they_catch_up_with(values: dict[str, Any]) -> None:
    for service in SERVICES:
        wanted = values["services"][service]
        keys = {*wanted["secretKeys"], *wanted["processes"]["follower"].get("secretKeys", [])}
        sources = {subscription.source for subscription in subscriptions(service)}

        assert {f"PANJAREH_{source.upper()}_TRANSPORT_KEY" for source in sources} <= keys


def test_every_secret_that_is_named_can_be_made(
    values: dict[str, Any], broker: dict[str, Any], tmp_path: Path
) -> None:
    make = _script("make_secrets")
    keys = make.keys_of(tmp_path / "keys.json", list(broker["users"]))

    made = {
        each["metadata"]["name"]: each["stringData"]
        for each in make.manifests(values, broker, keys)
    }

    for name, service in values["services"].items():
        assert set(service["secretKeys"]) <= made[service["existingSecret"]].keys()
        assert made[service["brokerSecret"]]["username"] == name
    again = make.keys_of(tmp_path / "keys.json", list(broker["users"]))
    assert again == keys
    assert set(completed({})) <= set(keys)
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_an_older_keys_file_gets_what_it_lacks_and_keeps_what_it_has(
    broker: dict[str, Any], tmp_path: Path
) -> None:
    """The file is the only place where keys are: one made anew would make what it sealed unreadable."""
    make, file, users = _script("make_secrets"), tmp_path / "keys.json", list(broker["users"])
    whole = make.keys_of(file, users)
    new = ("PANJAREH_FEEDBACK_SEALING_KEY", "PANJAREH_GATEWAY_SIGNING_KEY", "BROKER_OPS_PASSWORD")
    older = {name: value for name, value in whole.items() if name not in new}
    public = json.loads(older["PANJAREH_SERVICE_JWKS"])["keys"]
    rotated = {"kid": "requests-0", "kty": "OKP", "crv": "Ed25519", "x": "a", "use": "sig"}
    kept = [key for key in public if key["kid"] != "gateway-1"] + [rotated]
    older["PANJAREH_SERVICE_JWKS"] = json.dumps({"keys": kept})
    file.write_text(json.dumps(older), encoding="utf-8")

    mended = make.keys_of(file, users)

    assert mended.keys() == whole.keys()
    assert {n: v for n, v in mended.items() if n not in (*new, "PANJAREH_SERVICE_JWKS")} == {
        n: v for n, v in older.items() if n != "PANJAREH_SERVICE_JWKS"
    }
    known = json.loads(mended["PANJAREH_SERVICE_JWKS"])["keys"]
    assert known[: len(kept)] == kept
    assert [key["kid"] for key in known[len(kept) :]] == ["gateway-1"]
    assert json.loads(file.read_text("utf-8")) == mended


def test_a_second_run_makes_the_same_secrets_to_the_letter(
    values: dict[str, Any], broker: dict[str, Any], tmp_path: Path
) -> None:
    make, file = _script("make_secrets"), tmp_path / "keys.json"

    first, second = (
        make.manifests(values, broker, make.keys_of(file, list(broker["users"]))) for _ in range(2)
    )

    assert first == second


def test_keys_that_the_cluster_has_rotated_are_taken_over(
    values: dict[str, Any], broker: dict[str, Any], tmp_path: Path
) -> None:
    make, file, users = _script("make_secrets"), tmp_path / "keys.json", list(broker["users"])
    made = make.manifests(values, broker, make.keys_of(file, users))
    new_key = json.dumps({"kid": "requests-2", "kty": "OKP", "crv": "Ed25519", "d": "b", "x": "c"})

    def as_the_cluster_has_them(key: str) -> dict[str, Any]:
        items = []
        for each in made:
            data = dict(each["stringData"])
            if each["metadata"]["name"] == "panjareh-requests":
                data |= {"PANJAREH_REQUESTS_SIGNING_KEY": key, "of-another": "x"}
            encoded = {n: base64.b64encode(v.encode()).decode() for n, v in data.items()}
            items.append({"metadata": each["metadata"], "data": encoded})
        return {"items": items}

    changed = make.adopted(file, as_the_cluster_has_them(new_key), set(make.keys_of(file, users)))

    assert changed == ["PANJAREH_REQUESTS_SIGNING_KEY"]
    again = make.keys_of(file, users)
    assert again["PANJAREH_REQUESTS_SIGNING_KEY"] == new_key
    kids = [key["kid"] for key in json.loads(again["PANJAREH_SERVICE_JWKS"])["keys"]]
    assert {"requests-1", "requests-2"} <= set(kids)
    assert "of-another" not in again


def test_the_brokers_definitions_hold_a_hash_and_no_password(broker: dict[str, Any]) -> None:
    make = _script("make_secrets")
    keys = {f"BROKER_{user.upper()}_PASSWORD": f"canary-{user}" for user in broker["users"]}

    definitions = make.definitions(broker, "panjareh", keys)

    assert {user["name"] for user in definitions["users"]} == set(broker["users"])
    assert "canary" not in json.dumps(definitions)
    assert all(not user["tags"] for user in definitions["users"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_broker_user_may_send_and_hear_what_its_service_does_and_nothing_else(
    service: str, broker: dict[str, Any]
) -> None:
    rights = broker["users"][service]
    events = rights["topics"]["panjareh.events"]
    all_types = {type_ for name in SERVICES for type_, _ in published(name).values()}

    sent = {type_ for type_ in all_types if re.search(events["write"], type_)}
    heard = {type_ for type_ in all_types if re.search(events["read"], type_)}

    assert sent == {type_ for type_, _ in published(service).values()}
    assert heard == {t for each in subscriptions(service) for t in each.types} | BROADCAST
    queues = [rpc_queue(service).name, *(each.name for each in subscriptions(service))]
    for right in ("configure", "write", "read"):
        assert all(re.search(rights[right], queue) for queue in queues), right
        for other in set(SERVICES) - {service}:
            assert not re.search(rights[right], rpc_queue(other).name)
            assert not re.search(rights[right], dead_letter_queue(other).name)


def test_broker_users_call_whom_their_keys_let_them_call(
    values: dict[str, Any], broker: dict[str, Any]
) -> None:
    for service, wanted in values["services"].items():
        keys = {*wanted["secretKeys"]}
        for process in wanted["processes"].values():
            keys |= set(process.get("secretKeys", []))
        called = {name for name in SERVICES if f"PANJAREH_{name.upper()}_TRANSPORT_KEY" in keys}
        sources = {each.source for each in subscriptions(service)}
        called -= {service} - sources  # its own key is there to open what comes
        pattern = broker["users"][service]["topics"]["nameko-rpc"]["write"]

        assert {name for name in SERVICES if re.search(pattern, f"{name}.ping")} == called


def test_no_service_is_told_another_services_own_secrets(values: dict[str, Any]) -> None:
    own = ("SIGNING_KEY", "SEALING_KEY", "DATABASE_PASSWORD")

    for service, wanted in values["services"].items():
        keys = [*wanted["secretKeys"]]
        for process in wanted["processes"].values():
            keys += process.get("secretKeys", [])
        others = [
            name
            for name in keys
            if name.endswith(own) and not name.startswith(f"PANJAREH_{service.upper()}_")
        ]
        assert not others


def test_every_runbook_has_the_same_six_headings() -> None:
    pages = [
        file
        for file in (ROOT / "docs/operations/runbooks").glob("*.md")
        if file.name != "README.md"
    ]
    index = (ROOT / "docs/operations/runbooks/README.md").read_text(encoding="utf-8")

    assert len(pages) > 20
    for page in pages:
        headings = re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["What it means", "Impact", "Check", "Fix", "Undo", "Escalate"], (
            page.name
        )
        assert f"({page.name})" in index
