"""What Skaffold would give to Helm renders, in every profile, with the images that the profile builds."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import yaml

from tests.chart.rendering import ROOT, helm

SKAFFOLD: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text(encoding="utf-8"))
PROFILES = {profile["name"]: profile for profile in SKAFFOLD["profiles"]}
DIGEST = f"sha256:{'0' * 64}"


def _with(profile: dict[str, Any]) -> dict[str, Any]:
    """The pipeline after a profile: its parts instead of the base's, then its patches (JSON Patch, RFC 6902)."""
    made: dict[str, Any] = copy.deepcopy(SKAFFOLD)
    for part in ("build", "deploy"):
        for key, value in profile.get(part, {}).items():
            made[part][key] = value
    for patch in profile.get("patches", []):
        *steps, last = patch["path"].strip("/").split("/")
        place: Any = made
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[last] = patch["value"]
    return made


def _leaves(values: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        below = isinstance(value, dict)
        found |= _leaves(value, f"{path}{key}.") if below else {f"{path}{key}": value}
    return found


def _rendered(profile: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The pipeline, and the objects that Helm makes of its one release."""
    pipeline = _with(PROFILES[profile])
    (release,) = pipeline["deploy"]["helm"]["releases"]
    built = {
        made["image"].replace("/", "_"): made["image"] for made in pipeline["build"]["artifacts"]
    }
    given = [each for file in release["valuesFiles"] for each in ("-f", str(ROOT / file))]
    for path, template in release.get("setValueTemplates", {}).items():
        (what, name) = re.fullmatch(r"\{\{\.IMAGE_(REPO|TAG|DIGEST)_(\w+)\}\}", template).groups()  # type: ignore[union-attr]
        value = {"REPO": f"registry/{built[name]}", "TAG": "abc", "DIGEST": DIGEST}[what]
        given += ["--set", f"{path}={value}"]
    for path, value in _leaves(release.get("setValues", {})).items():
        given += ["--set", f"{path}={str(value).lower() if isinstance(value, bool) else value}"]
    done = helm("template", release["name"], str(ROOT / release["chartPath"]), *given)
    assert done.returncode == 0, done.stderr
    return pipeline, [each for each in yaml.safe_load_all(done.stdout) if each]


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_profile_renders_with_the_images_that_it_builds(profile: str) -> None:
    pipeline, objects = _rendered(profile)

    ran = {
        container["image"]
        for each in objects
        if each["kind"] == "Deployment"
        for container in each["spec"]["template"]["spec"]["containers"]
    }
    ours = {f"registry/{made['image']}@{DIGEST}" for made in pipeline["build"]["artifacts"]}
    if (
        ours
    ):  # all that run are built; the sandbox and the command line's may not run in a Deployment
        assert ran <= ours
        assert len(ran) >= 6
    else:
        assert profile == "production"
        assert ran == {f"panjareh/{name}:0.1.0" for name in (*_services(),)}


def _services() -> list[str]:
    values = yaml.safe_load((ROOT / "deploy/helm/panjareh/values.yaml").read_text("utf-8"))
    return list(values["services"])


def test_what_is_forwarded_and_verified_is_what_the_release_makes() -> None:
    pipeline, objects = _rendered("trial")
    services = {each["metadata"]["name"]: each for each in objects if each["kind"] == "Service"}

    for forward in pipeline["portForward"]:
        ports = services[forward["resourceName"]]["spec"]["ports"]
        assert forward["port"] in {each["port"] for each in ports}
    for check in pipeline["verify"]:
        host = re.search(r"http://([a-z-]+)/readyz", str(check["container"]["command"]))
        assert host is not None
        assert host[1] in services
        assert check["container"]["image"] in {m["image"] for m in pipeline["build"]["artifacts"]}


def test_under_a_debugger_nothing_is_probed() -> None:
    _, objects = _rendered("debug")

    for each in objects:
        if each["kind"] == "Deployment" and "sandbox" not in each["metadata"]["name"]:
            (container,) = each["spec"]["template"]["spec"]["containers"]
            assert not [key for key in container if key.endswith("Probe")]
