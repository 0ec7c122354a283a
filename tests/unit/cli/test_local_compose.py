"""compose.yaml and the Dockerfile, checked by parsing: no container engine is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from panjareh_cli.local import plan
from panjareh_cli.local.secrets import SERVICES, completed
from panjareh_common.settings import all_settings

ROOT = Path(__file__).resolve().parents[3]

# What the sandbox reads, and what operators' YAML refers to; the services' own settings are listed.
SANDBOX = {"PORT", "AUTHORITY_PORTS", "HOST", "SCANNER_PORT"}
SANDBOX |= {"PAYMENT_PORT", "PAYMENT_SECRET", "PAYMENT_URL"}
PROVIDERS = {f"PANJAREH_PROVIDER_{name.upper()}_URL" for name in plan.AUTHORITIES}
OF_THE_IMAGES = {
    *("POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"),
    *("RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS"),
}


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "compose.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services(text: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return found


def command_of(program: plan.Program) -> list[str]:
    """What the entry point of the service's image is told."""
    return list(program.arguments)


def test_every_process_has_a_container_with_its_command(services: dict[str, Any]) -> None:
    for program in (*plan.PROCESSES, *plan.MIGRATIONS):
        service = services[program.name.replace(".", "-")]

        assert service.get("command", []) == command_of(program)


def test_every_door_runs_after_its_migration(services: dict[str, Any]) -> None:
    for door in plan.DOORS:
        service = services[door.program.name.replace(".", "-")]

        assert service["command"][0] == command_of(door.program)[0]
        assert service["command"][1] == f"/demo/{door.content.name}"
        assert f"{door.program.service}-migrate" in service["depends_on"]


def test_every_variable_is_known(services: dict[str, Any]) -> None:
    known = {setting.name for setting in all_settings()} | PROVIDERS | OF_THE_IMAGES
    known |= {f"PANJAREH_SANDBOX_{name}" for name in SANDBOX}

    used = {name for service in services.values() for name in service.get("environment", {})}

    assert used - known == set()


def test_every_secret_that_is_asked_for_is_one_that_the_command_makes(text: str) -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", text))

    assert asked == set(completed({}))


def test_only_a_migration_knows_the_administrators_password(services: dict[str, Any]) -> None:
    told = {
        name
        for name, service in services.items()
        if "PANJAREH_DATABASE_ADMIN_PASSWORD" in str(service.get("environment", {}))
    }

    assert told == {"postgres", *(f"{service}-migrate" for service in SERVICES)}


def test_no_process_knows_another_services_keys(services: dict[str, Any]) -> None:
    for program in plan.PROCESSES:
        environment = services[program.name.replace(".", "-")]["environment"]
        keys = {name for name in environment if re.search("SIGNING|SEALING|PASSWORD", name)}

        assert all(name.startswith(f"PANJAREH_{program.service.upper()}_") for name in keys)


def test_what_a_container_waits_for_exists_and_has_what_is_waited_for(
    services: dict[str, Any],
) -> None:
    for service in services.values():
        for other, condition in service.get("depends_on", {}).items():
            assert other in services
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in services[other]


def test_every_image_is_built_from_a_package_of_ours(services: dict[str, Any]) -> None:
    built = {s["image"]: s["build"]["args"]["PACKAGE"] for s in services.values() if "build" in s}

    for service in services.values():
        if service["image"].startswith("panjareh/"):
            assert built[service["image"]] == service["image"].replace("/", "-")
    for package in built.values():
        name = package.removeprefix("panjareh-")
        assert any(
            (ROOT / kind / name / "pyproject.toml").is_file() for kind in ("libs", "services")
        )


def test_nothing_is_published_beyond_this_machine(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_images_run_as_somebody_who_is_not_root_and_hold_checked_packages() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last_stage = text.rpartition("\nFROM ")[2]

    assert re.search(r"^USER [1-9]\d*(:[1-9]\d*)?$", last_stage, re.MULTILINE)
    assert "--require-hashes" in text
    assert "--constraints requirements.lock" in text
